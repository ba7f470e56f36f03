/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a manifest to rules: what one entrypoint may do, as directories, names and patterns, before
 * anything is looked up.
 *
 * Pure: it touches no file system and no kernel. The supervisor resolves the directories in the
 * context's own root and turns them into map entries (userspace/supervisor/rules.c).
 */
#ifndef POSTERN_POLICY_H
#define POSTERN_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/abi.h"
#include "manifest/manifest.h"
#include "manifest/rule_path.h"
#include "policy/netlink.h"
#include "policy/sockets.h"

/* One component of a pattern. */
struct policy_part {
	enum postern_part_kind kind;
	char *text;    /* owned; of a slot, what stands around the value */
	size_t before; /* SLOT: bytes of the text in front of the value */
	unsigned slot; /* SLOT: number of the value */
};

/* One rule: a name in `directory`, a pattern below it, or the directory with all that is below it.
 */
struct policy_rule {
	char *path;		   /* as it was written; owned */
	char *directory;	   /* absolute, without patterns; owned */
	char *name;		   /* owned; NULL: no name rule */
	struct policy_part *parts; /* owned; NULL: no pattern */
	size_t parts_len;
	bool subtree;	  /* what lies below it as well */
	uint32_t rights;  /* POSTERN_READ ... of bpf/abi.h */
	uint32_t *ioctls; /* commands; owned */
	size_t ioctls_len;
	struct manifest_device device; /* owned */
	unsigned line; /* of the file that says it; 0: every context has it (the start policy's) */
	char *source;  /* where it comes from besides the manifest: a group's file, or "exec of
			  PROGRAM"; NULL: the manifest itself; owned */
	bool is_program; /* `source` is no file, and `line` means nothing */
};

struct policy {
	struct policy_rule *rules;
	size_t len;
	struct policy_netlink netlink;
	uint64_t capabilities; /* that the kernel lets its tasks use */
	uint32_t descriptors;  /* of the signature: struct postern_policy.descriptors */
	bool audit;
	bool guarded; /* what files look like is decided too */
	struct policy_sockets sockets;
};

/* Compiles an entrypoint's policy: rule i is that of the entrypoint's path i. ret: set on success
 * only; free with policy_free(). Returns 0 or -ENOMEM. */
int policy_compile(const struct manifest *m, const struct manifest_entrypoint *e,
		   struct policy **ret, struct error *err);

/* The slot of the argument that a part of a pattern holds; POSTERN_SLOTS when the entrypoint has
 * none of that name. */
unsigned policy_slot(const struct manifest_entrypoint *e, const struct rule_part *part);

/*
 * Compiles the policy under which a context's helper starts: read and execute what every program
 * needs to start, and the module; nothing that the manifest grants to entrypoints.
 */
int policy_compile_start(const struct manifest *m, struct policy **ret, struct error *err);

/*
 * The rule that lies nearest to a path that was refused: the one that shares most leading
 * components with it, where a pattern shares what it matches; NULL when the policy has none. It
 * lives as long as the policy.
 */
const struct policy_rule *policy_nearest(const struct policy *p, const char *path);

/* Writes where a rule stands: "FILE:LINE", or "exec of PROGRAM". file: the manifest's. Returns to.
 */
const char *policy_rule_place(const struct policy_rule *rule, const char *file, char *to,
			      size_t size);

/*
 * Makes the kernel's form of a pattern: the literal components of `literal` (a path without
 * patterns; "" for none), then those of the rule (its name or its pattern). rights and the like are
 * left alone. Returns 0, or -E2BIG when it has more components or bytes than a pattern holds.
 */
int policy_pattern(const struct policy_rule *rule, const char *literal,
		   struct postern_pattern *ret);

/* Does one component match a glob? * stands for any bytes, ? for one. */
bool policy_glob_matches(const char *glob, size_t glob_len, const char *name, size_t len);

/* Does its signature take sockets from callers, or give descriptors back? Then the hooks of sockets
 * have to be there. */
bool policy_moves_sockets(const struct policy *p);

void policy_free(struct policy *p);

#endif
