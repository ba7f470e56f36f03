/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Routes. Table and link stand in every message, also where the kernel could do without. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <stdio.h>

#include "contexts/address/address.h"
#include "contexts/common/lines.h"

/* The route takes the next hop over. */
static int add_next_hop(struct postern_invocation *call, struct rtnl_route *route, int index)
{
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *gateway = NULL;
	int r = hop ? 0 : -NLE_NOMEM;

	if (r == 0 && postern_arg_given(call, "gateway"))
		r = nl_addr_parse(postern_arg_string(call, "gateway"), AF_UNSPEC, &gateway);
	if (r == 0) {
		rtnl_route_nh_set_ifindex(hop, index);
		if (gateway)
			rtnl_route_nh_set_gateway(hop, gateway);
		rtnl_route_add_nexthop(route, hop);
	} else if (hop) {
		rtnl_route_nh_free(hop);
	}
	nl_addr_put(gateway);
	return r;
}

/* What the call says of a route. Returns 0 or a negative errno; *ret is released by the caller. */
static int describe(struct postern_invocation *call, struct wire *w, struct rtnl_route **ret)
{
	struct nl_addr *destination = NULL;
	int index, r = wire_index(w, postern_arg_string(call, "link"), &index);

	if (r < 0)
		return r;
	*ret = rtnl_route_alloc();
	if (!*ret)
		return -ENOMEM;
	rtnl_route_set_table(*ret, (uint32_t)postern_arg_integer(call, "table"));
	r = nl_addr_parse(postern_arg_string(call, "destination"), AF_UNSPEC, &destination);
	if (r == 0)
		r = rtnl_route_set_dst(*ret, destination);
	if (r == 0)
		r = add_next_hop(call, *ret, index);
	nl_addr_put(destination);
	return wire_errno(r);
}

static int change(struct postern_invocation *call,
		  int (*build)(struct rtnl_route *, int, struct nl_msg **), int flags,
		  const char *what)
{
	struct rtnl_route *route = NULL;
	struct nl_msg *message = NULL;
	cleanup_wire struct wire w = {};
	char on[128];
	int r;

	(void)snprintf(on, sizeof(on), "to %s by %s in table %u",
		       postern_arg_string(call, "destination"), postern_arg_string(call, "link"),
		       (unsigned)postern_arg_integer(call, "table"));
	r = wire_open(&w, call, NETLINK_ROUTE, on);
	if (r < 0)
		return r;
	r = describe(call, &w, &route);
	if (r == 0)
		r = wire_errno(build(route, flags, &message));
	rtnl_route_put(route);
	return wire_result(call, &w, r < 0 ? r : wire_send(&w, message), what);
}

int route_add(struct postern_invocation *call)
{
	return change(call, rtnl_route_build_add_request, NLM_F_CREATE | NLM_F_EXCL, "add route");
}

int route_delete(struct postern_invocation *call)
{
	return change(call, rtnl_route_build_del_request, 0, "delete route");
}

struct listing {
	struct lines lines;
	uint32_t table;
};

static void add_line(struct lines *lines, struct rtnl_route *route)
{
	struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);
	struct nl_addr *gateway = hop ? rtnl_route_nh_get_gateway(hop) : NULL;
	char to[64], by[64] = "";

	(void)nl_addr2str(rtnl_route_get_dst(route), to, sizeof(to));
	if (gateway)
		(void)nl_addr2str(gateway, by, sizeof(by));
	lines_add(lines, gateway ? "%s via %s" : "%s%s", to, by);
}

/* The kernel hands out those of all tables. */
static int take(struct nl_msg *message, void *arg)
{
	struct listing *listing = arg;
	struct rtnl_route *route = NULL;

	if (rtnl_route_parse(nlmsg_hdr(message), &route) < 0)
		listing->lines.error = -ENOMEM;
	else if (rtnl_route_get_table(route) == listing->table)
		add_line(&listing->lines, route);
	rtnl_route_put(route);
	return NL_OK;
}

int route_list(struct postern_invocation *call)
{
	const struct rtmsg all = {.rtm_family = AF_UNSPEC};
	struct listing listing = {.table = (uint32_t)postern_arg_integer(call, "table")};
	cleanup_wire struct wire w = {};
	char on[32];
	int r;

	(void)snprintf(on, sizeof(on), "table %u", listing.table);
	r = wire_open(&w, call, NETLINK_ROUTE, on);
	if (r < 0)
		return r;
	r = wire_ask(&w, wire_message(RTM_GETROUTE, NLM_F_DUMP, &all, sizeof(all)), take, &listing);
	r = r < 0 ? wire_result(call, &w, r, "list the routes of")
		  : lines_return(call, &listing.lines);
	lines_free(&listing.lines);
	return r;
}
