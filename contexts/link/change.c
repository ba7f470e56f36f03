/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What links are set to. All of it is RTM_SETLINK, which makes nothing, and one attribute; so what
 * an entrypoint changes is decided here, and on which links and bridges by its rule.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <netinet/ether.h>
#include <stdlib.h>

#include "contexts/common/wire.h"
#include "contexts/link/link.h"

/* Sets one attribute of the link that the call names (len 0: none), and the flags of "mask". */
static int set(struct postern_invocation *call, struct wire *w, struct ifinfomsg header, int type,
	       const void *data, size_t len, const char *what)
{
	struct nl_msg *message = NULL;
	int r = wire_index(w, postern_arg_string(call, "link"), &header.ifi_index);

	if (r == 0) {
		message = wire_message(RTM_SETLINK, 0, &header, sizeof(header));
		if (message && len && nla_put(message, type, (int)len, data) < 0) {
			nlmsg_free(message);
			message = NULL;
		}
		r = wire_send(w, message);
	}
	return wire_result(call, w, r, what);
}

static int set_attribute(struct postern_invocation *call, int type, const void *data, size_t len,
			 const char *what)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	cleanup_wire struct wire w = {};
	int r = wire_open(&w, call, NETLINK_ROUTE, postern_arg_string(call, "link"));

	return r < 0 ? r : set(call, &w, header, type, data, len, what);
}

int link_set_mtu(struct postern_invocation *call)
{
	uint32_t mtu = (uint32_t)postern_arg_integer(call, "mtu");

	return set_attribute(call, IFLA_MTU, &mtu, sizeof(mtu), "set the mtu of");
}

int link_set_address(struct postern_invocation *call)
{
	const struct ether_addr *mac = ether_aton(postern_arg_string(call, "mac"));

	if (!mac)
		return postern_fail(call, EINVAL, "read %s as an address of six bytes",
				    postern_arg_string(call, "mac"));
	return set_attribute(call, IFLA_ADDRESS, mac, sizeof(*mac), "set the address of");
}

int link_set_state(struct postern_invocation *call)
{
	const bool up = postern_arg_boolean(call, "up");
	const struct ifinfomsg header = {
		.ifi_family = AF_UNSPEC, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};
	cleanup_wire struct wire w = {};
	int r = wire_open(&w, call, NETLINK_ROUTE, postern_arg_string(call, "link"));

	return r < 0 ? r : set(call, &w, header, 0, NULL, 0, up ? "set up" : "set down");
}

int link_add_to_bridge(struct postern_invocation *call)
{
	const char *bridge = postern_arg_string(call, "bridge");
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	cleanup_wire struct wire w = {};
	int index, r = wire_open(&w, call, NETLINK_ROUTE, postern_arg_string(call, "link"));

	if (r < 0)
		return r;
	r = wire_index(&w, bridge, &index);
	if (r < 0)
		return postern_fail(call, r, "find bridge %s%s", bridge, w.why);
	return set(call, &w, header, IFLA_MASTER, &index, sizeof(index), "set the bridge of");
}

int link_remove_from_bridge(struct postern_invocation *call)
{
	const int none = 0;

	return set_attribute(call, IFLA_MASTER, &none, sizeof(none), "unset the bridge of");
}
