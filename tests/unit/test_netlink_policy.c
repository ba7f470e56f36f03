/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the netlink messages of a manifest to rules of the kernel's maps: those of other protocols
 * than route, multicast groups, and the tables of names that all are compiled from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/genetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <sys/socket.h>

#include "netlink_fixture.h"

#define NFT(type) (NFNL_SUBSYS_NFTABLES << 8 | (type))

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

/* As with links: no object but the one named. */
static void test_nftables_reads_of_one(void **state)
{
	struct fixture *f = *state;

	compile(f, "      netfilter:\n"
		   "        nftables: {NFT_MSG_GETCHAIN: {tables: [a]}, NFT_MSG_GETRULE: {tables: "
		   "[a]}}\n");
	assert_int_equal(rule_of(f, NETLINK_NETFILTER, NFT(NFT_MSG_GETCHAIN), NULL)->flags,
			 POSTERN_NETLINK_READS | POSTERN_NETLINK_NO_DUMP);
	assert_int_equal(rule_of(f, NETLINK_NETFILTER, NFT(NFT_MSG_GETRULE), NULL)->flags,
			 POSTERN_NETLINK_READS);
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
		for (const struct netlink_name *n = set->names; n->name[0]; n++) {
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
		cmocka_unit_test_setup_teardown(test_nftables, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nftables_reads_of_one, set_up, tear_down),
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
