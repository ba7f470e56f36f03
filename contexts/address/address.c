/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses of links. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/route/addr.h>
#include <stdio.h>

#include "contexts/address/address.h"
#include "contexts/address/listing.h"

/* What the call says of an address. Returns 0 or a negative errno; *ret is released by the caller.
 */
static int describe(struct postern_invocation *call, struct wire *w, struct rtnl_addr **ret)
{
	struct nl_addr *local = NULL;
	int index, r = wire_index(w, postern_arg_string(call, "link"), &index);

	if (r < 0)
		return r;
	*ret = rtnl_addr_alloc();
	if (!*ret)
		return -ENOMEM;
	rtnl_addr_set_ifindex(*ret, index);
	r = nl_addr_parse(postern_arg_string(call, "address"), AF_UNSPEC, &local);
	if (r == 0) {
		nl_addr_set_prefixlen(local, (int)postern_arg_integer(call, "length"));
		r = rtnl_addr_set_local(*ret, local);
	}
	nl_addr_put(local);
	return wire_errno(r);
}

static int change(struct postern_invocation *call,
		  int (*build)(struct rtnl_addr *, int, struct nl_msg **), int flags,
		  const char *what)
{
	struct rtnl_addr *address = NULL;
	struct nl_msg *message = NULL;
	cleanup_wire struct wire w = {};
	char on[128];
	int r;

	(void)snprintf(on, sizeof(on), "%s/%d of %s", postern_arg_string(call, "address"),
		       (int)postern_arg_integer(call, "length"), postern_arg_string(call, "link"));
	r = wire_open(&w, call, NETLINK_ROUTE, on);
	if (r < 0)
		return r;
	r = describe(call, &w, &address);
	if (r == 0)
		r = wire_errno(build(address, flags, &message));
	rtnl_addr_put(address);
	return wire_result(call, &w, r < 0 ? r : wire_send(&w, message), what);
}

int address_add(struct postern_invocation *call)
{
	return change(call, rtnl_addr_build_add_request, NLM_F_CREATE | NLM_F_EXCL, "add address");
}

int address_delete(struct postern_invocation *call)
{
	return change(call, rtnl_addr_build_delete_request, 0, "delete address");
}

static int take(struct nl_msg *message, void *arg)
{
	const struct ifaddrmsg *header = nlmsg_data(nlmsg_hdr(message));
	struct listing *listing = arg;
	const struct nlattr *found;
	struct nl_addr *address;
	char text[64];

	/* Of an IPv4 link between two ends, IFA_ADDRESS is the other one. */
	found = nlmsg_find_attr(nlmsg_hdr(message), sizeof(*header), IFA_LOCAL);
	if (!found)
		found = nlmsg_find_attr(nlmsg_hdr(message), sizeof(*header), IFA_ADDRESS);
	if ((int)header->ifa_index != listing->index || !found)
		return NL_OK;
	address = nl_addr_alloc_attr(found, header->ifa_family);
	if (address) {
		nl_addr_set_prefixlen(address, header->ifa_prefixlen);
		lines_add(&listing->lines, "%s", nl_addr2str(address, text, sizeof(text)));
	} else {
		listing->lines.error = -ENOMEM;
	}
	nl_addr_put(address);
	return NL_OK;
}

int address_list(struct postern_invocation *call)
{
	const struct ifaddrmsg all = {.ifa_family = AF_UNSPEC};

	return listing_of_link(call, RTM_GETADDR, &all, sizeof(all), take, "list the addresses of");
}
