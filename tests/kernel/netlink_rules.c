/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink rules by hand: links tap* and ok0, their addresses and routes, two generic families. */
#include <errno.h>
#include <glob.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/netlink_rules.h"

#define INTERFACES 1
#define KINDS	   2
#define MASTERS	   3
#define TABLES	   4
#define BIT(n)	   (1ull << (n))

static uint64_t policy;

static int map_fd(const char *name)
{
	char pattern[128];
	glob_t found;
	int fd = -1;

	(void)snprintf(pattern, sizeof(pattern), "/run/postern-test-pins/*/map_%s", name);
	if (glob(pattern, 0, NULL, &found) == 0)
		fd = bpf_obj_get(found.gl_pathv[0]);
	globfree(&found);
	if (fd < 0)
		hand_bail("open the map %s: %s", name, strerror(errno));
	return fd;
}

void netlink_map_put(const char *name, const void *key, const void *value)
{
	int fd = map_fd(name);

	if (bpf_map_update_elem(fd, key, value, BPF_ANY) < 0)
		hand_bail("set an element of the map %s: %s", name, strerror(errno));
	(void)close(fd);
}

static void list(uint32_t number, const struct postern_word *all, uint32_t len)
{
	struct postern_list_key key = {.policy = policy, .list = number};
	struct postern_words value = {.len = len};

	memcpy(value.word, all, len * sizeof(*all));
	netlink_map_put("words", &key, &value);
}

static void grant(uint16_t protocol, uint16_t family, uint32_t type,
		  const struct postern_netlink_rule *rule)
{
	struct postern_netlink_key key = {
		.policy = policy, .protocol = protocol, .family = family, .type = type};

	netlink_map_put("netlink_rules", &key, rule);
}

static void grant_family(const char *name, uint32_t number)
{
	struct postern_generic_key key = {.policy = policy};

	(void)snprintf(key.name, sizeof(key.name), "%s", name);
	netlink_map_put("generic_families", &key, &number);
}

void netlink_rules_set(uint64_t id)
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
	const struct postern_netlink_rule new_address = {
		.attributes = {BIT(IFA_ADDRESS) | BIT(IFA_LOCAL) | BIT(IFA_FLAGS)},
		.required = {BIT(IFA_LOCAL)},
		.families = BIT(AF_INET) | BIT(AF_INET6),
		.header = sizeof(struct ifaddrmsg),
		.checks = {{.kind = POSTERN_CHECK_INDEX_HEADER, .at = 4, .list = INTERFACES}},
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
	netlink_map_put("numbers", &tables, &numbers);
	grant(NETLINK_ROUTE, 0, RTM_NEWLINK, &new_link);
	new_link.flags = POSTERN_NETLINK_DELETES;
	grant(NETLINK_ROUTE, 0, RTM_DELLINK, &new_link);
	grant(NETLINK_ROUTE, 0, RTM_GETLINK, &get_link);
	grant(NETLINK_ROUTE, 0, RTM_GETROUTE, &get_route);
	grant(NETLINK_ROUTE, 0, RTM_NEWADDR, &new_address);
	grant(NETLINK_ROUTE, 0, RTM_NEWROUTE, &new_route);
	grant_family("nlctrl", 1);
	grant_family("ethtool", 2);
	grant(NETLINK_GENERIC, 1, CTRL_CMD_GETFAMILY, &generic);
	grant(NETLINK_GENERIC, 2, 1, &generic);
}
