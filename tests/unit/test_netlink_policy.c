/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the netlink messages of a manifest to rules and lists of the kernel's maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/fib_rules.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "policy/policy.h"

#define HEAD                                                                                       \
	"context: probe\nmodule: probe.so\nuser: root\ngroup: root\ncallers: {users: [root]}\n"    \
	"entrypoints:\n  e:\n    arguments: {name: interface, id: uuid}\n    netlink:\n"

#define BIT(n)	   (UINT64_C(1) << (n))
#define NFT(type)  (NFNL_SUBSYS_NFTABLES << 8 | (type))
#define CHECKS_MAX POSTERN_NETLINK_CHECKS

struct fixture {
	struct manifest *manifest;
	struct policy *policy;
};

static void compile(struct fixture *f, const char *netlink)
{
	struct manifest_problems problems = {};
	cleanup_free char *text = NULL;
	struct error err = {};

	assert_true(asprintf(&text, "%s%s", HEAD, netlink) > 0);
	if (manifest_parse("probe.yaml", text, strlen(text), 0, &f->manifest, &problems, &err) <
	    0) {
		manifest_problems_print(&problems, "probe.yaml", stderr);
		fail_msg("%s", error_text(&err));
	}
	manifest_problems_clear(&problems);
	assert_int_equal(
		policy_compile(f->manifest, &f->manifest->entrypoints[0], &f->policy, NULL), 0);
}

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	policy_free(f->policy);
	manifest_free(f->manifest);
	free(f);
	return 0;
}

static const struct postern_netlink_rule *rule_of(const struct fixture *f, uint16_t protocol,
						  uint32_t type, const char *family)
{
	const struct policy_message *m =
		policy_message_find(&f->policy->netlink, protocol, type, family);

	assert_non_null(m);
	return &m->rule;
}

/* The only check of that kind and place. */
static const struct postern_netlink_check *check_of(const struct postern_netlink_rule *rule,
						    enum postern_check_kind kind, unsigned at)
{
	const struct postern_netlink_check *found = NULL;

	for (size_t i = 0; i < CHECKS_MAX; i++) {
		if (rule->checks[i].kind != kind || rule->checks[i].at != at)
			continue;
		assert_null(found);
		found = &rule->checks[i];
	}
	return found;
}

/* How many there are; each on an attribute is marked, and nothing else is. */
static size_t checks_len(const struct postern_netlink_rule *rule)
{
	uint64_t checked[2] = {0, 0};
	size_t n = 0;

	for (; n < CHECKS_MAX && rule->checks[n].kind; n++)
		if (rule->checks[n].kind != POSTERN_CHECK_INDEX_HEADER &&
		    rule->checks[n].kind != POSTERN_CHECK_NUMBER_HEADER)
			checked[rule->checks[n].at / 64] |= BIT(rule->checks[n].at % 64);
	assert_memory_equal(rule->checked, checked, sizeof(checked));
	return n;
}

static const struct postern_words *words_of(const struct fixture *f,
					    const struct postern_netlink_check *check)
{
	assert_non_null(check);
	assert_in_range(check->list, 1, f->policy->netlink.words_len);
	return &f->policy->netlink.words[check->list - 1];
}

static void test_plain(void **state)
{
	struct fixture *f = *state;
	const struct postern_netlink_rule *get, *new;

	compile(f, "      route: [RTM_GETLINK, RTM_NEWLINK]\n");
	assert_int_equal(f->policy->netlink.messages_len, 2);
	assert_int_equal(f->policy->netlink.protocols, 1u << NETLINK_ROUTE);
	get = rule_of(f, NETLINK_ROUTE, RTM_GETLINK, NULL);
	assert_int_equal(get->flags, POSTERN_NETLINK_READS);
	assert_int_equal(get->header, sizeof(struct ifinfomsg));
	assert_int_equal(get->families, BIT(AF_UNSPEC) | BIT(AF_PACKET));
	assert_int_equal(checks_len(get), 0);
	assert_null(policy_message_find(&f->policy->netlink, NETLINK_ROUTE, RTM_DELLINK, NULL));
	new = rule_of(f, NETLINK_ROUTE, RTM_NEWLINK, NULL);
	assert_int_equal(new->flags, POSTERN_NETLINK_NEW_INTERFACE);
	assert_int_equal(new->families, BIT(AF_UNSPEC));
	assert_true(new->attributes[0] & BIT(IFLA_MTU));
	/* A peer's attributes are looked at although nothing is narrowed. */
	assert_int_equal(checks_len(new), 1);
	assert_non_null(check_of(new, POSTERN_CHECK_LINK_KIND, IFLA_LINKINFO));
	assert_int_equal(check_of(new, POSTERN_CHECK_LINK_KIND, IFLA_LINKINFO)->list, 0);
}

/* What is never there unless the manifest says so. */
static void test_unusual_attributes(void **state)
{
	static const unsigned unusual[] = {
		IFLA_NET_NS_PID,
		IFLA_NET_NS_FD,
		IFLA_TARGET_NETNSID,
		IFLA_LINK_NETNSID,
		IFLA_NEW_NETNSID,
		IFLA_GROUP,
		IFLA_XDP,
		IFLA_MASTER,
		IFLA_LINK,
		IFLA_ALT_IFNAME,
		IFLA_PROP_LIST,
		IFLA_VFINFO_LIST,
		IFLA_VF_PORTS,
		IFLA_PORT_SELF,
		IFLA_NUM_VF,
		IFLA_PROTO_DOWN,
		IFLA_PROTO_DOWN_REASON,
		IFLA_NEW_IFINDEX,
		IFLA_MAP,
		IFLA_AF_SPEC,
		IFLA_PROTINFO,
		IFLA_UNSPEC,
		70,
		100,
		127,
	};
	struct fixture *f = *state;
	const struct postern_netlink_rule *new, *set;

	compile(f, "      route:\n"
		   "        RTM_NEWLINK:\n"
		   "        RTM_SETLINK: {attributes: [IFLA_XDP]}\n");
	new = rule_of(f, NETLINK_ROUTE, RTM_NEWLINK, NULL);
	set = rule_of(f, NETLINK_ROUTE, RTM_SETLINK, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(unusual); i++) {
		uint64_t bit = BIT(unusual[i] % 64);

		assert_false(new->attributes[unusual[i] / 64] & bit);
		assert_int_equal(!!(set->attributes[unusual[i] / 64] & bit),
				 unusual[i] == IFLA_XDP);
	}
}

static void test_link(void **state)
{
	struct fixture *f = *state;
	const struct postern_netlink_rule *rule;
	const struct postern_words *words;

	compile(f, "      route:\n"
		   "        RTM_NEWLINK: {interfaces: [\"tap*\", eth0, \"q{name}-x\"], kinds: "
		   "[veth],\n"
		   "                      masters: [\"br-*\"], links: [\"{id}\"],\n"
		   "                      attributes: [IFLA_ALT_IFNAME]}\n");
	rule = rule_of(f, NETLINK_ROUTE, RTM_NEWLINK, NULL);
	assert_int_equal(checks_len(rule), 6);
	words = words_of(f, check_of(rule, POSTERN_CHECK_INDEX_HEADER, 4));
	assert_int_equal(words->len, 3);
	/* A star at the end alone takes no search. */
	assert_int_equal(words->word[0].kind, POSTERN_PART_PREFIX);
	assert_int_equal(words->word[0].len, 3);
	assert_memory_equal(words->word[0].text, "tap", 4);
	assert_int_equal(words->word[1].kind, POSTERN_PART_LITERAL);
	assert_memory_equal(words->word[1].text, "eth0", 5);
	assert_int_equal(words->word[2].kind, POSTERN_PART_SLOT);
	assert_int_equal(words->word[2].slot, 0);
	assert_int_equal(words->word[2].before, 1);
	assert_int_equal(words->word[2].len, 3);
	assert_memory_equal(words->word[2].text, "q-x", 4);
	/* A name is held to the same list as an index. */
	assert_ptr_equal(words, words_of(f, check_of(rule, POSTERN_CHECK_NAME, IFLA_IFNAME)));
	assert_ptr_equal(words, words_of(f, check_of(rule, POSTERN_CHECK_NAME, IFLA_ALT_IFNAME)));
	words = words_of(f, check_of(rule, POSTERN_CHECK_LINK_KIND, IFLA_LINKINFO));
	assert_memory_equal(words->word[0].text, "veth", 5);
	words = words_of(f, check_of(rule, POSTERN_CHECK_INDEX, IFLA_MASTER));
	assert_memory_equal(words->word[0].text, "br-", 4);
	assert_int_equal(check_of(rule, POSTERN_CHECK_INDEX, IFLA_MASTER)->flags,
			 POSTERN_CHECK_ZERO);
	assert_int_equal(check_of(rule, POSTERN_CHECK_INDEX, IFLA_LINK)->flags, 0);
	words = words_of(f, check_of(rule, POSTERN_CHECK_INDEX, IFLA_LINK));
	assert_int_equal(words->word[0].kind, POSTERN_PART_SLOT);
	assert_int_equal(words->word[0].slot, 1);
	assert_true(rule->attributes[0] & BIT(IFLA_MASTER) && rule->attributes[0] & BIT(IFLA_LINK));
	assert_int_equal(f->manifest->entrypoints[0].slots_len, 2);
	assert_int_equal(f->manifest->entrypoints[0].isolation, MANIFEST_ISOLATION_CALL);
}

/* Names that fit lie in the rule, once for all checks by the same list. */
static void test_own_names(void **state)
{
	struct fixture *f = *state;
	const struct postern_netlink_rule *rule;
	const struct postern_netlink_check *header, *name, *master, *link;

	compile(f, "      route:\n"
		   "        RTM_SETLINK: {interfaces: [eth0, \"tap*\", \"e*1\"], masters: [br0],\n"
		   "                      links: [a, b]}\n");
	rule = rule_of(f, NETLINK_ROUTE, RTM_SETLINK, NULL);
	assert_int_equal(checks_len(rule), 5);
	header = check_of(rule, POSTERN_CHECK_INDEX_HEADER, 4);
	name = check_of(rule, POSTERN_CHECK_NAME, IFLA_IFNAME);
	master = check_of(rule, POSTERN_CHECK_INDEX, IFLA_MASTER);
	link = check_of(rule, POSTERN_CHECK_INDEX, IFLA_LINK);
	assert_int_equal(header->own_len, 3);
	assert_int_equal(name->own_len, 3);
	assert_int_equal(name->own, header->own);
	assert_memory_equal(rule->own[name->own + 1].text, "tap", 4);
	assert_int_equal(rule->own[name->own + 2].kind, POSTERN_PART_GLOB);
	assert_memory_equal(rule->own[name->own + 2].text, "e*1", 4);
	assert_int_equal(master->own_len, 1);
	assert_memory_equal(rule->own[master->own].text, "br0", 4);
	/* These have no room left. */
	assert_int_equal(link->own_len, 0);
	assert_int_equal(words_of(f, link)->len, 2);
}

static void test_lists_are_shared(void **state)
{
	struct fixture *f = *state;

	compile(f, "      route:\n"
		   "        RTM_SETLINK: {interfaces: [eth0, \"tap*\"]}\n"
		   "        RTM_NEWADDR: {interfaces: [eth0, \"tap*\"]}\n"
		   "        RTM_DELADDR: {interfaces: [\"tap*\"]}\n"
		   "        RTM_NEWROUTE: {tables: [main, 100]}\n"
		   "        RTM_DELROUTE: {tables: [254, 100]}\n"
		   "        RTM_NEWRULE: {tables: [100]}\n");
	assert_int_equal(f->policy->netlink.words_len, 2);
	/* The third: what a policy rule may do. */
	assert_int_equal(f->policy->netlink.numbers_len, 3);
}

static void test_routes(void **state)
{
	struct fixture *f = *state;
	const struct postern_netlink_rule *new, *del, *get;
	const struct postern_netlink_check *check;
	const struct postern_numbers *numbers;

	compile(f, "      route:\n"
		   "        RTM_NEWROUTE: {families: [inet], tables: [main, 100], interfaces: "
		   "[tap0]}\n"
		   "        RTM_DELROUTE: {interfaces: [tap0], require: [RTA_MULTIPATH]}\n"
		   "        RTM_GETROUTE: {dump: only}\n");
	new = rule_of(f, NETLINK_ROUTE, RTM_NEWROUTE, NULL);
	assert_int_equal(new->families, BIT(AF_INET));
	assert_int_equal(new->required[0], BIT(RTA_OIF));
	assert_false(new->attributes[0] &
		     (BIT(RTA_ENCAP) | BIT(RTA_ENCAP_TYPE) | BIT(RTA_VIA) | BIT(RTA_NH_ID)));
	check = check_of(new, POSTERN_CHECK_NUMBER_HEADER, offsetof(struct rtmsg, rtm_table));
	assert_non_null(check);
	assert_int_equal(check->beside, RTA_TABLE);
	assert_int_equal(check->list, check_of(new, POSTERN_CHECK_NUMBER, RTA_TABLE)->list);
	numbers = &f->policy->netlink.numbers[check->list - 1];
	assert_int_equal(numbers->len, 2);
	assert_int_equal(numbers->range[0].first, RT_TABLE_MAIN);
	assert_int_equal(numbers->range[0].last, RT_TABLE_MAIN);
	assert_int_equal(numbers->range[1].first, 100);
	assert_non_null(check_of(new, POSTERN_CHECK_INDEX, RTA_OIF));
	check = check_of(new, POSTERN_CHECK_NEXT_HOPS, RTA_MULTIPATH);
	assert_non_null(check);
	assert_int_equal(check->list, check_of(new, POSTERN_CHECK_INDEX, RTA_OIF)->list);

	del = rule_of(f, NETLINK_ROUTE, RTM_DELROUTE, NULL);
	assert_int_equal(del->families, BIT(AF_INET) | BIT(AF_INET6));
	assert_int_equal(del->flags, POSTERN_NETLINK_DELETES);
	assert_int_equal(del->required[0], BIT(RTA_MULTIPATH));
	assert_non_null(check_of(del, POSTERN_CHECK_INDEX, RTA_OIF));
	assert_non_null(check_of(del, POSTERN_CHECK_NEXT_HOPS, RTA_MULTIPATH));

	get = rule_of(f, NETLINK_ROUTE, RTM_GETROUTE, NULL);
	assert_int_equal(get->flags, POSTERN_NETLINK_READS | POSTERN_NETLINK_DUMP_ONLY);
}

static void test_next_hops(void **state)
{
	struct fixture *f = *state;
	const struct postern_netlink_check *check;

	compile(f, "      route: [RTM_NEWROUTE]\n");
	check = check_of(rule_of(f, NETLINK_ROUTE, RTM_NEWROUTE, NULL), POSTERN_CHECK_NEXT_HOPS,
			 RTA_MULTIPATH);
	assert_non_null(check);
	assert_int_equal(check->list, 0);
}

static void test_rules_by_name(void **state)
{
	struct fixture *f = *state;
	const struct postern_netlink_rule *new, *del;

	compile(f, "      route:\n"
		   "        RTM_NEWRULE: {interfaces: [\"tap*\"]}\n"
		   "        RTM_DELRULE: {interfaces: [\"tap*\"], require: [FRA_OIFNAME]}\n");
	new = rule_of(f, NETLINK_ROUTE, RTM_NEWRULE, NULL);
	del = rule_of(f, NETLINK_ROUTE, RTM_DELRULE, NULL);
	assert_int_equal(new->required[0], BIT(FRA_IIFNAME));
	assert_int_equal(del->required[0], BIT(FRA_OIFNAME));
	assert_non_null(check_of(new, POSTERN_CHECK_NAME, FRA_IIFNAME));
	assert_non_null(check_of(new, POSTERN_CHECK_NAME, FRA_OIFNAME));
}

/* Which is said by more than one object: so no object but the one named. */
static void test_reads_of_one(void **state)
{
	struct fixture *f = *state;

	compile(f, "      route:\n"
		   "        RTM_GETLINK: {interfaces: [eth0]}\n"
		   "        RTM_GETTCLASS: {interfaces: [eth0]}\n"
		   "        RTM_GETADDR: {dump: refused}\n"
		   "      netfilter:\n"
		   "        nftables: {NFT_MSG_GETCHAIN: {tables: [a]}, NFT_MSG_GETRULE: {tables: "
		   "[a]}}\n");
	assert_int_equal(rule_of(f, NETLINK_ROUTE, RTM_GETLINK, NULL)->flags,
			 POSTERN_NETLINK_READS | POSTERN_NETLINK_NO_DUMP);
	assert_int_equal(rule_of(f, NETLINK_ROUTE, RTM_GETTCLASS, NULL)->flags,
			 POSTERN_NETLINK_READS);
	assert_int_equal(rule_of(f, NETLINK_ROUTE, RTM_GETADDR, NULL)->flags,
			 POSTERN_NETLINK_READS | POSTERN_NETLINK_NO_DUMP);
	assert_int_equal(rule_of(f, NETLINK_NETFILTER, NFT(NFT_MSG_GETCHAIN), NULL)->flags,
			 POSTERN_NETLINK_READS | POSTERN_NETLINK_NO_DUMP);
	assert_int_equal(rule_of(f, NETLINK_NETFILTER, NFT(NFT_MSG_GETRULE), NULL)->flags,
			 POSTERN_NETLINK_READS);
}

static void test_bridge_family(void **state)
{
	struct fixture *f = *state;

	compile(f, "      route:\n"
		   "        RTM_SETLINK: {families: [bridge]}\n"
		   "        RTM_DELLINK: {families: [bridge, unspec]}\n");
	assert_true(rule_of(f, NETLINK_ROUTE, RTM_SETLINK, NULL)->attributes[0] &
		    BIT(IFLA_AF_SPEC));
	assert_false(rule_of(f, NETLINK_ROUTE, RTM_DELLINK, NULL)->attributes[0] &
		     BIT(IFLA_AF_SPEC));
}

static void test_nftables(void **state)
{
	struct fixture *f = *state;
	const struct postern_netlink_rule *table, *rule, *batch;

	compile(f, "      netfilter:\n"
		   "        nftables:\n"
		   "          NFT_MSG_NEWTABLE: {families: [inet], tables: [postern]}\n"
		   "          NFT_MSG_DELTABLE: {tables: [postern]}\n"
		   "          NFT_MSG_NEWRULE: {tables: [postern], chains: [\"in*\"]}\n"
		   "          NFT_MSG_DELRULE:\n");
	table = rule_of(f, NETLINK_NETFILTER, NFT(NFT_MSG_NEWTABLE), NULL);
	assert_int_equal(table->header, sizeof(struct nfgenmsg));
	assert_int_equal(table->families, BIT(1));
	assert_int_equal(table->required[0], BIT(NFTA_TABLE_NAME));
	assert_false(table->attributes[0] & BIT(NFTA_TABLE_HANDLE));
	assert_non_null(check_of(table, POSTERN_CHECK_NAME, NFTA_TABLE_NAME));
	table = rule_of(f, NETLINK_NETFILTER, NFT(NFT_MSG_DELTABLE), NULL);
	assert_int_equal(table->families, UINT64_MAX);
	assert_int_equal(table->flags, POSTERN_NETLINK_DELETES);
	rule = rule_of(f, NETLINK_NETFILTER, NFT(NFT_MSG_NEWRULE), NULL);
	assert_int_equal(rule->required[0], BIT(NFTA_RULE_TABLE) | BIT(NFTA_RULE_CHAIN));
	assert_false(rule->attributes[0] & BIT(NFTA_RULE_CHAIN_ID));
	assert_true(rule->attributes[0] & BIT(NFTA_RULE_HANDLE));
	rule = rule_of(f, NETLINK_NETFILTER, NFT(NFT_MSG_DELRULE), NULL);
	assert_int_equal(rule->required[0], 0);
	assert_int_equal(checks_len(rule), 0);
	assert_true(rule->attributes[0] & BIT(NFTA_RULE_CHAIN_ID));
	for (uint32_t type = NFNL_MSG_BATCH_BEGIN; type <= NFNL_MSG_BATCH_END; type++) {
		batch = rule_of(f, NETLINK_NETFILTER, type, NULL);
		assert_int_equal(batch->attributes[0], BIT(NFNL_BATCH_GENID));
		assert_int_equal(batch->families, UINT64_MAX);
	}
	assert_int_equal(f->policy->netlink.messages_len, 6);
}

static void test_no_batch(void **state)
{
	struct fixture *f = *state;

	compile(f, "      netfilter: {conntrack: [IPCTNL_MSG_CT_GET]}\n");
	assert_int_equal(f->policy->netlink.messages_len, 1);
}

/* CTA_FILTER makes one of all that fits of a delete, tuple or not: it is granted by name alone. */
static void test_conntrack(void **state)
{
	const uint16_t type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	const struct postern_netlink_rule *rule;
	struct fixture *f = *state;

	compile(f, "      netfilter: {conntrack: {IPCTNL_MSG_CT_DELETE: {require: "
		   "[CTA_TUPLE_ORIG]}}}\n");
	rule = rule_of(f, NETLINK_NETFILTER, type, NULL);
	assert_int_equal(rule->required[0], BIT(CTA_TUPLE_ORIG));
	assert_true(rule->attributes[0] & BIT(CTA_TUPLE_ORIG));
	assert_true(rule->attributes[0] & BIT(CTA_ZONE));
	assert_false(rule->attributes[0] & BIT(CTA_FILTER));
}

static void test_conntrack_filter(void **state)
{
	const uint16_t type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	struct fixture *f = *state;

	compile(f, "      netfilter: {conntrack: {IPCTNL_MSG_CT_DELETE: {attributes: "
		   "[CTA_FILTER]}}}\n");
	assert_true(rule_of(f, NETLINK_NETFILTER, type, NULL)->attributes[0] & BIT(CTA_FILTER));
}

static void test_generic(void **state)
{
	struct fixture *f = *state;
	const struct policy_netlink *n;
	const struct postern_netlink_rule *rule;

	compile(f,
		"      generic:\n"
		"        nl80211: {NL80211_CMD_GET_WIPHY: {dump: only}, NL80211_CMD_SET_WIPHY: }\n"
		"        devlink: [DEVLINK_CMD_GET]\n");
	n = &f->policy->netlink;
	assert_int_equal(n->families_len, 3);
	assert_string_equal(n->families[0].name, "nl80211");
	assert_string_equal(n->families[1].name, "devlink");
	assert_string_equal(n->families[2].name, "nlctrl");
	assert_int_equal(n->messages_len, 4);
	rule = rule_of(f, NETLINK_GENERIC, NL80211_CMD_GET_WIPHY, "nl80211");
	assert_int_equal(rule->header, GENL_HDRLEN);
	assert_int_equal(rule->flags, POSTERN_NETLINK_READS | POSTERN_NETLINK_ANY_ATTRIBUTE |
					      POSTERN_NETLINK_DUMP_ONLY);
	assert_null(policy_message_find(n, NETLINK_GENERIC, NL80211_CMD_SET_WIPHY, "devlink"));
	assert_null(policy_message_find(n, NETLINK_GENERIC, NL80211_CMD_GET_WIPHY, NULL));
	(void)rule_of(f, NETLINK_GENERIC, CTRL_CMD_GETFAMILY, "nlctrl");
}

static void test_others(void **state)
{
	struct fixture *f = *state;
	const struct postern_netlink_rule *rule;

	compile(f, "      xfrm: [XFRM_MSG_GETSA, XFRM_MSG_NEWSA]\n"
		   "      sock_diag: {SOCK_DIAG_BY_FAMILY: {families: [inet, inet6]}}\n");
	rule = rule_of(f, NETLINK_XFRM, XFRM_MSG_GETSA, NULL);
	assert_int_equal(rule->flags, POSTERN_NETLINK_READS | POSTERN_NETLINK_ANY_ATTRIBUTE);
	assert_int_equal(rule->families, UINT64_MAX);
	assert_int_equal(rule->header, 0);
	rule = rule_of(f, NETLINK_XFRM, XFRM_MSG_NEWSA, NULL);
	assert_int_equal(rule->flags, POSTERN_NETLINK_ANY_ATTRIBUTE);
	rule = rule_of(f, NETLINK_SOCK_DIAG, 20, NULL);
	assert_int_equal(rule->families, BIT(AF_INET) | BIT(AF_INET6));
}

static void test_listen(void **state)
{
	struct fixture *f = *state;
	const struct policy_netlink *n;

	compile(f, "      listen: {route: [RTNLGRP_LINK, RTNLGRP_IPV4_ROUTE], kobject_uevent: "
		   "[kernel]}\n");
	n = &f->policy->netlink;
	assert_int_equal(n->messages_len, 0);
	assert_int_equal(n->protocols, 1u << NETLINK_ROUTE | 1u << NETLINK_KOBJECT_UEVENT);
	assert_int_equal(n->listens_len, 2);
	assert_int_equal(n->listens[0].protocol, NETLINK_ROUTE);
	assert_int_equal(n->listens[0].groups[0],
			 BIT(RTNLGRP_LINK - 1) | BIT(RTNLGRP_IPV4_ROUTE - 1));
	assert_int_equal(n->listens[0].groups[1], 0);
	assert_int_equal(n->listens[1].groups[0], 1);
}

/* No manifest can ask for more checks than a rule holds, and all that is said has its place. */
static void test_all_messages(void **state)
{
	size_t seen = 0;

	(void)state;
	for (const struct netlink_messages *set = netlink_messages; set->word; set++) {
		assert_true(set->numbers <= UINT16_MAX);
		for (const struct netlink_name *n = set->names; n->name; n++) {
			uint32_t back;

			assert_true(n->number <= set->numbers);
			assert_true(netlink_number(set->names, n->name, &back));
			assert_int_equal(back, n->number);
			assert_non_null(netlink_name(set->names, n->number));
			seen++;
		}
	}
	assert_true(seen > 400);
	for (const struct netlink_layout *l = netlink_route_layouts; l->header; l++) {
		unsigned checks = (l->index_at != 0) + (l->index != 0) + (l->names[0] != 0) +
				  (l->names[1] != 0) + (l->next_hops != 0) + (l->kind != 0) +
				  (l->master != 0) + (l->link != 0) + 2 * (l->table_number != 0);

		assert_true(checks <= CHECKS_MAX);
		assert_true(l->header % 4 == 0 && l->index_at + 4 <= l->header);
		assert_true(l->table_at < l->header);
		assert_true(l->families != 0);
		assert_ptr_equal(netlink_layout(l->protocol, l->first), l);
		/* The kernel tells what a message does by its type's lowest bits. */
		assert_int_equal(!!(l->flags & NETLINK_LAYOUT_READS), (l->first & 3) == 2);
		assert_int_equal(!!(l->flags & NETLINK_LAYOUT_DELETES), (l->first & 3) == 1);
	}
	for (const struct netlink_layout *l = netlink_filter_layouts; l->header; l++)
		assert_non_null(l->attributes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unusual_attributes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lists_are_shared, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_routes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_next_hops, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rules_by_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reads_of_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bridge_family, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nftables, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_batch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_conntrack, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_conntrack_filter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_generic, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_listen, set_up, tear_down),
		cmocka_unit_test(test_all_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
