/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules of before a reload, found by a supervisor that was started after it.
 *
 * Calls that were under way run on under them. The manifest that they were compiled from is gone,
 * so nothing is compiled, written or compared: they stay in the maps as they are, and go by id.
 */
#include <errno.h>
#include <stdlib.h>

#include "supervisor/rules.h"

int ruleset_left(uint64_t id, struct ruleset **ret)
{
	struct ruleset *set = calloc(1, sizeof(*set));
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!set || !policy) {
		free(set);
		free(policy);
		return -ENOMEM;
	}
	*set = (struct ruleset){.id = id, .policy = policy};
	*ret = set;
	return 0;
}

bool ruleset_is_left(const struct ruleset *set)
{
	return !set->entries;
}

static bool is_another(void *userdata, uint64_t policy,
		       const struct postern_directory_key *directory UNUSED,
		       const char *name UNUSED)
{
	return policy != *(const uint64_t *)userdata;
}

static bool is_another_netlink(void *userdata, uint64_t policy, const struct policy_netlink **ret)
{
	*ret = NULL;
	return policy != *(const uint64_t *)userdata;
}

void ruleset_left_forget(struct enforcement *e, uint64_t id)
{
	(void)enforcement_sweep(e, is_another, &id);
	(void)enforcement_netlink_sweep(e, is_another_netlink, &id);
}
