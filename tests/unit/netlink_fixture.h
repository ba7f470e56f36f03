/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The netlink messages of one entrypoint, compiled, and what the unit tests look up in them. */
#ifndef POSTERN_TESTS_NETLINK_FIXTURE_H
#define POSTERN_TESTS_NETLINK_FIXTURE_H

#include "base/util.h"
#include "policy/policy.h"

#define BIT(n)	   (UINT64_C(1) << (n))
#define CHECKS_MAX POSTERN_NETLINK_CHECKS

struct fixture {
	struct manifest *manifest;
	struct policy *policy;
};

int set_up(void **state);
int tear_down(void **state);

/* Compiles an entrypoint with the arguments name, an interface, and id, a UUID, and with what
 * stands below its key "netlink". */
void compile(struct fixture *f, const char *netlink);

const struct postern_netlink_rule *rule_of(const struct fixture *f, uint16_t protocol,
					   uint32_t type, const char *family);
/* The only check of that kind and place; NULL: there is none. */
const struct postern_netlink_check *check_of(const struct postern_netlink_rule *rule,
					     enum postern_check_kind kind, unsigned at);
/* How many there are; each on an attribute is marked, and nothing else is. */
size_t checks_len(const struct postern_netlink_rule *rule);
const struct postern_words *words_of(const struct fixture *f,
				     const struct postern_netlink_check *check);

#endif
