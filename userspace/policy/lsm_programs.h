/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which BPF programs are attached to the kernel's LSM hooks, whoever attached them. */
#ifndef POSTERN_POLICY_LSM_PROGRAMS_H
#define POSTERN_POLICY_LSM_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

struct btf;

struct lsm_program {
	uint32_t hook; /* BTF id of bpf_lsm_HOOK */
	uint32_t program, link;
	char name[16]; /* as the kernel keeps it: 15 bytes at most */
};

/*
 * Lists them. For root only. ret: to be freed, also when *ret_len is 0; both are set on success
 * only. Returns 0, -EPERM, -ENOMEM, or another negative errno.
 */
int lsm_programs_list(struct lsm_program **ret, size_t *ret_len);

/* The hook's name in the kernel's BTF, without "bpf_lsm_"; NULL when it is none. */
const char *lsm_programs_hook(const struct btf *btf, uint32_t hook);

/*
 * Writes the names of the programs on one hook, each with its number ("filler ×37, guard"), as far
 * as they fit. Returns how many programs that is.
 */
size_t lsm_programs_name(const struct lsm_program *programs, size_t len, uint32_t hook, char *to,
			 size_t size);

#endif
