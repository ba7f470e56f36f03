/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The system call filters of a context's processes. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "helper/seccomp.h"
#include "helper/syscalls.h"

#define cleanup_filter cleanup(filter_releasep)

static void filter_releasep(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

static int filter_new(uint32_t default_action, scmp_filter_ctx *ret, struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(default_action);
	int r;

	if (!filter)
		return error_set(err, ENOMEM, "make a system call filter");
	/* no_new_privs is set, and read back, by identity.c. */
	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* A binary tree: some 300 comparisons in a row would be paid at every call. */
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r < 0) {
		seccomp_release(filter);
		return error_set(err, r, "configure a system call filter");
	}
	*ret = filter;
	return 0;
}

/* A name that this architecture does not have needs no rule; it gets a negative number. */
static int rule_add(scmp_filter_ctx filter, uint32_t action, const char *name, struct error *err)
{
	int number = seccomp_syscall_resolve_name(name);
	int r;

	if (number == __NR_SCMP_ERROR)
		return error_say(err, EINVAL, "libseccomp does not know the system call %s", name);
	if (number < 0)
		return 0;
	r = seccomp_rule_add_exact(filter, action, number, 0);
	if (r < 0)
		return error_set(err, r, "filter the system call %s", name);
	return 0;
}

static int list_load(struct error *err)
{
	cleanup_filter scmp_filter_ctx filter = NULL;
	int r;

	r = filter_new(SCMP_ACT_ERRNO(ENOSYS), &filter, err);
	for (size_t i = 0; r == 0 && i < syscalls_allowed_len; i++)
		r = rule_add(filter, SCMP_ACT_ALLOW, syscalls_allowed[i], err);
	for (size_t i = 0; i < syscalls_refused_len; i++)
		for (const char *const *n = syscalls_refused[i].names; r == 0 && *n; n++)
			r = rule_add(filter, SCMP_ACT_ERRNO(EPERM), *n, err);
	if (r < 0)
		return r;
	r = seccomp_load(filter);
	if (r < 0)
		return error_set(err, r, "load the system call filter");
	return 0;
}

static int argument_refuse(scmp_filter_ctx filter, const struct syscalls_argument *a,
			   struct error *err)
{
	const struct scmp_arg_cmp compare = {
		.arg = a->argument,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = a->mask,
		.datum_b = a->value,
	};
	int number = seccomp_syscall_resolve_name(a->name);
	int r = seccomp_rule_add_exact_array(filter, SCMP_ACT_ERRNO((unsigned)a->error), number, 1,
					     &compare);

	return r < 0 ? error_set(err, r, "filter argument %u of %s", a->argument, a->name) : 0;
}

/*
 * A filter of its own: in one filter with the list, the rule that allows ioctl would take the place
 * of those that refuse some of its arguments. Of two filters the stricter answer holds
 * (seccomp(2)).
 */
static int arguments_load(bool socket_ioctls, struct error *err)
{
	cleanup_filter scmp_filter_ctx filter = NULL;
	int r;

	r = filter_new(SCMP_ACT_ALLOW, &filter, err);
	for (size_t i = 0; r == 0 && i < syscalls_arguments_len; i++)
		r = argument_refuse(filter, &syscalls_arguments[i], err);
	if (r == 0 && !socket_ioctls)
		r = argument_refuse(filter, &syscalls_network_ioctls, err);
	if (r < 0)
		return r;
	r = seccomp_load(filter);
	if (r < 0)
		return error_set(err, r, "load the filter of system call arguments");
	return 0;
}

int seccomp_apply(bool socket_ioctls, struct error *err)
{
	int r = arguments_load(socket_ioctls, err);

	return r < 0 ? r : list_load(err);
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
