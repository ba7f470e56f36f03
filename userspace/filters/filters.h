/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes the filters of system calls, when Postern is built: helpers load them as they are. */
#ifndef POSTERN_FILTERS_FILTERS_H
#define POSTERN_FILTERS_FILTERS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* A program of the classic BPF; `code` is freed by free(). */
struct filter {
	struct sock_filter *code;
	size_t len;
};

/*
 * The lists of syscalls.h: what is allowed, what is refused with EPERM, ENOSYS for the rest. Calls
 * of another architecture kill. Returns 0, -EINVAL for a name that nobody knows, -E2BIG or -ENOMEM.
 */
int filter_calls(struct filter *ret);

/* The refusals by argument. socket_ioctls: without that of the ioctls of network devices. Returns 0
 * or a negative errno. */
int filter_arguments(bool socket_ioctls, struct filter *ret);

#endif
