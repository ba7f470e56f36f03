/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The links of the network namespace. */
#include <errno.h>
#include <linux/rtnetlink.h>

#include "contexts/common/lines.h"
#include "contexts/common/wire.h"
#include "contexts/link/link.h"

static int take(struct nl_msg *message, void *lines)
{
	struct nlattr *name =
		nlmsg_find_attr(nlmsg_hdr(message), sizeof(struct ifinfomsg), IFLA_IFNAME);

	if (name)
		lines_add(lines, "%s", nla_get_string(name));
	return NL_OK;
}

int link_list(struct postern_invocation *call)
{
	const struct ifinfomsg all = {.ifi_family = AF_UNSPEC};
	cleanup_lines struct lines lines = {};
	cleanup_wire struct wire w = {};
	int r = wire_open(&w, call, NETLINK_ROUTE, "all links");

	if (r < 0)
		return r;
	r = wire_ask(&w, wire_message(RTM_GETLINK, NLM_F_DUMP, &all, sizeof(all)), take, &lines);
	return r < 0 ? wire_result(call, &w, r, "list") : lines_return(call, &lines);
}
