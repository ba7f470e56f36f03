/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink rules from a manifest's text to what the kernel lets through: each narrowing with what it
 * allows and what lies beside it.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "manifest/manifest.h"
#include "policy/policy.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/netlink_try.h"
#include "tests/tap.h"

static const char manifest_text[] =
	"context: probe\nmodule: probe.so\nuser: root\ngroup: root\ncallers: {users: [root]}\n"
	"entrypoints:\n"
	"  e:\n"
	"    netlink:\n"
	"      route:\n"
	"        RTM_GETLINK:\n"
	"        RTM_NEWLINK: {interfaces: ['tap*', br0], kinds: [dummy, bridge], masters: [br0]}\n"
	"        RTM_SETLINK: {interfaces: ['tap*']}\n"
	"        RTM_DELLINK: {interfaces: ['tap?']}\n"
	"        RTM_NEWADDR: {families: [inet], interfaces: ['tap*']}\n"
	"        RTM_NEWROUTE: {tables: [100, main], interfaces: ['tap*']}\n"
	"        RTM_GETROUTE: {dump: only}\n"
	"        RTM_NEWRULE: {tables: [100], interfaces: ['tap*']}\n"
	"        RTM_NEWNEIGH: {interfaces: ['tap*']}\n"
	"        RTM_GETNEIGH: {interfaces: ['tap*']}\n"
	"        RTM_NEWQDISC: {interfaces: ['tap*'], kinds: [pfifo]}\n"
	"      generic: {ethtool: [ETHTOOL_MSG_STRSET_GET]}\n"
	"      netfilter:\n"
	"        nftables:\n"
	"          NFT_MSG_NEWTABLE: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_DELTABLE: {tables: [postern]}\n"
	"          NFT_MSG_NEWCHAIN: {tables: [postern], chains: ['in*']}\n"
	"          NFT_MSG_GETCHAIN: {tables: [postern]}\n";

static struct manifest *manifest;
static struct policy *policy;
static struct enforcement *enforcement;

static bool keep(void *userdata, uint64_t id, const struct policy_netlink **ret)
{
	*ret = userdata;
	return id == POLICY && userdata;
}

static void start(void)
{
	const struct hand_rule rules[] = {{.directory = "/", .rights = ALL_RIGHTS}, {}};
	struct manifest_problems problems = {};
	struct error err = {};

	if (manifest_parse("probe", manifest_text, strlen(manifest_text), 0, &manifest, &problems,
			   &err) < 0) {
		manifest_problems_print(&problems, "probe", stdout);
		hand_bail("read the manifest");
	}
	if (policy_compile(manifest, &manifest->entrypoints[0], &policy, NULL) < 0)
		hand_bail("compile the policy");
	/* Rules by hand were in force until now. */
	if (enforcement_netlink_sweep(enforcement, keep, NULL) < 0)
		hand_bail("take away the rules");
	hand_policy(POLICY, hand_capable, rules);
	if (enforcement_netlink_set(enforcement, POLICY, &policy->netlink) < 0)
		hand_bail("set the rules");
	netlink_try_namespace();
	netlink_try_open(NETLINK_NETFILTER);
}

static struct message *link_message(uint16_t type, uint16_t flags, const char *name)
{
	const struct ifinfomsg header = {.ifi_index = name ? (int)if_nametoindex(name) : 0};
	struct message *m = fresh();

	message_begin(m, type, flags, &header, sizeof(header));
	return m;
}

static struct message *make(const char *name, const char *kind)
{
	struct message *m = link_message(RTM_NEWLINK, MAKES, NULL);
	size_t info;

	message_add_text(m, IFLA_IFNAME, name);
	info = message_nest(m, IFLA_LINKINFO);
	message_add_text(m, IFLA_INFO_KIND, kind);
	message_nest_end(m, info);
	return m;
}

static struct message *set(uint16_t attribute, const char *name, uint32_t value)
{
	struct message *m = link_message(RTM_SETLINK, ASKS, name);

	message_add_number(m, attribute, value);
	return m;
}

/* tap1 into a master by its index, or with 0 out of it. */
static struct message *into(uint16_t type, uint32_t master)
{
	struct message *m = link_message(type, ASKS, "tap1");

	message_add_number(m, IFLA_MASTER, master);
	return m;
}

/* tap1 by another name. */
static struct message *renamed(const char *name)
{
	struct message *m = link_message(RTM_SETLINK, ASKS, "tap1");

	message_add_text(m, IFLA_IFNAME, name);
	return m;
}

static void unconfined(const struct message *m, const char *what)
{
	int r = message_send(netlink_try_socket(NETLINK_ROUTE), m);

	if (r)
		hand_bail("%s: %d", what, r);
}

static void test_links(void)
{
	struct message *m;

	allowed(make("tap1", "dummy"), "RTM_NEWLINK: a link of that pattern and kind");
	allowed(make("br0", "bridge"), "RTM_NEWLINK: one by its name");
	denied(make("eth9", "dummy"), "RTM_NEWLINK: another name");
	denied(make("tap2", "veth"), "RTM_NEWLINK: another kind");
	unconfined(make("eth9", "dummy"), "make eth9");
	unconfined(make("br1", "bridge"), "make br1");

	allowed(into(RTM_NEWLINK, if_nametoindex("br0")), "RTM_NEWLINK: into a granted master");
	denied(into(RTM_NEWLINK, if_nametoindex("br1")), "RTM_NEWLINK: into another");
	allowed(into(RTM_NEWLINK, 0), "RTM_NEWLINK: out of its master");
	denied(into(RTM_SETLINK, if_nametoindex("br0")),
	       "RTM_SETLINK: into a master, which its rule does not name");

	allowed(set(IFLA_MTU, "tap1", 1400), "RTM_SETLINK: mtu");
	denied(set(IFLA_MTU, "eth9", 1400), "RTM_SETLINK: mtu of another");
	m = link_message(RTM_SETLINK, ASKS, NULL);
	message_add_text(m, IFLA_IFNAME, "eth9");
	message_add_number(m, IFLA_MTU, 1400);
	denied(m, "RTM_SETLINK: mtu of another by its name");
	denied(set(IFLA_NET_NS_PID, "tap1", 1), "RTM_SETLINK: into another network namespace");
	denied(set(IFLA_GROUP, "tap1", 7), "RTM_SETLINK: a group");
	denied(renamed("eth5"), "RTM_SETLINK: a new name beyond the pattern");
	allowed(renamed("tap22"), "RTM_SETLINK: a new name within it");

	denied(link_message(RTM_DELLINK, ASKS, "tap22"), "RTM_DELLINK: a longer name than its ?");
	denied(link_message(RTM_DELLINK, ASKS, "eth9"), "RTM_DELLINK: another");
	m = link_message(RTM_DELLINK, ASKS, NULL);
	message_add_number(m, IFLA_GROUP, 0);
	denied(m, "RTM_DELLINK: a group");
	allowed(make("tap3", "dummy"), "RTM_NEWLINK: one more");
	allowed(link_message(RTM_DELLINK, ASKS, "tap3"), "RTM_DELLINK: one that its pattern names");
	(void)tap(if_nametoindex("tap3") == 0, "it is gone");
	allowed(link_message(RTM_GETLINK, NLM_F_REQUEST, "eth9"), "RTM_GETLINK: any");
}

static void up(const char *name)
{
	const struct ifinfomsg header = {
		.ifi_index = (int)if_nametoindex(name), .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct message *m = fresh();

	message_begin(m, RTM_NEWLINK, ASKS, &header, sizeof(header));
	unconfined(m, "set an interface up");
}

static struct message *address(const char *name, uint8_t family, const void *ip, size_t len)
{
	const struct ifaddrmsg header = {
		.ifa_family = family, .ifa_prefixlen = 24, .ifa_index = if_nametoindex(name)};
	struct message *m = fresh();

	message_begin(m, RTM_NEWADDR, MAKES, &header, sizeof(header));
	message_add(m, IFA_LOCAL, ip, len);
	return m;
}

static void test_addresses(void)
{
	static const unsigned char six[16] = {0xfd, 1}, one[] = {10, 9, 0, 1},
				   two[] = {10, 9, 1, 1};

	allowed(address("tap22", AF_INET, one, 4), "RTM_NEWADDR: an address");
	denied(address("eth9", AF_INET, two, 4), "RTM_NEWADDR: of another interface");
	denied(address("tap22", AF_INET6, six, 16), "RTM_NEWADDR: of another family");
}

static struct message *route(const char *oif, uint8_t table, uint8_t third)
{
	const struct rtmsg header = {.rtm_family = AF_INET,
				     .rtm_dst_len = 24,
				     .rtm_table = table,
				     .rtm_protocol = RTPROT_STATIC,
				     .rtm_scope = RT_SCOPE_LINK,
				     .rtm_type = RTN_UNICAST};
	const unsigned char to[] = {10, 20, third, 0};
	struct message *m = fresh();

	message_begin(m, RTM_NEWROUTE, MAKES, &header, sizeof(header));
	message_add(m, RTA_DST, to, sizeof(to));
	if (oif)
		message_add_number(m, RTA_OIF, if_nametoindex(oif));
	return m;
}

static void test_routes(void)
{
	const struct rtgenmsg any = {.rtgen_family = AF_INET};
	const struct rtmsg one = {.rtm_family = AF_INET, .rtm_dst_len = 32};
	const unsigned char to[] = {10, 9, 0, 7};
	struct message *m;

	allowed(route("tap22", 100, 1), "RTM_NEWROUTE: in a granted table");
	allowed(route("tap22", RT_TABLE_MAIN, 2), "RTM_NEWROUTE: in main");
	denied(route("tap22", 101, 3), "RTM_NEWROUTE: in another table");
	denied(route("eth9", 100, 4), "RTM_NEWROUTE: by another interface");
	denied(route(NULL, 100, 5), "RTM_NEWROUTE: by none that it names");
	m = route("tap22", 100, 6);
	message_add_number(m, RTA_TABLE, 101);
	denied(m, "RTM_NEWROUTE: another table in RTA_TABLE");
	m = route("tap22", 0, 7);
	message_add_number(m, RTA_TABLE, 100);
	allowed(m, "RTM_NEWROUTE: a granted one in RTA_TABLE");
	m = route("tap22", 100, 8);
	message_add_number(m, RTA_NH_ID, 1);
	denied(m, "RTM_NEWROUTE: by a next hop object");

	m = fresh();
	message_begin(m, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, &any, sizeof(any));
	allowed(m, "RTM_GETROUTE: a dump");
	m = fresh();
	message_begin(m, RTM_GETROUTE, NLM_F_REQUEST, &one, sizeof(one));
	message_add(m, RTA_DST, to, sizeof(to));
	denied(m, "RTM_GETROUTE: one");
}

static struct message *rule(const char *iif, const char *oif, uint8_t table)
{
	const struct fib_rule_hdr header = {
		.family = AF_INET, .table = table, .action = FR_ACT_TO_TBL};
	struct message *m = fresh();

	message_begin(m, RTM_NEWRULE, MAKES, &header, sizeof(header));
	if (iif)
		message_add_text(m, FRA_IIFNAME, iif);
	if (oif)
		message_add_text(m, FRA_OIFNAME, oif);
	return m;
}

static struct message *drop(void)
{
	const struct fib_rule_hdr header = {
		.family = AF_INET, .table = 100, .action = FR_ACT_BLACKHOLE};
	struct message *m = fresh();

	message_begin(m, RTM_NEWRULE, MAKES, &header, sizeof(header));
	message_add_text(m, FRA_IIFNAME, "tap22");
	return m;
}

static void test_rules(void)
{
	allowed(rule("tap22", NULL, 100), "RTM_NEWRULE: for a granted interface");
	denied(rule("eth9", NULL, 100), "RTM_NEWRULE: for another");
	denied(rule(NULL, NULL, 100), "RTM_NEWRULE: for all");
	denied(rule("tap22", "eth9", 100), "RTM_NEWRULE: and another on the way out");
	denied(rule("tap22", NULL, RT_TABLE_MAIN), "RTM_NEWRULE: to another table");
	denied(drop(), "RTM_NEWRULE: one that drops, and names the table");
}

static struct message *neighbour(uint16_t type, uint16_t flags, const char *name)
{
	const struct ndmsg header = {.ndm_family = AF_INET,
				     .ndm_ifindex = name ? (int)if_nametoindex(name) : 0,
				     .ndm_state = NUD_PERMANENT};
	const unsigned char ip[] = {10, 9, 0, 2}, hardware[] = {2, 0, 0, 0, 0, 1};
	struct message *m = fresh();

	message_begin(m, type, flags, &header, sizeof(header));
	message_add(m, NDA_DST, ip, sizeof(ip));
	if (type == RTM_NEWNEIGH)
		message_add(m, NDA_LLADDR, hardware, sizeof(hardware));
	return m;
}

static void test_neighbours(void)
{
	const struct rtgenmsg any = {.rtgen_family = AF_INET};
	struct message *m;

	allowed(neighbour(RTM_NEWNEIGH, MAKES, "tap22"), "RTM_NEWNEIGH: on a granted interface");
	denied(neighbour(RTM_NEWNEIGH, MAKES, "eth9"), "RTM_NEWNEIGH: on another");
	allowed(neighbour(RTM_GETNEIGH, NLM_F_REQUEST, "tap22"), "RTM_GETNEIGH: of one");
	denied(neighbour(RTM_GETNEIGH, NLM_F_REQUEST, "eth9"), "RTM_GETNEIGH: of another");
	denied(neighbour(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, "tap22"),
	       "RTM_GETNEIGH: a dump, which lists all whatever it names");
	m = fresh();
	message_begin(m, RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, &any, sizeof(any));
	denied(m, "RTM_GETNEIGH: a dump with its header cut");
}

static struct message *discipline(const char *name, const char *kind)
{
	const struct tcmsg header = {.tcm_ifindex = (int)if_nametoindex(name),
				     .tcm_parent = TC_H_ROOT};
	struct message *m = fresh();

	message_begin(m, RTM_NEWQDISC, ASKS | NLM_F_CREATE | NLM_F_REPLACE, &header,
		      sizeof(header));
	if (kind)
		message_add_text(m, TCA_KIND, kind);
	return m;
}

static void test_disciplines(void)
{
	allowed(discipline("tap22", "pfifo"), "RTM_NEWQDISC: of a granted kind");
	denied(discipline("tap22", "bfifo"), "RTM_NEWQDISC: of another");
	denied(discipline("tap22", NULL), "RTM_NEWQDISC: of none");
	denied(discipline("eth9", "pfifo"), "RTM_NEWQDISC: of another interface");
}

#define FILTER(type) (NFNL_SUBSYS_NFTABLES << 8 | (type))

static void filter_begin(struct message *m, uint16_t type, uint16_t flags, uint8_t family,
			 uint16_t resource)
{
	const struct nfgenmsg header = {.nfgen_family = family,
					.res_id = __builtin_bswap16(resource)};

	message_begin(m, type, NLM_F_REQUEST | flags, &header, sizeof(header));
}

static void change(uint16_t type, const char *table, const char *chain, int expected,
		   const char *what)
{
	struct message *m = fresh();

	filter_begin(m, NFNL_MSG_BATCH_BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES);
	filter_begin(m, FILTER(type), NLM_F_ACK | NLM_F_CREATE, NFPROTO_INET, 0);
	message_add_text(m, 1, table);
	if (chain)
		message_add_text(m, NFTA_CHAIN_NAME, chain);
	filter_begin(m, NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES);
	(void)tried(m, NETLINK_NETFILTER, expected, what);
}

static void test_filters(void)
{
	struct message *m;

	change(NFT_MSG_NEWTABLE, "postern", NULL, 0, "NFT_MSG_NEWTABLE: a granted table");
	change(NFT_MSG_NEWTABLE, "filter", NULL, EPERM, "NFT_MSG_NEWTABLE: another");
	change(NFT_MSG_NEWCHAIN, "postern", "input", 0, "NFT_MSG_NEWCHAIN: a granted chain");
	change(NFT_MSG_NEWCHAIN, "postern", "output", EPERM, "NFT_MSG_NEWCHAIN: another");
	change(NFT_MSG_NEWCHAIN, "filter", "input", EPERM, "NFT_MSG_NEWCHAIN: in another table");
	change(NFT_MSG_NEWRULE, "postern", NULL, EPERM, "NFT_MSG_NEWRULE: not granted");
	m = fresh();
	filter_begin(m, FILTER(NFT_MSG_GETCHAIN), NLM_F_ACK, NFPROTO_INET, 0);
	message_add_text(m, NFTA_CHAIN_TABLE, "postern");
	message_add_text(m, NFTA_CHAIN_NAME, "input");
	(void)tried(m, NETLINK_NETFILTER, 0, "NFT_MSG_GETCHAIN: one of a granted table");
	m = fresh();
	filter_begin(m, FILTER(NFT_MSG_GETCHAIN), NLM_F_DUMP, NFPROTO_INET, 0);
	message_add_text(m, NFTA_CHAIN_TABLE, "postern");
	(void)tried(m, NETLINK_NETFILTER, EPERM, "NFT_MSG_GETCHAIN: a dump, which lists all");
	change(NFT_MSG_DELTABLE, "filter", NULL, EPERM, "NFT_MSG_DELTABLE: another");
	change(NFT_MSG_DELTABLE, "postern", NULL, 0, "NFT_MSG_DELTABLE: a granted one");
}

static void ask_number(int expected, const char *what)
{
	const struct genlmsghdr header = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
	struct message *m = fresh();

	message_begin(m, GENL_ID_CTRL, NLM_F_REQUEST, &header, sizeof(header));
	message_add_text(m, CTRL_ATTR_FAMILY_NAME, "ethtool");
	(void)tried(m, NETLINK_GENERIC, expected, what);
}

/* What a later supervisor finds: entries of its own stay, others go. */
static void test_sweep(void)
{
	struct policy_netlink fewer = policy->netlink;

	ask_number(0, "the number of a granted family may be asked for");
	(void)tap(enforcement_netlink_set(enforcement, POLICY, &policy->netlink) == 0,
		  "the same rules are set again");
	(void)tap(enforcement_netlink_sweep(enforcement, keep, &policy->netlink) == 0,
		  "a sweep that knows them");
	allowed(link_message(RTM_GETLINK, NLM_F_REQUEST, "eth9"), "they are all there");
	ask_number(0, "and so are generic ones");
	/* The first is RTM_GETLINK's. */
	fewer.messages++;
	fewer.messages_len--;
	(void)tap(enforcement_netlink_sweep(enforcement, keep, &fewer) == 0,
		  "a sweep that knows one less");
	denied(link_message(RTM_GETLINK, NLM_F_REQUEST, "eth9"), "that one is gone");
	ask_number(0, "another is not");
	(void)tap(enforcement_netlink_sweep(enforcement, keep, NULL) == 0,
		  "a sweep that knows no policy");
	ask_number(EPERM, "none is left");
	(void)tap(enforcement_netlink_set(enforcement, POLICY, &policy->netlink) == 0,
		  "they are set anew");
	ask_number(0, "and count");
	enforcement_netlink_delete(enforcement, POLICY, &policy->netlink);
	ask_number(EPERM, "until they are deleted");
}

void test_netlink_manifest(struct enforcement *e)
{
	enforcement = e;
	if (system("modprobe -a nf_tables bridge") != 0)
		hand_bail("cannot load nf_tables and bridge");
	start();
	test_links();
	up("tap22");
	up("eth9");
	test_addresses();
	test_routes();
	test_rules();
	test_neighbours();
	test_disciplines();
	test_filters();
	test_sweep();
	policy_free(policy);
	manifest_free(manifest);
}
