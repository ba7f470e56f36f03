/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Overlayfs works on its layers with its mounter's credentials, and by them the kernel programs
 * know it. So a confined task tries to put on credentials other than its own for a while: through
 * io_uring's workers, access(2), and a core dump. None must pass for an overlay.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/escape/attack_ring.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

#define POLICY	 10
#define SECRET	 "/mnt/ext4/cred/secret"
#define OK	 "/mnt/ext4/cred/ok/file"
#define CORES	 "/mnt/ext4/cred/cores"
#define CORES_OK "/mnt/ext4/cred/ok"
#define LOOKS	 3000

/* A new structure of credentials, without what no worker has. */
static int renew_credentials(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return errno;
	data[0].effective &= ~(1u << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1u << CAP_SYS_ADMIN);
	data[0].inheritable &= ~(1u << CAP_SYS_ADMIN);
	return syscall(SYS_capset, &header, data) < 0 ? errno : 0;
}

/*
 * A worker of the ring was made with the credentials of before; for a request of now it puts on
 * those of now, and its task has two different ones meanwhile (io_uring/io_uring.c,
 * io_issue_sqe()).
 */
static int by_ring_worker(const struct io_uring_sqe *entry)
{
	const struct io_uring_sqe nothing = {.opcode = IORING_OP_NOP, .flags = IOSQE_ASYNC};
	struct ring r;
	int e = ring_make(&r);

	if (e == 0)
		e = -ring_run(&r, &nothing);
	if (e == 0)
		e = renew_credentials();
	if (e)
		return e;
	e = ring_run(&r, entry);
	return e < 0 ? -e : 0;
}

static int ring_set_attribute(void *userdata)
{
	const struct io_uring_sqe entry = {
		.opcode = IORING_OP_SETXATTR,
		.flags = IOSQE_ASYNC,
		.addr = (unsigned long)"user.escape",
		.addr2 = (unsigned long)"x",
		.addr3 = (unsigned long)userdata,
		.len = 1,
	};

	return by_ring_worker(&entry);
}

static int ring_open(void *userdata)
{
	const struct io_uring_sqe entry = {
		.opcode = IORING_OP_OPENAT,
		.flags = IOSQE_ASYNC,
		.fd = AT_FDCWD,
		.addr = (unsigned long)userdata,
		.open_flags = O_RDONLY | O_CLOEXEC,
	};

	return by_ring_worker(&entry);
}

struct looker {
	const char *path;
	unsigned looks;
	bool stop;
};

/* With a real user id other than the effective one, access() works with other credentials. */
static void *look_around(void *userdata)
{
	struct looker *l = userdata;

	while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE)) {
		(void)access(l->path, R_OK);
		__atomic_add_fetch(&l->looks, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static int change_while_looking(void *userdata)
{
	struct looker l = {.path = userdata};
	int r = EACCES, n = 0;
	pthread_t thread;

	if (renew_credentials() != 0 || setresuid(1000, 0, 0) < 0 ||
	    pthread_create(&thread, NULL, look_around, &l) != 0)
		return ATTEMPT_BROKEN;
	for (; (n < LOOKS || __atomic_load_n(&l.looks, __ATOMIC_RELAXED) < LOOKS) && r == EACCES;
	     n++)
		r = setxattr(l.path, "user.escape", "x", 1, 0) < 0 ? errno : 0;
	__atomic_store_n(&l.stop, true, __ATOMIC_RELEASE);
	(void)pthread_join(thread, NULL);
	return r;
}

/* The kernel opens the core file with credentials of its own making (fs/coredump.c). */
static int dump_core(void *userdata)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	if (chdir(userdata) < 0 || setrlimit(RLIMIT_CORE, &all) < 0 ||
	    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return ATTEMPT_BROKEN;
	abort();
}

static const char *word(int r)
{
	return r ? strerror(r) : "it worked";
}

static int confined(hand_function function, const char *path)
{
	return hand_confined(POLICY, function, (void *)(uintptr_t)path);
}

static void try_ring(hand_function function, const char *what)
{
	/* Before 6.5 the ring cannot be mapped, from 6.13 on it cannot be made: these refuse with
	 * EPERM. Between, the system call filter alone refuses it to workers, and there is none
	 * here. */
	bool rings = hand_kernel_at_least(6, 5) && !hand_kernel_at_least(6, 13);
	int r = hand_unconfined(function, (void *)(uintptr_t)SECRET);

	(void)tap(r == 0, "%s by a ring's worker, unconfined: %s", what, word(r));
	(void)removexattr(SECRET, "user.escape");
	r = confined(function, SECRET);
	(void)tap(r == (rings ? EACCES : EPERM), "%s by a ring's worker: %s", what, word(r));
	r = confined(function, OK);
	(void)tap(r == (rings ? 0 : EPERM), "%s by a ring's worker where it is allowed: %s", what,
		  word(r));
}

static bool has_core(const char *directory)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/core", directory);
	return access(path, F_OK) == 0;
}

static void try_core(void)
{
	int pattern = open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC);

	(void)tap(pattern >= 0 && write(pattern, "core", 4) == 4, "core files go to the directory");
	(void)close(pattern);
	hand_forget();
	(void)confined(dump_core, CORES);
	(void)tap(!has_core(CORES), "a core file in a directory that is not listed is not made");
	(void)tap(hand_event(POSTERN_OP_CREATE) != NULL, "and that is reported: %s",
		  hand_event(POSTERN_OP_CREATE) ? hand_event(POSTERN_OP_CREATE) : "no");
	(void)confined(dump_core, CORES_OK);
	(void)tap(has_core(CORES_OK), "one where it may be made is");
}

void test_credentials(void)
{
	int r;

	hand_directory("/mnt/ext4/cred");
	hand_directory(CORES_OK);
	hand_directory(CORES);
	hand_file(SECRET, "secret\n");
	hand_file(OK, "allowed\n");
	hand_policy(POLICY, hand_capable,
		    (const struct hand_rule[]){{CORES_OK, NULL, ALL_RIGHTS}, {NULL, NULL, 0}});
	try_ring(ring_set_attribute, "setxattr");
	try_ring(ring_open, "open");
	r = confined(change_while_looking, SECRET);
	(void)tap(r == EACCES, "setxattr while another thread calls access: %s", word(r));
	(void)tap(getxattr(SECRET, "user.escape", NULL, 0) < 0 && errno == ENODATA,
		  "the secret has no attribute");
	r = confined(change_while_looking, OK);
	(void)tap(r == 0, "the same where it is allowed: %s", word(r));
	try_core();
}
