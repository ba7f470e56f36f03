/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a manifest to rules: what one entrypoint may do, as directories and names, before anything
 * is looked up.
 *
 * Pure: it touches no file system and no kernel. The supervisor resolves the directories in the
 * context's own root and turns them into map entries (userspace/supervisor/rules.c).
 */
#ifndef POSTERN_POLICY_H
#define POSTERN_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "manifest/manifest.h"

/* One rule: `name` in `directory`, or the directory with all that is below it. */
struct policy_rule {
	char *directory; /* absolute; owned */
	char *name;	 /* owned; NULL: a subtree rule */
	uint32_t rights; /* POSTERN_READ ... of bpf/abi.h */
	unsigned line;	 /* of the manifest; 0: every context has it (the start policy's) */
};

struct policy {
	struct policy_rule *rules;
	size_t len;
	uint64_t capabilities; /* that the kernel lets its tasks use */
	bool audit;
};

/* Compiles an entrypoint's policy. ret: set on success only; free with policy_free(). Returns 0 or
 * -ENOMEM. */
int policy_compile(const struct manifest *m, const struct manifest_entrypoint *e,
		   struct policy **ret, struct error *err);

/*
 * Compiles the policy under which a context's helper starts: read and execute what every program
 * needs to start, and the module; nothing that the manifest grants to entrypoints.
 */
int policy_compile_start(const struct manifest *m, struct policy **ret, struct error *err);

/*
 * The rule that lies nearest to a path that was refused: the one that shares most leading
 * components with it; NULL when the policy has none. It lives as long as the policy.
 */
const struct policy_rule *policy_nearest(const struct policy *p, const char *path);

void policy_free(struct policy *p);

#endif
