/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filter that goes by a system call's arguments, as libseccomp makes it.
 *
 * A filter of its own: in one filter with the list, the rule that allows ioctl would take the place
 * of those that refuse some of its arguments. Of two filters the stricter answer holds
 * (seccomp(2)).
 */
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "filters/filters.h"
#include "filters/syscalls.h"

static int argument_refuse(scmp_filter_ctx filter, const struct syscalls_argument *a)
{
	const struct scmp_arg_cmp compare = {
		.arg = a->argument,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = a->mask,
		.datum_b = a->value,
	};
	int number = seccomp_syscall_resolve_name(a->name);

	return seccomp_rule_add_exact_array(filter, SCMP_ACT_ERRNO((unsigned)a->error), number, 1,
					    &compare);
}

static int rules_add(scmp_filter_ctx filter, bool socket_ioctls)
{
	int r;

	/* The process that loads it sees to no_new_privs (helper/identity.c). */
	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; r == 0 && i < syscalls_arguments_len; i++)
		r = argument_refuse(filter, &syscalls_arguments[i]);
	if (r == 0 && !socket_ioctls)
		r = argument_refuse(filter, &syscalls_network_ioctls);
	return r;
}

/* The descriptor's bytes as a program. */
static int code_read(int fd, struct filter *ret)
{
	cleanup_free struct sock_filter *code = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size <= 0 || (size_t)st.st_size % sizeof(*code) != 0)
		return -EBADMSG;
	code = malloc((size_t)st.st_size);
	if (!code)
		return -ENOMEM;
	if (pread(fd, code, (size_t)st.st_size, 0) != st.st_size)
		return -EIO;
	ret->len = (size_t)st.st_size / sizeof(*code);
	ret->code = steal_ptr(code);
	return 0;
}

int filter_arguments(bool socket_ioctls, struct filter *ret)
{
	cleanup_close int fd = memfd_create("filter", MFD_CLOEXEC);
	scmp_filter_ctx filter;
	int r;

	if (fd < 0)
		return -errno;
	filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return -ENOMEM;
	r = rules_add(filter, socket_ioctls);
	if (r == 0)
		r = seccomp_export_bpf(filter, fd);
	seccomp_release(filter);
	return r < 0 ? r : code_read(fd, ret);
}
