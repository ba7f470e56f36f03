/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a rule is tied to in a context's root: a directory's inode, or, on proc and sysfs, the root
 * of that mount with the components below it.
 *
 * Inodes of proc and sysfs are numbered anew whenever they are looked up again, and differ between
 * network namespaces; their names do not (decision 6 of the design).
 */
#ifndef POSTERN_SUPERVISOR_RULE_PLACE_H
#define POSTERN_SUPERVISOR_RULE_PLACE_H

#include "policy/policy.h"

struct rule_place {
	int fd;	       /* O_PATH of the directory; owned */
	char *literal; /* components below it, in front of the rule's own; NULL: the rule is tied to
			  the directory itself; owned */
	bool gap;      /* between the first of them and the others lie any number more */
};

/*
 * Finds the place. root_fd: O_PATH of the context's root. opened: what ruleset_open() returned for
 * the rule's directory, taken over. From there on only proc and sysfs are looked into. ret: set on
 * success only; clear with rule_place_clear(). Returns 0 or a negative errno: why the rule cannot
 * be in force.
 */
int rule_place_find(int root_fd, const struct policy_rule *rule, int opened,
		    struct rule_place *ret);
void rule_place_clear(struct rule_place *place);

/*
 * Lists the directories from the parent of `fd` up to root_fd, each opened O_PATH, up to `room` of
 * them. Returns how many; the caller owns the descriptors. Negative errno: -E2BIG when the root was
 * not met.
 */
int rule_place_parents(int root_fd, int fd, int *ret_fds, size_t room);

#endif
