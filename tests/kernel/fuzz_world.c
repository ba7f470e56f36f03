/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The namespaces that random messages work in, and their population. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/nexthop.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/kernel/fuzz.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/netlink_try.h"

static struct message m;

static int make_socket(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		hand_bail("open a netlink socket: %s", strerror(errno));
	return fd;
}

static int enter_new(void)
{
	int fd = -1;

	if (unshare(CLONE_NEWNET) == 0)
		fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		hand_bail("make a network namespace: %s", strerror(errno));
	return fd;
}

/* Sends what lies in `m`. taken: an errno that is as good as success. */
static void must(int fd, int taken, const char *what)
{
	int r = message_send(fd, &m);

	if (r && r != MESSAGE_ANSWERED + taken)
		hand_bail("the population: %s: %d", what, r);
}

static void begin(uint16_t type, uint16_t flags, const void *header, size_t len)
{
	m.len = m.current = 0;
	message_begin(&m, type, flags, header, len);
}

static void make_link(const struct fuzz_world *w, int index, const char *name, const char *kind)
{
	const struct ifinfomsg header = {.ifi_index = index};
	size_t info;

	begin(RTM_NEWLINK, MAKES, &header, sizeof(header));
	message_add_text(&m, IFLA_IFNAME, name);
	info = message_nest(&m, IFLA_LINKINFO);
	message_add_text(&m, IFLA_INFO_KIND, kind);
	message_nest_end(&m, info);
	must(w->route, EEXIST, name);
}

static void delete_link(const struct fuzz_world *w, int index, const char *name)
{
	const struct ifinfomsg header = {.ifi_index = index};

	begin(RTM_DELLINK, ASKS, &header, sizeof(header));
	if (name)
		message_add_text(&m, IFLA_IFNAME, name);
	must(w->route, ENODEV, "delete a link");
}

static void set_link(const struct fuzz_world *w, int index, uint32_t flags, uint16_t attribute,
		     uint32_t value)
{
	const struct ifinfomsg header = {
		.ifi_index = index, .ifi_flags = flags, .ifi_change = IFF_UP};

	begin(RTM_NEWLINK, ASKS, &header, sizeof(header));
	if (attribute)
		message_add_number(&m, attribute, value);
	must(w->route, 0, "set a link");
}

static void name_link(const struct fuzz_world *w, int index, const char *other)
{
	const struct ifinfomsg header = {.ifi_index = index};
	size_t list;

	begin(RTM_NEWLINKPROP, ASKS | NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));
	list = message_nest(&m, NLA_F_NESTED | IFLA_PROP_LIST);
	message_add_text(&m, IFLA_ALT_IFNAME, other);
	message_nest_end(&m, list);
	must(w->route, EEXIST, other);
}

static void add_address(const struct fuzz_world *w, uint32_t index, uint8_t second, bool six)
{
	const struct ifaddrmsg header = {.ifa_family = six ? AF_INET6 : AF_INET,
					 .ifa_prefixlen = six ? 64 : 24,
					 .ifa_index = index};
	const unsigned char four[4] = {10, second, 0, 1}, all[16] = {0xfd, second, [15] = 1};

	begin(RTM_NEWADDR, MAKES, &header, sizeof(header));
	message_add(&m, IFA_LOCAL, six ? all : four, six ? 16 : 4);
	must(w->route, EEXIST, "an address");
}

static void add_route(const struct fuzz_world *w, uint8_t table, uint8_t second, bool six)
{
	const struct rtmsg header = {.rtm_family = six ? AF_INET6 : AF_INET,
				     .rtm_dst_len = six ? 64 : 24,
				     .rtm_table = table,
				     .rtm_protocol = RTPROT_STATIC,
				     .rtm_scope = six ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
				     .rtm_type = RTN_UNICAST};
	const unsigned char four[4] = {10, second}, all[16] = {0xfd, second};

	begin(RTM_NEWROUTE, MAKES, &header, sizeof(header));
	message_add(&m, RTA_DST, six ? all : four, six ? 16 : 4);
	message_add_number(&m, RTA_OIF, FUZZ_ETH8);
	must(w->route, 0, "a route");
}

static void add_rule(const struct fuzz_world *w, const char *name, uint32_t priority, bool six)
{
	const struct fib_rule_hdr header = {
		.family = six ? AF_INET6 : AF_INET, .table = 101, .action = FR_ACT_TO_TBL};

	begin(RTM_NEWRULE, MAKES, &header, sizeof(header));
	message_add_text(&m, FRA_IIFNAME, name);
	message_add_number(&m, FRA_PRIORITY, priority);
	must(w->route, 0, "a rule");
}

static void add_neighbour(const struct fuzz_world *w, uint8_t last, uint8_t flags)
{
	static const char hardware[6] = {2, 0, 0, 0, 0, 8};
	const struct ndmsg header = {.ndm_family = AF_INET,
				     .ndm_ifindex = FUZZ_ETH8,
				     .ndm_state = NUD_PERMANENT,
				     .ndm_flags = flags};
	const unsigned char ip[4] = {10, 8, 0, last};

	begin(RTM_NEWNEIGH, MAKES, &header, sizeof(header));
	message_add(&m, NDA_DST, ip, sizeof(ip));
	message_add(&m, NDA_LLADDR, hardware, sizeof(hardware));
	must(w->route, 0, "a neighbour");
}

static void add_rest(const struct fuzz_world *w)
{
	const struct nhmsg hop = {.nh_family = AF_INET};
	const struct tcmsg discipline = {
		.tcm_ifindex = FUZZ_ETH8, .tcm_parent = TC_H_ROOT, .tcm_handle = 1 << 16};
	const char any[4] = {};

	begin(RTM_NEWNEXTHOP, MAKES, &hop, sizeof(hop));
	message_add_number(&m, NHA_ID, 1);
	message_add_number(&m, NHA_OIF, FUZZ_ETH8);
	must(w->route, 0, "a next hop");
	begin(RTM_NEWQDISC, MAKES, &discipline, sizeof(discipline));
	message_add_text(&m, TCA_KIND, "pfifo");
	must(w->route, 0, "a queueing discipline");
	begin(RTM_NEWNSID, ASKS, any, sizeof(any));
	message_add_number(&m, NETNSA_NSID, 3);
	message_add_number(&m, NETNSA_FD, (uint32_t)w->other);
	must(w->route, 0, "a number for the other namespace");
}

#define FILTER(type) (NFNL_SUBSYS_NFTABLES << 8 | (type))

static void filter_begin(uint16_t type, uint16_t flags, uint8_t family, uint16_t resource)
{
	const struct nfgenmsg header = {.nfgen_family = family,
					.res_id = __builtin_bswap16(resource)};

	message_begin(&m, type, NLM_F_REQUEST | flags, &header, sizeof(header));
}

static void add_set(uint8_t family, const char *table)
{
	filter_begin(FILTER(NFT_MSG_NEWSET), NLM_F_CREATE, family, 0);
	message_add_text(&m, NFTA_SET_TABLE, table);
	message_add_text(&m, NFTA_SET_NAME, "s");
	message_add_number(&m, NFTA_SET_KEY_LEN, __builtin_bswap32(4));
	message_add_number(&m, NFTA_SET_KEY_TYPE, __builtin_bswap32(7));
	message_add_number(&m, NFTA_SET_ID, __builtin_bswap32(9));
}

/* A table with chains, a rule and a set. */
static void add_table(int fd, uint8_t family, const char *table)
{
	static const char *const chains[] = {"in0", "out"};

	m.len = 0;
	filter_begin(NFNL_MSG_BATCH_BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES);
	/* The one that is there goes. */
	for (size_t i = 0; i < 3; i++) {
		filter_begin(FILTER(i == 1 ? NFT_MSG_DELTABLE : NFT_MSG_NEWTABLE),
			     i == 1 ? 0 : NLM_F_CREATE, family, 0);
		message_add_text(&m, NFTA_TABLE_NAME, table);
	}
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
		filter_begin(FILTER(NFT_MSG_NEWCHAIN), NLM_F_CREATE, family, 0);
		message_add_text(&m, NFTA_CHAIN_TABLE, table);
		message_add_text(&m, NFTA_CHAIN_NAME, chains[i]);
	}
	if (strcmp(table, "postern") != 0 || family != NFPROTO_INET) {
		filter_begin(FILTER(NFT_MSG_NEWRULE), NLM_F_CREATE, family, 0);
		message_add_text(&m, NFTA_RULE_TABLE, table);
		message_add_text(&m, NFTA_RULE_CHAIN, "in0");
	}
	add_set(family, table);
	filter_begin(NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES);
	must(fd, 0, table);
	/* Answers to what asked for none are errors. */
	if (recv(fd, m.data, sizeof(m.data), MSG_DONTWAIT) > 0)
		hand_bail("the population: the table %s", table);
}

void fuzz_world_restock(struct fuzz_world *w)
{
	static const struct {
		int index;
		const char *name;
	} links[] = {
		{FUZZ_TAP0, "tap0"}, {FUZZ_TAP1, "tap1"}, {FUZZ_OK0, "ok0"}, {FUZZ_PXY, "pxy"}};

	/* One may have another's name. Deleting costs the kernel milliseconds. */
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		char name[IF_NAMESIZE];

		if (if_indextoname((unsigned)links[i].index, name) &&
		    strcmp(name, links[i].name) == 0)
			continue;
		delete_link(w, links[i].index, NULL);
		delete_link(w, 0, links[i].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		make_link(w, links[i].index, links[i].name, "dummy");
		set_link(w, links[i].index, IFF_UP, 0, 0);
	}
	name_link(w, FUZZ_TAP0, "of-tap0");
	add_address(w, FUZZ_TAP0, 9, false);
	/* By the socket that may have made itself the table's owner. */
	add_table(w->sender_filter, NFPROTO_INET, "postern");
}

static void populate(struct fuzz_world *w)
{
	make_link(w, FUZZ_BR0, "br0", "bridge");
	make_link(w, FUZZ_BR1, "br1", "bridge");
	make_link(w, FUZZ_ETH8, "eth8", "dummy");
	make_link(w, FUZZ_ETH7, "eth7", "dummy");
	make_link(w, FUZZ_DMZ, "dmz", "dummy");
	name_link(w, FUZZ_ETH8, "tap-of-eth8");
	name_link(w, FUZZ_DMZ, "okdmz");
	set_link(w, FUZZ_LO, IFF_UP, 0, 0);
	set_link(w, FUZZ_ETH8, IFF_UP, IFLA_GROUP, 5);
	set_link(w, FUZZ_ETH7, 0, IFLA_MASTER, FUZZ_BR1);
	set_link(w, FUZZ_DMZ, 0, IFLA_GROUP, 6);
	add_address(w, FUZZ_ETH8, 8, false);
	add_address(w, FUZZ_ETH8, 8, true);
	add_route(w, 254, 50, false);
	add_route(w, 101, 51, false);
	add_route(w, 101, 52, true);
	add_rule(w, "eth8", 100, false);
	add_rule(w, "eth8", 100, true);
	add_rule(w, "tap0", 200, false);
	add_neighbour(w, 9, 0);
	add_neighbour(w, 77, NTF_PROXY);
	add_rest(w);
	add_table(w->filter, NFPROTO_INET, "other");
	add_table(w->filter, NFPROTO_IPV4, "postern");
	fuzz_world_restock(w);
}

/* No addresses that come by themselves: no link-local ones, no waiting for others' objections. */
static void quieten(void)
{
	hand_file("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
	hand_file("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
	hand_file("/proc/sys/net/ipv6/conf/all/forwarding", "0");
}

void fuzz_world_make(struct fuzz_world *ret)
{
	*ret = (struct fuzz_world){.other = enter_new()};
	ret->other_route = make_socket(NETLINK_ROUTE);
	ret->keeper = fork();
	if (ret->keeper == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	ret->net = enter_new();
	ret->route = make_socket(NETLINK_ROUTE);
	ret->filter = make_socket(NETLINK_NETFILTER);
	ret->sender_route = make_socket(NETLINK_ROUTE);
	ret->sender_filter = make_socket(NETLINK_NETFILTER);
	quieten();
	populate(ret);
}

void fuzz_world_free(struct fuzz_world *w)
{
	const int fds[] = {w->net,	     w->route, w->filter,     w->sender_route,
			   w->sender_filter, w->other, w->other_route};

	(void)kill(w->keeper, SIGKILL);
	(void)waitpid(w->keeper, NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
}
