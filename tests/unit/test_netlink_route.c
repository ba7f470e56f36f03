/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the route messages of a manifest (links, addresses, routes, rules) to rules and lists of the
 * kernel's maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netlink_fixture.h"

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
		   "        RTM_GETADDR: {dump: refused}\n");
	assert_int_equal(rule_of(f, NETLINK_ROUTE, RTM_GETLINK, NULL)->flags,
			 POSTERN_NETLINK_READS | POSTERN_NETLINK_NO_DUMP);
	assert_int_equal(rule_of(f, NETLINK_ROUTE, RTM_GETTCLASS, NULL)->flags,
			 POSTERN_NETLINK_READS);
	assert_int_equal(rule_of(f, NETLINK_ROUTE, RTM_GETADDR, NULL)->flags,
			 POSTERN_NETLINK_READS | POSTERN_NETLINK_NO_DUMP);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
