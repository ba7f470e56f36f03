/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Interfaces that no manifest can open: mounts, namespaces, the kernel's own doors, sockets.
 *
 * Each is first tried unconfined, by root, where it must end otherwise: so that a kernel without
 * the interface, or a mistake in the attempt, does not pass for a refusal.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

#define DIR_	  AREA "/ok/dir"
#define FILE_	  AREA "/ok/file"
#define STREAM	  AREA "/ok/stream"
#define DATAGRAM  AREA "/ok/datagram"
#define ABSTRACT  "@escape"
#define NEVER(op) LAYER_LSM, EPERM, POSTERN_OP_##op
#define LSM(op)	  LAYER_LSM, EACCES, POSTERN_OP_##op
#define FILTER(e) LAYER_SECCOMP, e, 0
#define NONE	  {}, NULL, NULL

/* clang-format off */
static const struct row mounts[] = {
	{"mount a tmpfs", FILTER(EPERM), {DIR_, NULL}, NONE},
	{"bind mount", FILTER(EPERM), {DIR_, "/srv"}, NONE},
	{"move a mount", FILTER(EPERM), {DIR_, "/proc"}, NONE},
	{"remount", FILTER(EPERM), {"/", NULL}, NONE},
	{"change propagation", FILTER(EPERM), {"/", NULL}, NONE},
	{"umount", FILTER(EPERM), {"/proc", NULL}, NONE},
	{"open_tree", FILTER(EPERM), {"/srv/area", "ok/file"}, NONE},
	{"move_mount", FILTER(EPERM), {DIR_, "/proc"}, NONE},
	{"fsopen and fsmount", FILTER(EPERM), {"", NULL}, NONE},
	{"fspick", FILTER(EPERM), {"/proc", NULL}, NONE},
	{"mount_setattr", FILTER(EPERM), {"", NULL}, NONE},
	{"pivot_root", FILTER(EPERM), {DIR_, NULL}, NONE},
	{"chroot", FILTER(EPERM), {DIR_, NULL}, NONE},
	{"unshare", FILTER(EPERM), {"", "user"}, NONE},
	{"unshare", FILTER(EPERM), {"", "mount"}, NONE},
	{"unshare", FILTER(EPERM), {"", "network"}, NONE},
	{"unshare", FILTER(EPERM), {"", "pid"}, NONE},
	{"unshare", FILTER(EPERM), {"", "cgroup"}, NONE},
	{"unshare", FILTER(EPERM), {"", "uts"}, NONE},
	{"unshare", FILTER(EPERM), {"", "ipc"}, NONE},
	{"clone into a namespace", FILTER(EPERM), {"", "user"}, NONE},
	{"clone into a namespace", FILTER(EPERM), {"", "mount"}, NONE},
	{"clone into a namespace", FILTER(EPERM), {"", "network"}, NONE},
	{"clone into a namespace", FILTER(EPERM), {"", "pid"}, NONE},
	{"clone into a namespace", FILTER(EPERM), {"", "cgroup"}, NONE},
	{"setns", FILTER(EPERM), {"", "mount"}, NONE},
	{"setns", FILTER(EPERM), {"", "network"}, NONE},
};

static const struct row doors[] = {
	{"bpf", FILTER(EPERM), {"", NULL}, NONE},
	{"perf_event_open", FILTER(EPERM), {"", NULL}, NONE},
	{"init_module", FILTER(EPERM), {"", NULL}, NONE},
	{"finit_module", FILTER(EPERM), {FILE_, NULL}, NONE},
	{"delete_module", FILTER(EPERM), {"", NULL}, NONE},
	{"io_uring_setup", FILTER(EPERM), {"", NULL}, NONE},
	{"io_setup", FILTER(EPERM), {"", NULL}, NONE},
	{"userfaultfd", FILTER(EPERM), {"", NULL}, NONE},
	{"keyctl", FILTER(EPERM), {"", NULL}, NONE},
	{"add_key", FILTER(EPERM), {"", NULL}, NONE},
	{"open_by_handle_at", FILTER(EPERM), {FILE_, NULL}, NONE},
	{"open_by_handle_at of a made-up handle", FILTER(EPERM), {"", NULL}, NONE},
	{"fanotify_init", FILTER(EPERM), {"", NULL}, NONE},
	{"seccomp with a listener", FILTER(EPERM), {"", NULL}, NONE},
	{"personality", FILTER(EPERM), {"", NULL}, NONE},
	{"TIOCSTI", FILTER(EPERM), {"/dev/tty", NULL}, NONE},
	{"TIOCSTI with more bits", FILTER(EPERM), {"", NULL}, NONE},
	{"32-bit system call", FILTER(ATTEMPT_SIGNAL + SIGSYS), {"", NULL}, NONE},
	{"kexec_load", FILTER(EPERM), {"", NULL}, NONE},
	{"reboot", FILTER(EPERM), {"", NULL}, NONE},
	{"syslog", FILTER(EPERM), {"", NULL}, NONE},
	{"sethostname", FILTER(EPERM), {"", NULL}, NONE},
	{"network ioctl of a unix socket", FILTER(EPERM), {"", NULL}, NONE},
	{"settimeofday", LAYER_CAPABILITY, EPERM, 0, {"", NULL}, NONE},
	{"nice", LAYER_CAPABILITY, EPERM, 0, {"", NULL}, NONE},
};

/* Numbers of sys/socket.h: families 2 internet, 10 internet of version 6, 15 key, 16 netlink,
 * 17 packet, 31 bluetooth, 38 crypto, 40 vsock, 44 xdp; types 1 stream, 2 datagram, 3 raw,
 * 5 packets in sequence. */
static const struct row sockets[] = {
	{"socket", NEVER(SOCKET), {"2", "1"}, {"1", "1"}, "", NULL},
	{"socket", NEVER(SOCKET), {"2", "2"}, {"1", "2"}, "", NULL},
	{"socket", NEVER(SOCKET), {"2", "3"}, {"1", "5"}, "", NULL},
	{"socket", NEVER(SOCKET), {"10", "1"}, {}, "", NULL},
	{"socket", NEVER(SOCKET), {"15", "3"}, {}, "", NULL},
	{"socket", NEVER(SOCKET), {"16", "3"}, {}, "", NULL},
	{"socket", NEVER(SOCKET), {"17", "3"}, {}, "", NULL},
	{"socket", NEVER(SOCKET), {"31", "3"}, {}, "", NULL},
	{"socket", NEVER(SOCKET), {"38", "5"}, {}, "", NULL},
	{"socket", NEVER(SOCKET), {"40", "1"}, {}, "", NULL},
	{"socket", NEVER(SOCKET), {"44", "3"}, {}, "", NULL},
	{"connect", LSM(CONNECT), {STREAM, "1"}, {}, "", NULL},
	{"sendto", LSM(CONNECT), {DATAGRAM, NULL}, {}, "", NULL},
};

/* In the host's network namespace, and with the host's tree in the root. */
static const struct row host_sockets[] = {
	{"connect", LSM(CONNECT), {ABSTRACT, "1"}, {}, "", NULL},
	{"connect", LSM(CONNECT), {"/run/postern/admin", "5"}, {}, "", NULL},
};
/* clang-format on */

/* By hand, since driver_files() empties the directory before each row. */
static int listen_at(const char *path, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(address);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (path[0] == '@') {
		address.sun_path[0] = '\0';
		len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	}
	if (bind(fd, (const struct sockaddr *)&address, len) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 8) < 0))
		driver_bail("listen at %s: %s", path, strerror(errno));
	return fd;
}

static void run(const struct row *rows, size_t len, const char *context)
{
	for (size_t i = 0; i < len; i++)
		row_run(&rows[i], context, AREA);
}

static void control(const struct row *rows, size_t len)
{
	driver_files();
	for (size_t i = 0; i < len; i++)
		row_control(&rows[i], AREA);
}

static void run_sockets(const char *context, const struct row *rows, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int stream, datagram;

		driver_files();
		stream = listen_at(STREAM, SOCK_STREAM);
		datagram = listen_at(DATAGRAM, SOCK_DGRAM);
		if (context)
			row_run_here(&rows[i], context, AREA);
		else
			row_control(&rows[i], AREA);
		(void)close(stream);
		(void)close(datagram);
	}
}

void test_kernel(void)
{
	static const char *const contexts[] = {"attack", "attack-host", "attack-user-host"};
	int abstract;

	abstract = listen_at(ABSTRACT, SOCK_STREAM);
	control(mounts, ARRAY_SIZE(mounts));
	control(doors, ARRAY_SIZE(doors));
	run_sockets(NULL, sockets, ARRAY_SIZE(sockets));
	run_sockets(NULL, host_sockets, ARRAY_SIZE(host_sockets));
	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++) {
		driver_forget(contexts[i]);
		run(mounts, ARRAY_SIZE(mounts), contexts[i]);
		run(doors, ARRAY_SIZE(doors), contexts[i]);
		run_sockets(contexts[i], sockets, ARRAY_SIZE(sockets));
	}
	run_sockets("attack-user-host", host_sockets, ARRAY_SIZE(host_sockets));
	(void)close(abstract);
}
