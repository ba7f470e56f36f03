/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of hooks: which kernel programs there are, what each guards, and which kernels may lack
 * its hook. */
#ifndef POSTERN_SUPERVISOR_HOOKS_H
#define POSTERN_SUPERVISOR_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

struct btf;

struct hook {
	const char *name;   /* of the LSM hook; its program is postern_NAME */
	const char *guards; /* in the words of the operations that it refuses */
	const char *absent; /* why a kernel without it is as safe; NULL: such a kernel is refused */
	bool guarded; /* attached only while a loaded context guards metadata */
};

extern const struct hook hooks[];
extern const size_t hooks_len;

/* Does the kernel have the hook? kernel: its BTF. */
bool hook_exists(const struct hook *hook, const struct btf *kernel);

#endif
