/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Links that are made and deleted. Each is made under a name that nothing has yet. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/link/vxlan.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "contexts/common/wire.h"
#include "contexts/link/link.h"

#define TUN	   "/dev/net/tun"
#define VXLAN_PORT 4789 /* RFC 7348 */

/* Until it is made to stay, a tap is gone with the descriptor that made it. */
static int make_tap(struct postern_invocation *call, int fd, const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL};

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return postern_fail(call, errno, "create tap %s", name);
	if (postern_arg_given(call, "owner") &&
	    ioctl(fd, TUNSETOWNER, (unsigned long)postern_arg_integer(call, "owner")) < 0)
		return postern_fail(call, errno, "set the owner of tap %s", name);
	if (ioctl(fd, TUNSETPERSIST, 1ul) < 0)
		return postern_fail(call, errno, "make tap %s stay", name);
	return 0;
}

int link_create_tap(struct postern_invocation *call)
{
	int fd = open(TUN, O_RDWR | O_CLOEXEC), r;

	if (fd < 0)
		return postern_fail(call, errno, "open " TUN);
	r = make_tap(call, fd, postern_arg_string(call, "name"));
	(void)close(fd);
	return r;
}

/* Makes the link, which it releases. NULL: there was no memory for it. */
static int make(struct postern_invocation *call, struct rtnl_link *link)
{
	const char *name = postern_arg_string(call, "name");
	cleanup_wire struct wire w = {};
	struct nl_msg *message = NULL;
	int r = -ENOMEM;

	if (link) {
		rtnl_link_set_name(link, name);
		r = wire_errno(
			rtnl_link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL, &message));
		rtnl_link_put(link);
	}
	if (r < 0)
		return postern_fail(call, r, "describe link %s", name);
	r = wire_open(&w, call, NETLINK_ROUTE, name);
	if (r < 0) {
		nlmsg_free(message);
		return r;
	}
	return wire_result(call, &w, wire_send(&w, message), "create link");
}

int link_create_veth(struct postern_invocation *call)
{
	struct rtnl_link *link = rtnl_link_veth_alloc(), *peer = NULL;

	if (link) {
		peer = rtnl_link_veth_get_peer(link);
		rtnl_link_set_name(peer, postern_arg_string(call, "peer"));
		rtnl_link_put(peer);
	}
	return make(call, link);
}

typedef int (*set_address)(struct rtnl_link *link, struct nl_addr *address);

/* The text was checked against the manifest's type: only memory can lack. */
static int end_point(struct rtnl_link *link, const char *text, set_address set)
{
	struct nl_addr *address = NULL;
	int r = nl_addr_parse(text, AF_UNSPEC, &address);

	if (r == 0)
		r = set(link, address);
	nl_addr_put(address);
	return wire_errno(r);
}

int link_create_vxlan(struct postern_invocation *call)
{
	int64_t port =
		postern_arg_given(call, "port") ? postern_arg_integer(call, "port") : VXLAN_PORT;
	struct rtnl_link *link = rtnl_link_vxlan_alloc();
	int r = -ENOMEM;

	if (link)
		r = end_point(link, postern_arg_string(call, "local"), rtnl_link_vxlan_set_local);
	if (r == 0)
		r = end_point(link, postern_arg_string(call, "remote"), rtnl_link_vxlan_set_group);
	if (r == 0)
		r = wire_errno(
			rtnl_link_vxlan_set_id(link, (uint32_t)postern_arg_integer(call, "vni")));
	if (r == 0)
		r = wire_errno(rtnl_link_vxlan_set_port(link, (uint32_t)port));
	if (r == 0)
		return make(call, link);
	rtnl_link_put(link);
	return postern_fail(call, r, "describe vxlan %s", postern_arg_string(call, "name"));
}

/* By its index: a rule that is narrowed by interface holds for the one that the kernel will take,
 * and a name alone would be refused. */
int link_delete(struct postern_invocation *call)
{
	const char *name = postern_arg_string(call, "link");
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	cleanup_wire struct wire w = {};
	int r = wire_open(&w, call, NETLINK_ROUTE, name);

	if (r < 0)
		return r;
	r = wire_index(&w, name, &header.ifi_index);
	if (r == 0)
		r = wire_send(&w, wire_message(RTM_DELLINK, 0, &header, sizeof(header)));
	return wire_result(call, &w, r, "delete link");
}
