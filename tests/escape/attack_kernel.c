/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways into the kernel itself, and past the hooks. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "base/util.h"
#include "tests/escape/attack.h"

/* Ends in a file on the whole machine, hence tried by a child. */
#define IN_CHILD(name)                                                                             \
	static int name(const char *path, const char *other)                                       \
	{                                                                                          \
		return attack_in_child(name##_here, path, other);                                  \
	}

static int bpf_(const char *path UNUSED, const char *other UNUSED)
{
	union bpf_attr attr = {.start_id = 0};

	return attack_failed(syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)));
}

static int perf(const char *path UNUSED, const char *other UNUSED)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
	};

	return attack_opened((int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

/* No module: unconfined it is told ENOEXEC. */
static int load_module(const char *path UNUSED, const char *other UNUSED)
{
	char image[64] = "not a module";

	return attack_failed(syscall(SYS_init_module, image, sizeof(image), ""));
}

static int load_module_file(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(syscall(SYS_finit_module, fd, "", 0));
}

static int unload_module(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(syscall(SYS_delete_module, "no_such_module", O_NONBLOCK));
}

static int io_uring(const char *path UNUSED, const char *other UNUSED)
{
	struct io_uring_params params = {};

	return attack_opened((int)syscall(SYS_io_uring_setup, 4, &params));
}

static int io_setup(const char *path UNUSED, const char *other UNUSED)
{
	unsigned long ring = 0;
	int r = attack_failed(syscall(SYS_io_setup, 1, &ring));

	if (r == 0)
		(void)syscall(SYS_io_destroy, ring);
	return r;
}

static int fault_handler(const char *path UNUSED, const char *other UNUSED)
{
	return attack_opened((int)syscall(SYS_userfaultfd, O_CLOEXEC));
}

static int keys(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(
		syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1));
}

static int add_key(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(
		syscall(SYS_add_key, "user", "escape", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

/* The handle of an allowed file, and then its file system opened by it. */
static int file_handle(const char *path, const char *other UNUSED)
{
	char room[sizeof(struct file_handle) + 128] = {};
	struct file_handle *handle = (struct file_handle *)(void *)room;
	cleanup_close int mount = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int id;

	handle->handle_bytes = 128;
	if (name_to_handle_at(AT_FDCWD, path, handle, &id, 0) < 0)
		return errno;
	return attack_opened(open_by_handle_at(mount, handle, O_RDONLY | O_CLOEXEC));
}

/* A handle that was made elsewhere needs no name_to_handle_at. */
static int made_up_handle(const char *path UNUSED, const char *other UNUSED)
{
	char room[sizeof(struct file_handle) + 16] = {};
	struct file_handle *handle = (struct file_handle *)(void *)room;
	cleanup_close int mount = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	handle->handle_bytes = 8;
	handle->handle_type = 1;
	return attack_opened(open_by_handle_at(mount, handle, O_RDONLY | O_CLOEXEC));
}

static int watch_all(const char *path UNUSED, const char *other UNUSED)
{
	return attack_opened(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY));
}

static int listen_to_filter_here(const char *path UNUSED, const char *other UNUSED)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {.len = 1, .filter = code};

	return attack_opened((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
					  SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}
IN_CHILD(listen_to_filter)

static int change_personality_here(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(syscall(SYS_personality, 0x0400000)); /* READ_IMPLIES_EXEC */
}
IN_CHILD(change_personality)

static int type_into_terminal(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	char letter = 'x';

	/* The filter is asked before the descriptor is looked at: any will do. */
	return attack_failed(ioctl(fd < 0 ? 0 : fd, TIOCSTI, &letter));
}

static int type_into_terminal_64(const char *path UNUSED, const char *other UNUSED)
{
	char letter = 'x';

	return attack_failed(syscall(SYS_ioctl, 0, 0xffffffff00000000ul | TIOCSTI, &letter));
}

/* getpid of the 32-bit table, which another list would have to filter. */
static int old_gate_here(const char *path UNUSED, const char *other UNUSED)
{
	long r = 20;

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
	return r > 0 ? 0 : (int)-r;
}
IN_CHILD(old_gate)

static int x32_here(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(syscall(0x40000000 | SYS_getpid));
}
IN_CHILD(x32)

static int kernel_image(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static int restart(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(syscall(SYS_reboot, 0, 0, 0, NULL)); /* without the magic numbers */
}

static int kernel_log(const char *path UNUSED, const char *other UNUSED)
{
	char text[16];

	return attack_failed(syscall(SYS_syslog, 3, text, sizeof(text)));
}

static int host_name(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(syscall(SYS_sethostname, "vm", 2));
}

/* Declared for no entrypoint of the test. */
static int set_clock(const char *path UNUSED, const char *other UNUSED)
{
	struct timeval now;

	(void)gettimeofday(&now, NULL);
	return attack_failed(settimeofday(&now, NULL));
}

static int raise_limit(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(nice(-5));
}

const struct attempt attack_kernel[] = {
	{"bpf", bpf_},
	{"perf_event_open", perf},
	{"init_module", load_module},
	{"finit_module", load_module_file},
	{"delete_module", unload_module},
	{"io_uring_setup", io_uring},
	{"io_setup", io_setup},
	{"userfaultfd", fault_handler},
	{"keyctl", keys},
	{"add_key", add_key},
	{"open_by_handle_at", file_handle},
	{"open_by_handle_at of a made-up handle", made_up_handle},
	{"fanotify_init", watch_all},
	{"seccomp with a listener", listen_to_filter},
	{"personality", change_personality},
	{"TIOCSTI", type_into_terminal},
	{"TIOCSTI with more bits", type_into_terminal_64},
	{"32-bit system call", old_gate},
	{"x32 system call", x32},
	{"kexec_load", kernel_image},
	{"reboot", restart},
	{"syslog", kernel_log},
	{"sethostname", host_name},
	{"settimeofday", set_clock},
	{"nice", raise_limit},
	{},
};
