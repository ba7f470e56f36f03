/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink rules by hand: links tap* and ok0, their addresses and routes, two generic families. */
#include <errno.h>
#include <glob.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/kernel/netlink_rules.h"

#define INTERFACES 1
#define KINDS	   2
#define MASTERS	   3
#define TABLES	   4
#define FILTERS	   5
#define BIT(n)	   (1ull << (n))

static uint64_t policy;
static int failure; /* of the first element that could not be set */

int netlink_map_put(const char *name, const void *key, const void *value)
{
	char pattern[128];
	glob_t found;
	int fd = -1, r = -ENOENT;

	(void)snprintf(pattern, sizeof(pattern), "/run/postern-*-pins/*/map_%s", name);
	/* The last is the newest generation. */
	if (glob(pattern, 0, NULL, &found) == 0)
		fd = bpf_obj_get(found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	if (fd >= 0)
		r = bpf_map_update_elem(fd, key, value, BPF_ANY);
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static void put(const char *name, const void *key, const void *value)
{
	int r = netlink_map_put(name, key, value);

	if (failure == 0)
		failure = r;
}

static void list(uint32_t number, const struct postern_word *all, uint32_t len)
{
	struct postern_list_key key = {.policy = policy, .list = number};
	struct postern_words value = {.len = len};

	memcpy(value.word, all, len * sizeof(*all));
	put("words", &key, &value);
}

static void grant(uint16_t protocol, uint16_t family, uint32_t type,
		  const struct postern_netlink_rule *rule)
{
	struct postern_netlink_key key = {
		.policy = policy, .protocol = protocol, .family = family, .type = type};
	struct postern_netlink_rule value = *rule;

	for (size_t i = 0; i < POSTERN_NETLINK_CHECKS; i++)
		value.checked[value.checks[i].at / 64 % 2] |= BIT(value.checks[i].at % 64);
	put("netlink_rules", &key, &value);
}

static void grant_family(const char *name, uint32_t number)
{
	struct postern_generic_key key = {.policy = policy};

	(void)snprintf(key.name, sizeof(key.name), "%s", name);
	put("generic_families", &key, &number);
}

/* Tables and chains of nftables in one table. */
static void grant_tables(void)
{
	static const struct postern_word tables[] = {
		{.kind = POSTERN_PART_LITERAL, .len = 7, .text = "postern"},
	};
	const struct postern_netlink_rule rule = {
		.attributes = {BIT(NFTA_RULE_TABLE) | BIT(NFTA_RULE_CHAIN) | BIT(NFTA_CHAIN_NAME) |
			       BIT(NFTA_RULE_EXPRESSIONS)},
		.required = {BIT(NFTA_RULE_TABLE)},
		.families = BIT(NFPROTO_INET),
		.header = sizeof(struct nfgenmsg),
		.checks = {{.kind = POSTERN_CHECK_NAME,
			    .at = NFTA_RULE_TABLE,
			    .list = FILTERS,
			    .own_len = 1}},
		.own = {{.kind = POSTERN_PART_LITERAL, .len = 7, .text = "postern"}},
	};
	const struct postern_netlink_rule bounds = {
		.attributes = {BIT(NFNL_BATCH_GENID)},
		.families = ~0ull,
		.header = sizeof(struct nfgenmsg),
	};
	static const uint32_t types[] = {NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE, NFT_MSG_NEWCHAIN,
					 NFT_MSG_NEWRULE};

	list(FILTERS, tables, ARRAY_SIZE(tables));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		grant(NETLINK_NETFILTER, 0, NFNL_SUBSYS_NFTABLES << 8 | types[i], &rule);
	grant(NETLINK_NETFILTER, 0, NFNL_MSG_BATCH_BEGIN, &bounds);
	grant(NETLINK_NETFILTER, 0, NFNL_MSG_BATCH_END, &bounds);
}

int netlink_rules_set(uint64_t id)
{
	static const struct postern_word interfaces[] = {
		{.kind = POSTERN_PART_GLOB, .len = 4, .text = "tap*"},
		{.kind = POSTERN_PART_LITERAL, .len = 3, .text = "ok0"},
	};
	static const struct postern_word kinds[] = {
		{.kind = POSTERN_PART_LITERAL, .len = 5, .text = "dummy"},
		{.kind = POSTERN_PART_LITERAL, .len = 4, .text = "veth"},
	};
	static const struct postern_word masters[] = {
		{.kind = POSTERN_PART_LITERAL, .len = 3, .text = "br0"},
	};
	struct postern_netlink_rule new_link = {
		.attributes = {BIT(IFLA_ADDRESS) | BIT(IFLA_IFNAME) | BIT(IFLA_MTU) |
			       BIT(IFLA_MASTER) | BIT(IFLA_LINKINFO)},
		.families = BIT(AF_UNSPEC),
		.flags = POSTERN_NETLINK_NEW_INTERFACE,
		.header = sizeof(struct ifinfomsg),
		.checks = {{.kind = POSTERN_CHECK_INDEX_HEADER, .at = 4, .list = INTERFACES},
			   {.kind = POSTERN_CHECK_NAME, .at = IFLA_IFNAME, .list = INTERFACES},
			   {.kind = POSTERN_CHECK_LINK_KIND, .at = IFLA_LINKINFO, .list = KINDS},
			   {.kind = POSTERN_CHECK_INDEX,
			    .at = IFLA_MASTER,
			    .flags = POSTERN_CHECK_ZERO,
			    .list = MASTERS}},
	};
	const struct postern_netlink_rule get_link = {
		.attributes = {~0ull, ~0ull},
		.families = BIT(AF_UNSPEC) | BIT(AF_PACKET),
		.flags = POSTERN_NETLINK_READS,
		.header = sizeof(struct ifinfomsg),
	};
	const struct postern_netlink_rule get_route = {
		.attributes = {~0ull, ~0ull},
		.families = BIT(AF_INET),
		.flags = POSTERN_NETLINK_READS | POSTERN_NETLINK_DUMP_ONLY,
		.header = sizeof(struct rtmsg),
	};
	struct postern_netlink_rule new_address = {
		.attributes = {BIT(IFA_ADDRESS) | BIT(IFA_LOCAL) | BIT(IFA_FLAGS)},
		.required = {BIT(IFA_LOCAL)},
		.families = BIT(AF_INET) | BIT(AF_INET6),
		.header = sizeof(struct ifaddrmsg),
		.checks = {{.kind = POSTERN_CHECK_INDEX_HEADER,
			    .at = 4,
			    .list = INTERFACES,
			    .own_len = 2}},
		.own = {{.kind = POSTERN_PART_PREFIX, .len = 3, .text = "tap"},
			{.kind = POSTERN_PART_LITERAL, .len = 3, .text = "ok0"}},
	};
	const struct postern_netlink_rule new_route = {
		.attributes = {BIT(RTA_DST) | BIT(RTA_OIF) | BIT(RTA_GATEWAY) | BIT(RTA_TABLE) |
			       BIT(RTA_MULTIPATH)},
		.families = BIT(AF_INET),
		.header = sizeof(struct rtmsg),
		.checks = {{.kind = POSTERN_CHECK_NUMBER_HEADER,
			    .at = 4,
			    .beside = RTA_TABLE,
			    .list = TABLES},
			   {.kind = POSTERN_CHECK_NUMBER, .at = RTA_TABLE, .list = TABLES},
			   {.kind = POSTERN_CHECK_INDEX, .at = RTA_OIF, .list = INTERFACES},
			   {.kind = POSTERN_CHECK_NEXT_HOPS,
			    .at = RTA_MULTIPATH,
			    .list = INTERFACES}},
	};
	const struct postern_netlink_rule generic = {
		.families = ~0ull, .flags = POSTERN_NETLINK_ANY_ATTRIBUTE, .header = GENL_HDRLEN};
	const struct postern_list_key tables = {.policy = id, .list = TABLES};
	const struct postern_numbers numbers = {.len = 2, .range = {{100, 100}, {1000, 1999}}};

	policy = id;
	list(INTERFACES, interfaces, ARRAY_SIZE(interfaces));
	list(KINDS, kinds, ARRAY_SIZE(kinds));
	list(MASTERS, masters, ARRAY_SIZE(masters));
	put("numbers", &tables, &numbers);
	grant(NETLINK_ROUTE, 0, RTM_NEWLINK, &new_link);
	new_link.flags = POSTERN_NETLINK_DELETES;
	grant(NETLINK_ROUTE, 0, RTM_DELLINK, &new_link);
	grant(NETLINK_ROUTE, 0, RTM_GETLINK, &get_link);
	grant(NETLINK_ROUTE, 0, RTM_GETROUTE, &get_route);
	grant(NETLINK_ROUTE, 0, RTM_NEWADDR, &new_address);
	new_address.flags = POSTERN_NETLINK_DELETES;
	grant(NETLINK_ROUTE, 0, RTM_DELADDR, &new_address);
	grant(NETLINK_ROUTE, 0, RTM_NEWROUTE, &new_route);
	grant_family("nlctrl", 1);
	grant_family("ethtool", 2);
	grant(NETLINK_GENERIC, 1, CTRL_CMD_GETFAMILY, &generic);
	grant(NETLINK_GENERIC, 2, 1, &generic);
	grant_tables();
	return failure;
}
