/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of hooks: what each kernel program guards, what it asks for, and on which kernels it
 * must be attached. The second table holds what has no hook, the third what needs none.
 *
 * posternd holds the running kernel against the first before it loads anything; `postern status
 * --hooks` prints it; docs/hooks.md is made from all three.
 */
#ifndef POSTERN_POLICY_HOOKS_H
#define POSTERN_POLICY_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/abi.h"

struct btf;

#define HOOKS_SINCE(major, minor) ((unsigned)(major) << 16 | (unsigned)(minor))
#define HOOKS_KERNELS_MAX	  32 /* bytes of what hook_kernels() writes */

enum hook_when {
	HOOK_ALWAYS,
	/* It costs every task of the host, so it is attached when the first context asks for
	 * guarded metadata. */
	HOOK_GUARDED,
	/* It costs every send of the host, or says nothing before there is a socket besides unix
	 * ones: attached with the first policy that grants any. */
	HOOK_NETWORK,
};

struct hook {
	enum postern_hook number; /* its row */
	const char *name;	  /* of the LSM hook; its program is postern_NAME */
	const char *guards;	  /* the operations that it refuses */
	const char *asks;	  /* the right, "never", or what else lets it pass */
	unsigned since; /* HOOKS_SINCE() of the first kernel that must have it; 0: see absent */
	/* Why a kernel without it is as safe. NULL: there is none. With `since` it excuses older
	 * kernels, without it every kernel. */
	const char *absent;
	const char *variant; /* how kernels differ, and how the program tells; NULL: they do not */
	enum hook_when when;
};

extern const struct hook hooks[];
extern const size_t hooks_len; /* POSTERN_HOOKS_LEN */

/* An operation that no hook sees. */
struct unhooked {
	const char *operation;
	const char *closed; /* what closes it, or what stays open */
	bool leaks;	    /* it stays open in part: docs/threat-model.md names it */
};

extern const struct unhooked unhooked[];
extern const size_t unhooked_len;

/* A hook of the kernel's that Postern leaves alone, or a family of them. */
struct unneeded {
	const char *hooks;
	const char *why;
};

extern const struct unneeded unneeded[];
extern const size_t unneeded_len;

/*
 * Which hooks the kernel has. kernel: its BTF. ret: for each of hooks[] the id of bpf_lsm_HOOK, 0
 * where there is none. In one pass: libbpf's search by name takes milliseconds for each.
 */
void hooks_find(const struct btf *kernel, uint32_t ret[POSTERN_HOOKS_LEN]);

/* Must a kernel of this version (HOOKS_SINCE(), 0: not known) have the hook? */
bool hook_demanded(const struct hook *hook, unsigned version);

/* "every", "6.2 and later", "where it exists". Returns to. */
const char *hook_kernels(const struct hook *hook, char to[HOOKS_KERNELS_MAX]);

/*
 * Holds a kernel against the table. ids: from hooks_find(); version: HOOKS_SINCE() of the kernel, 0
 * when it is not known. Returns 0, or -ENOSYS with the first hook that is lacking.
 */
int hooks_require(const uint32_t ids[POSTERN_HOOKS_LEN], unsigned version, struct error *err);

/* The running kernel's version as HOOKS_SINCE(), 0 when it cannot be read. */
unsigned hooks_kernel_version(void);

/* A word for an enum postern_hook, "unknown" for a number that is none. */
const char *hook_name(unsigned number);

#endif
