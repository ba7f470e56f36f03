/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables: which system calls a context's processes may make. The programs beside them make filters
 * of them when Postern is built. */
#ifndef POSTERN_FILTERS_SYSCALLS_H
#define POSTERN_FILTERS_SYSCALLS_H

#include <stddef.h>
#include <stdint.h>

/* What is not in this list and not refused below is answered ENOSYS, as by a kernel that is too
 * old for it: a call that a later kernel brings is not a way round (CVE-2021-41133). */
extern const char *const syscalls_allowed[];
extern const size_t syscalls_allowed_len;

/* Calls that no context may make, whatever its manifest says; the LSM programs and the missing
 * capabilities refuse most of them as well (docs/threat-model.md). */
struct syscalls_refused {
	const char *why;
	const char *const *names; /* NULL-terminated */
};
extern const struct syscalls_refused syscalls_refused[];
extern const size_t syscalls_refused_len;

/* Refusals by argument, of calls that are allowed otherwise: refused with `error` when (argument &
 * mask) == value. Masks are 32 bits wide where the kernel looks at 32 bits: a comparison of all 64
 * is passed by setting a bit that the kernel ignores (CVE-2019-7303). */
struct syscalls_argument {
	const char *name;
	unsigned argument;
	uint64_t mask;
	uint64_t value;
	int error;
};
extern const struct syscalls_argument syscalls_arguments[];
extern const size_t syscalls_arguments_len;

/* One more, but for contexts of which an entrypoint names ioctls of network devices. */
extern const struct syscalls_argument syscalls_network_ioctls;

#endif
