/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads the system call filters of a context's processes, which userspace/filters made. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/util.h"
#include "filters.gen.h"
#include "helper/seccomp.h"

static int load(const struct sock_filter *code, size_t len, const char *what, struct error *err)
{
	const struct sock_fprog program = {
		.len = (unsigned short)len,
		.filter = (struct sock_filter *)(uintptr_t)code,
	};

	/* no_new_privs is set, and read back, by identity.c. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		return error_set(err, errno, "load the filter of %s", what);
	return 0;
}

#define LOAD(filter, what, err) load(filter, ARRAY_SIZE(filter), what, err)

int seccomp_apply(bool socket_ioctls, struct error *err)
{
	int r;

	if (socket_ioctls)
		r = LOAD(filter_of_arguments_sockets, "system call arguments", err);
	else
		r = LOAD(filter_of_arguments, "system call arguments", err);
	return r < 0 ? r : LOAD(filter_of_calls, "system calls", err);
}

int seccomp_verify(struct error *err)
{
	int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

	if (mode < 0)
		return error_set(err, errno, "read the seccomp mode");
	if (mode != SECCOMP_MODE_FILTER)
		return error_say(err, EPERM, "no system call filter is in force");
	/* One call that only the filter refuses in this way. */
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, NULL) != -1 || errno != EPERM)
		return error_say(err, EPERM,
				 "the system call filter does not refuse what it should");
	return 0;
}

/* By hand, because these are loaded once per worker or call. The architecture is settled by the
 * filters before. */
static int pair_refuse(unsigned first, unsigned second)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, second, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		return -errno;
	return 0;
}

int seccomp_stay_in_group(void)
{
	return pair_refuse(SYS_setsid, SYS_setpgid);
}

int seccomp_keep_descriptors(bool sendmsg)
{
	return pair_refuse(sendmsg ? SYS_sendmmsg : SYS_sendmsg, SYS_sendmmsg);
}
