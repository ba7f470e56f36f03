/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy in force: its rules resolved in a context's root, and held in the kernel's maps. */
#ifndef POSTERN_SUPERVISOR_RULES_H
#define POSTERN_SUPERVISOR_RULES_H

#include "policy/policy.h"
#include "supervisor/enforcement.h"

/* Where a rule was tied to. */
struct rule_state {
	int fd;	   /* O_PATH of the directory: holds its inode, so that its number is not given to
		      another; -EBADF */
	int error; /* negative errno: why the rule is not in force (what it would allow is refused);
		      0: it is */
};

struct rule_entries;

struct ruleset {
	uint64_t id;
	struct policy *policy;	      /* owned */
	struct rule_state *states;    /* one for each of policy->rules */
	struct rule_entries *entries; /* what stands in the maps; NULL: ruleset_left() */
	struct postern_identity root; /* what the kernel knows of root_fd */
};

/* Where a policy's rules are tied to, when that was found out elsewhere. */
struct rule_places {
	const int *fds; /* one for each rule, as ruleset_open(); NULL: only the root is known */
	const struct postern_identity *identities; /* of those that are descriptors */
	const struct postern_identity *root;
};

/* Opens a rule's directory (O_PATH) below a context's root, as its own processes would resolve it.
 * Returns an owned descriptor or a negative errno. May wait for the file system it lies on. */
int ruleset_open(int root_fd, const char *path);

/*
 * Resolves a policy's directories below root_fd (an O_PATH descriptor of the context's root, as the
 * helper sees it) and puts its rules and then itself into the kernel under `id`.
 *
 * The entries follow from policy and root alone, so that the same policy installed again under the
 * same id leaves them as they are.
 *
 * places: NULL; or where its rules are tied to: with descriptors, no file system is touched but
 * proc and sysfs. The descriptors are duplicated. policy: taken over, also on failure. value: what
 * the kernel keeps for the id; root and capabilities are filled in here. ret: set on success only.
 * A directory that does not exist, or a driver that is not there, makes its rule not in force,
 * which is no error.
 */
int ruleset_install(struct enforcement *e, struct policy *policy, uint64_t id, int root_fd,
		    const struct rule_places *places, struct postern_policy value,
		    struct ruleset **ret, struct error *err);

/*
 * Rules that an earlier supervisor put into force under `id`, and that follow from no manifest any
 * more (rules_left.c): what they are stands in the kernel's maps alone. ret: without rules and
 * entries; ruleset_remove() takes all that the maps have of the id. Returns 0 or -ENOMEM.
 */
int ruleset_left(uint64_t id, struct ruleset **ret);
bool ruleset_is_left(const struct ruleset *set);
/* Takes out of the maps all that belongs to the id. */
void ruleset_left_forget(struct enforcement *e, uint64_t id);

/* Withdraws the policy, then its rules: tasks that still have it are refused everything. Frees the
 * set; NULL is allowed. */
void ruleset_remove(struct enforcement *e, struct ruleset *set);

/* Why rule i is not in force, for people. Returns to. */
const char *ruleset_reason(const struct ruleset *set, size_t i, char *to, size_t size);

#endif
