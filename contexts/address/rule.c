/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Policy rules: which table is asked for what comes in by a link from a network. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <netlink/route/rule.h>
#include <stdio.h>

#include "contexts/address/address.h"

/* What the call says of a rule. Returns 0 or a negative errno; *ret is released by the caller. */
static int describe(struct postern_invocation *call, struct rtnl_rule **ret)
{
	struct nl_addr *source = NULL;
	int r;

	*ret = rtnl_rule_alloc();
	if (!*ret)
		return -ENOMEM;
	rtnl_rule_set_action(*ret, FR_ACT_TO_TBL);
	rtnl_rule_set_table(*ret, (uint32_t)postern_arg_integer(call, "table"));
	rtnl_rule_set_prio(*ret, (uint32_t)postern_arg_integer(call, "priority"));
	r = nl_addr_parse(postern_arg_string(call, "source"), AF_UNSPEC, &source);
	if (r == 0) {
		rtnl_rule_set_family(*ret, nl_addr_get_family(source));
		r = rtnl_rule_set_src(*ret, source);
	}
	if (r == 0)
		r = rtnl_rule_set_iif(*ret, postern_arg_string(call, "link"));
	nl_addr_put(source);
	return wire_errno(r);
}

static int change(struct postern_invocation *call,
		  int (*build)(struct rtnl_rule *, int, struct nl_msg **), int flags,
		  const char *what)
{
	struct rtnl_rule *rule = NULL;
	struct nl_msg *message = NULL;
	cleanup_wire struct wire w = {};
	char on[128];
	int r;

	(void)snprintf(on, sizeof(on), "from %s by %s to table %u",
		       postern_arg_string(call, "source"), postern_arg_string(call, "link"),
		       (unsigned)postern_arg_integer(call, "table"));
	r = wire_open(&w, call, NETLINK_ROUTE, on);
	if (r < 0)
		return r;
	r = describe(call, &rule);
	if (r == 0)
		r = wire_errno(build(rule, flags, &message));
	rtnl_rule_put(rule);
	return wire_result(call, &w, r < 0 ? r : wire_send(&w, message), what);
}

int rule_add(struct postern_invocation *call)
{
	return change(call, rtnl_rule_build_add_request, NLM_F_CREATE | NLM_F_EXCL, "add rule");
}

int rule_delete(struct postern_invocation *call)
{
	return change(call, rtnl_rule_build_delete_request, 0, "delete rule");
}
