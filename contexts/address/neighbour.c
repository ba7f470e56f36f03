/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Neighbours that stay: which address of a link's network has which hardware address. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/route/neighbour.h>
#include <stdio.h>

#include "contexts/address/address.h"
#include "contexts/address/listing.h"

static int set_hardware_address(struct rtnl_neigh *neighbour, const char *mac)
{
	struct nl_addr *address = NULL;
	int r = nl_addr_parse(mac, AF_LLC, &address);

	if (r == 0)
		rtnl_neigh_set_lladdr(neighbour, address);
	nl_addr_put(address);
	return r;
}

/* What the call says of a neighbour; mac: NULL to delete one. Returns 0 or a negative errno; *ret
 * is released by the caller. */
static int describe(struct postern_invocation *call, struct wire *w, const char *mac,
		    struct rtnl_neigh **ret)
{
	struct nl_addr *address = NULL;
	int index, r = wire_index(w, postern_arg_string(call, "link"), &index);

	if (r < 0)
		return r;
	*ret = rtnl_neigh_alloc();
	if (!*ret)
		return -ENOMEM;
	rtnl_neigh_set_ifindex(*ret, index);
	rtnl_neigh_set_state(*ret, NUD_PERMANENT);
	r = nl_addr_parse(postern_arg_string(call, "address"), AF_UNSPEC, &address);
	if (r == 0)
		r = rtnl_neigh_set_dst(*ret, address);
	if (r == 0 && mac)
		r = set_hardware_address(*ret, mac);
	nl_addr_put(address);
	return wire_errno(r);
}

static int change(struct postern_invocation *call, const char *mac,
		  int (*build)(struct rtnl_neigh *, int, struct nl_msg **), int flags,
		  const char *what)
{
	struct rtnl_neigh *neighbour = NULL;
	struct nl_msg *message = NULL;
	cleanup_wire struct wire w = {};
	char on[128];
	int r;

	(void)snprintf(on, sizeof(on), "%s of %s", postern_arg_string(call, "address"),
		       postern_arg_string(call, "link"));
	r = wire_open(&w, call, NETLINK_ROUTE, on);
	if (r < 0)
		return r;
	r = describe(call, &w, mac, &neighbour);
	if (r == 0)
		r = wire_errno(build(neighbour, flags, &message));
	rtnl_neigh_put(neighbour);
	return wire_result(call, &w, r < 0 ? r : wire_send(&w, message), what);
}

int neighbour_add(struct postern_invocation *call)
{
	return change(call, postern_arg_string(call, "mac"), rtnl_neigh_build_add_request,
		      NLM_F_CREATE | NLM_F_EXCL, "add neighbour");
}

int neighbour_delete(struct postern_invocation *call)
{
	return change(call, NULL, rtnl_neigh_build_delete_request, 0, "delete neighbour");
}

static int take(struct nl_msg *message, void *arg)
{
	struct listing *listing = arg;
	struct rtnl_neigh *neighbour = NULL;
	char address[64], mac[64];

	if (rtnl_neigh_parse(nlmsg_hdr(message), &neighbour) < 0)
		listing->lines.error = -ENOMEM;
	else if (rtnl_neigh_get_ifindex(neighbour) == listing->index &&
		 rtnl_neigh_get_lladdr(neighbour))
		lines_add(&listing->lines, "%s %s",
			  nl_addr2str(rtnl_neigh_get_dst(neighbour), address, sizeof(address)),
			  nl_addr2str(rtnl_neigh_get_lladdr(neighbour), mac, sizeof(mac)));
	rtnl_neigh_put(neighbour);
	return NL_OK;
}

int neighbour_list(struct postern_invocation *call)
{
	const struct ndmsg all = {.ndm_family = AF_UNSPEC};

	return listing_of_link(call, RTM_GETNEIGH, &all, sizeof(all), take,
			       "list the neighbours of");
}
