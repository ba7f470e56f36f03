/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink against the kernel programs alone: what is granted takes effect, what is not does not,
 * however the two are packed into one send.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/netlink_try.h"
#include "tests/tap.h"

static void link_begin(struct message *m, uint16_t type, uint16_t flags, unsigned index)
{
	const struct ifinfomsg header = {.ifi_index = (int)index};

	message_begin(m, type, flags, &header, sizeof(header));
}

static void add_kind(struct message *m, const char *kind)
{
	size_t info = message_nest(m, IFLA_LINKINFO);

	message_add_text(m, IFLA_INFO_KIND, kind);
	message_nest_end(m, info);
}

static struct message *make(const char *name, const char *kind, uint16_t flags)
{
	struct message *m = fresh();

	link_begin(m, RTM_NEWLINK, flags, 0);
	message_add_text(m, IFLA_IFNAME, name);
	add_kind(m, kind);
	return m;
}

static void set_mtu(struct message *m, const char *name, uint32_t mtu)
{
	link_begin(m, RTM_NEWLINK, ASKS, if_nametoindex(name));
	message_add_number(m, IFLA_MTU, mtu);
}

static void address(struct message *m, const char *name, const char *ip)
{
	const struct ifaddrmsg header = {
		.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = if_nametoindex(name)};

	message_begin(m, RTM_NEWADDR, MAKES, &header, sizeof(header));
	message_add(m, IFA_LOCAL, ip, 4);
}

static void unconfined(const struct message *m, const char *what)
{
	int r = message_send(netlink_try_socket(NETLINK_ROUTE), m);

	if (r)
		hand_bail("%s: %d", what, r);
}

static struct message *pair(const char *name, const char *peer, int netns)
{
	const struct ifinfomsg header = {};
	struct message *m = fresh();
	size_t info, data, end;

	link_begin(m, RTM_NEWLINK, MAKES, 0);
	message_add_text(m, IFLA_IFNAME, name);
	info = message_nest(m, IFLA_LINKINFO);
	message_add_text(m, IFLA_INFO_KIND, "veth");
	data = message_nest(m, IFLA_INFO_DATA);
	end = message_nest(m, VETH_INFO_PEER);
	message_add_bytes(m, &header, sizeof(header));
	if (peer)
		message_add_text(m, IFLA_IFNAME, peer);
	if (netns)
		message_add_number(m, IFLA_NET_NS_PID, (uint32_t)netns);
	message_nest_end(m, end);
	message_nest_end(m, data);
	message_nest_end(m, info);
	return m;
}

static void test_links(void)
{
	struct message *m;

	allowed(make("tap1", "dummy", MAKES), "a link of a granted name and kind is made");
	(void)tap(if_nametoindex("tap1") != 0, "and is there");
	allowed(make("ok0", "dummy", MAKES), "another, by its whole name");
	denied(make("eth9", "dummy", MAKES), "a link of another name");
	denied(make("ok01", "dummy", MAKES), "a name that begins like a granted one");
	denied(make("tap%d", "dummy", MAKES), "a name that the kernel would make another of");
	denied(make("tap2", "bridge", MAKES), "another kind");
	denied(make("tap2", "dummy", ASKS | NLM_F_CREATE), "a new link without NLM_F_EXCL");
	m = fresh();
	link_begin(m, RTM_NEWLINK, MAKES, 0);
	add_kind(m, "dummy");
	denied(m, "a link without a name");
	m = fresh();
	link_begin(m, RTM_NEWLINK, MAKES, 0);
	denied(m, "a link of which nothing is said");
	m = fresh();
	link_begin(m, RTM_NEWLINK, ASKS, 0);
	(void)tried(m, NETLINK_ROUTE, MESSAGE_ANSWERED + ENODEV, "a question of ip's, for nothing");
	m = make("tap2", "dummy", MAKES);
	message_add_text(m, IFLA_IFNAME, "eth9");
	denied(m, "two names, the last not granted");
	m = fresh();
	link_begin(m, RTM_NEWLINK, MAKES, 0);
	message_add_text(m, IFLA_IFNAME, "eth9");
	message_add_text(m, IFLA_IFNAME, "tap2");
	add_kind(m, "dummy");
	denied(m, "two names, the first not granted");
	m = fresh();
	set_mtu(m, "tap1", 1400);
	allowed(m, "the MTU of a granted link");
	m = fresh();
	set_mtu(m, "lo", 1400);
	denied(m, "the MTU of another");
	m = fresh();
	set_mtu(m, "tap1", 1400);
	message_add_text(m, IFLA_IFNAME, "eth9");
	denied(m, "renaming a granted link to a name that is not");
	m = fresh();
	set_mtu(m, "tap1", 1400);
	message_add_text(m, IFLA_IFNAME, "tap%d");
	denied(m, "renaming it to one that the kernel would make another of");
	m = fresh();
	set_mtu(m, "tap1", 1400);
	message_add_number(m, IFLA_GROUP, 5);
	denied(m, "an attribute that is not granted");
	m = fresh();
	set_mtu(m, "tap1", 1400);
	message_add_number(m, 0x8000 | IFLA_GROUP, 5);
	denied(m, "the same with the flag of nested attributes");
	m = fresh();
	set_mtu(m, "tap1", 1400);
	message_add_number(m, IFLA_MASTER, if_nametoindex("lo"));
	denied(m, "another master");
	m = fresh();
	set_mtu(m, "tap1", 1400);
	message_add_number(m, IFLA_MASTER, 0);
	allowed(m, "no master");
	m = fresh();
	link_begin(m, RTM_NEWLINK, ASKS, 4242);
	message_add_number(m, IFLA_MTU, 1400);
	denied(m, "an index that no interface has");
	m = fresh();
	link_begin(m, RTM_DELLINK, ASKS, 0);
	message_add_text(m, IFLA_IFNAME, "tap1");
	denied(m, "deleting by name, which could be an alias of another");
	m = fresh();
	link_begin(m, RTM_DELLINK, ASKS, if_nametoindex("lo"));
	message_add_text(m, IFLA_IFNAME, "tap1");
	denied(m, "the index of one with the name of another");
	m = fresh();
	link_begin(m, RTM_DELLINK, ASKS, if_nametoindex("ok0"));
	allowed(m, "deleting a granted link");
}

static void test_pairs(void)
{
	struct message *m;

	denied(pair("tap5", "eth9", 0), "a pair whose other end is not granted");
	denied(pair("tap5", "tap%d", 0), "a pair whose other end gets a name from the kernel");
	denied(pair("tap5", NULL, 0), "a pair whose other end has no name");
	denied(pair("tap5", "tap6", 1), "a pair whose other end goes to another namespace");
	(void)tap(if_nametoindex("tap5") == 0, "none of them was made");
	allowed(pair("tap5", "tap6", 0), "a pair of granted names");
	(void)tap(if_nametoindex("tap6") != 0, "and both ends are there");
	m = fresh();
	link_begin(m, RTM_DELLINK, ASKS, if_nametoindex("tap5"));
	allowed(m, "it goes again");
}

static void put_bytes(struct message *m, const char *bytes, size_t len)
{
	memcpy(m->data + m->len, bytes, len);
	m->len += len;
}

/* As iproute2 sends its requests: with zeros behind them, which the kernel does not read. */
static void filled(void)
{
	static const size_t fits[] = {16, 17, 120, 256, 512}, exceeds[] = {1, 15, 513, 4096};
	static char zeros[4096];
	struct message *m;
	size_t at;

	for (size_t i = 0; i < ARRAY_SIZE(fits); i++) {
		m = fresh();
		set_mtu(m, "tap1", 1402);
		put_bytes(m, zeros, fits[i]);
		allowed(m, "with zeros behind it");
		m->data[m->len - 1] = 1;
		denied(m, "with zeros of which the last is none");
	}
	for (size_t i = 0; i < ARRAY_SIZE(exceeds); i++) {
		m = fresh();
		set_mtu(m, "tap1", 1402);
		put_bytes(m, zeros, exceeds[i]);
		denied(m, "with less zeros than a header has, or too many");
	}
	m = fresh();
	set_mtu(m, "tap1", 1402);
	at = m->len;
	put_bytes(m, zeros, 16);
	set_mtu(m, "lo", 1400);
	denied(m, "one that is not granted behind zeros");
	m->len = at + 64;
	memset(m->data + at, 0, 64);
	m->data[at + 4] = NLMSG_NOOP;
	denied(m, "a header without a length that has a type");
	m = fresh();
	put_bytes(m, zeros, 64);
	denied(m, "zeros alone");
}

static void test_packing(void)
{
	static const char one[4] = {10, 1, 1, 1}, two[4] = {10, 1, 2, 1};
	struct message *m = fresh();
	static const char rest[17];
	size_t i;

	address(m, "tap1", one);
	allowed(m, "an address of a granted link");
	m = fresh();
	address(m, "lo", two);
	denied(m, "an address of another");
	m = fresh();
	address(m, "tap1", two);
	set_mtu(m, "lo", 1400);
	denied(m, "a granted message, then one that is not");
	m = fresh();
	set_mtu(m, "lo", 1400);
	address(m, "tap1", two);
	denied(m, "the other way round");
	for (uint16_t type = 1; type <= 4; type++) {
		m = fresh();
		message_begin(m, type, 0, NULL, 0);
		set_mtu(m, "lo", 1400);
		denied(m, "behind NLMSG_NOOP, ERROR, DONE and OVERRUN");
	}
	m = fresh();
	link_begin(m, RTM_GETLINK, 0, 1);
	set_mtu(m, "lo", 1400);
	denied(m, "behind one without NLM_F_REQUEST");
	for (size_t len = 17; len <= 33; len += 16) {
		m = fresh();
		message_begin(m, NLMSG_NOOP, 0, rest, len - 16);
		((struct nlmsghdr *)(void *)m->data)->nlmsg_len = (uint32_t)len;
		set_mtu(m, "lo", 1400);
		denied(m, "behind one of 17 bytes, and of 33");
		m = fresh();
		message_begin(m, NLMSG_NOOP, 0, rest, len - 16);
		((struct nlmsghdr *)(void *)m->data)->nlmsg_len = (uint32_t)len;
		set_mtu(m, "tap1", 1402);
		allowed(m, "a granted one behind these");
	}
	m = fresh();
	link_begin(m, RTM_GETLINK, 0, 1);
	message_add(m, 0x3fff, rest, 1); /* room */
	((struct nlmsghdr *)(void *)m->data)->nlmsg_len = 33;
	m->len = 36;
	set_mtu(m, "lo", 1400);
	denied(m, "behind a request of 33 bytes");
	m = fresh();
	for (i = 0; i < 1000; i++)
		message_begin(m, NLMSG_NOOP, 0, NULL, 0);
	set_mtu(m, "lo", 1400);
	denied(m, "behind 1,000 messages");
	m = fresh();
	for (i = 0; i < 1000; i++)
		message_begin(m, NLMSG_NOOP, 0, NULL, 0);
	set_mtu(m, "tap1", 1401);
	allowed(m, "a granted one behind as many");
	m = fresh();
	set_mtu(m, "tap1", 1402);
	message_begin(m, NLMSG_NOOP, 0, NULL, 0);
	((struct nlmsghdr *)(void *)(m->data + m->current))->nlmsg_len = 15;
	denied(m, "a header that says less than its own length");
	((struct nlmsghdr *)(void *)(m->data + m->current))->nlmsg_len = 17;
	denied(m, "one that says more than there is");
	m = fresh();
	set_mtu(m, "tap1", 1402);
	m->len += 4;
	denied(m, "bytes that are left over");
	filled();
	m = fresh();
	set_mtu(m, "tap1", 1402);
	((struct nlattr *)(void *)(m->data + m->len - 8))->nla_len = 9;
	denied(m, "an attribute longer than the message");
	((struct nlattr *)(void *)(m->data + m->len - 8))->nla_len = 3;
	denied(m, "one shorter than its header");
}

struct flood {
	char *data;
	size_t len;
};

static int send_flood(void *userdata)
{
	const struct flood *flood = userdata;

	return send(netlink_try_socket(NETLINK_ROUTE), flood->data, flood->len, 0) < 0 ? errno : 0;
}

/* As many messages that mean nothing as fit, then one on lo or on a granted link. */
static int flood(size_t len, const char *name)
{
	const struct nlmsghdr nothing = {.nlmsg_len = sizeof(nothing), .nlmsg_type = NLMSG_NOOP};
	struct flood f = {.len = len * sizeof(nothing)};
	struct message *m = fresh();
	int r;

	set_mtu(m, name, 1403);
	f.data = malloc(f.len + m->len);
	if (!f.data)
		hand_bail("no memory for %zu messages", len);
	for (size_t i = 0; i < len; i++)
		memcpy(f.data + i * sizeof(nothing), &nothing, sizeof(nothing));
	memcpy(f.data + f.len, m->data, m->len);
	f.len += m->len;
	r = hand_confined(POLICY, send_flood, &f);
	free(f.data);
	return r;
}

static void test_floods(void)
{
	const int room = 16 << 20;

	if (setsockopt(netlink_try_socket(NETLINK_ROUTE), SOL_SOCKET, SO_SNDBUFFORCE, &room,
		       sizeof(room)) < 0)
		hand_bail("make room for long sends: %s", strerror(errno));
	(void)tap(flood(60000, "tap1") == 0, "a granted message behind 60,000 that mean nothing");
	(void)tap(flood(60000, "lo") == EPERM, "one that is not, behind as many");
	(void)tap(flood(400000, "lo") == EPERM, "behind 400,000, which is more than are looked at");
	(void)tap(flood(70000, "tap1") == EPERM, "a granted one behind too many");
}

static void test_forms(void)
{
	struct rtmsg route = {.rtm_family = AF_INET};
	struct ifaddrmsg header = {.ifa_family = AF_BRIDGE, .ifa_index = if_nametoindex("tap1")};
	const struct rtgenmsg old = {.rtgen_family = AF_PACKET};
	struct message *m = fresh();

	message_begin(m, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &old, sizeof(old));
	allowed(m, "a dump by the old, short header");
	m = fresh();
	message_begin(m, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, &route, sizeof(route));
	allowed(m, "a dump where dumps are granted");
	m = fresh();
	message_begin(m, RTM_GETROUTE, ASKS, &route, sizeof(route));
	denied(m, "one route where dumps alone are granted");
	m = fresh();
	message_begin(m, RTM_NEWADDR, MAKES, &header, sizeof(header));
	message_add_number(m, IFA_LOCAL, 1);
	denied(m, "another address family");
	header.ifa_family = 200;
	m = fresh();
	message_begin(m, RTM_NEWADDR, MAKES, &header, sizeof(header));
	message_add_number(m, IFA_LOCAL, 1);
	denied(m, "a family that is none");
	header.ifa_family = AF_INET;
	m = fresh();
	message_begin(m, RTM_NEWADDR, MAKES, &header, sizeof(header));
	denied(m, "without an attribute that must be there");
}

static struct message *route(uint8_t header_table, uint32_t table, const char *interface)
{
	static const char to[4] = {192, 0, 2, 0};
	const struct rtmsg header = {.rtm_family = AF_INET,
				     .rtm_dst_len = 24,
				     .rtm_table = header_table,
				     .rtm_protocol = RTPROT_STATIC,
				     .rtm_scope = RT_SCOPE_LINK,
				     .rtm_type = RTN_UNICAST};
	struct message *m = fresh();

	message_begin(m, RTM_NEWROUTE, MAKES, &header, sizeof(header));
	message_add(m, RTA_DST, to, sizeof(to));
	if (table)
		message_add_number(m, RTA_TABLE, table);
	if (interface)
		message_add_number(m, RTA_OIF, if_nametoindex(interface));
	return m;
}

static void add_hops(struct message *m, const char *first, const char *second)
{
	struct rtnexthop hop = {.rtnh_len = sizeof(hop)};
	size_t hops = message_nest(m, RTA_MULTIPATH);

	hop.rtnh_ifindex = (int)if_nametoindex(first);
	message_add_bytes(m, &hop, sizeof(hop));
	hop.rtnh_ifindex = (int)if_nametoindex(second);
	message_add_bytes(m, &hop, sizeof(hop));
	message_nest_end(m, hops);
}

static void test_routes(void)
{
	const struct ifinfomsg up = {.ifi_index = (int)if_nametoindex("tap1"),
				     .ifi_flags = IFF_UP,
				     .ifi_change = IFF_UP};
	struct message *m = fresh();

	message_begin(m, RTM_NEWLINK, ASKS, &up, sizeof(up));
	unconfined(m, "set tap1 up");
	allowed(route(100, 0, "tap1"), "a route in a granted table");
	allowed(route(0, 1500, "tap1"), "one in a table of a granted range, by its attribute");
	denied(route(254, 0, "tap1"), "one in another table");
	denied(route(100, 254, "tap1"), "a granted table in the header, another in the attribute");
	denied(route(100, 0, "lo"), "a route by another interface");
	m = route(101, 1501, NULL);
	add_hops(m, "tap1", "tap1");
	allowed(m, "next hops by a granted interface");
	m = route(101, 1502, NULL);
	add_hops(m, "tap1", "lo");
	denied(m, "next hops of which one is not");
}

int main(void)
{
	struct enforcement *e = netlink_try_start();

	test_links();
	test_pairs();
	test_packing();
	test_floods();
	test_forms();
	test_routes();
	test_netlink_families();
	test_netlink_ways();
	test_netlink_manifest(e);
	return tap_done();
}
