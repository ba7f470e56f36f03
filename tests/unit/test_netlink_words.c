/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refused netlink messages in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/util.h"
#include "lib/netlink_words.h"
#include "lib/words.h"

static void test_names(void **state)
{
	static const struct {
		uint16_t protocol, type;
		const char *family;
		uint32_t command;
		const char *text;
	} cases[] = {
		{NETLINK_ROUTE, RTM_NEWLINK, NULL, 0, "route RTM_NEWLINK"},
		{NETLINK_ROUTE, RTM_NEWLINK, "", 2, "route RTM_NEWLINK"},
		{NETLINK_ROUTE, 120, NULL, 0, "route RTM_NEWTUNNEL"},
		{NETLINK_ROUTE, 999, NULL, 0, "route type 999"},
		{NETLINK_NETFILTER, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, NULL, 0,
		 "netfilter nftables NFT_MSG_NEWRULE"},
		{NETLINK_NETFILTER, NFNL_SUBSYS_NFTABLES << 8 | 200, NULL, 0,
		 "netfilter nftables type 200"},
		{NETLINK_NETFILTER, NFNL_MSG_BATCH_BEGIN, NULL, 0,
		 "netfilter NFNL_MSG_BATCH_BEGIN"},
		{NETLINK_NETFILTER, 200 << 8, NULL, 0, "netfilter type 51200"},
		{NETLINK_GENERIC, 30, "nl80211", NL80211_CMD_SET_WIPHY,
		 "generic nl80211 NL80211_CMD_SET_WIPHY"},
		{NETLINK_GENERIC, 30, "own", 7, "generic own command 7"},
		{NETLINK_GENERIC, 30, "a\nb", 7, "generic a b command 7"},
		{NETLINK_GENERIC, 30, NULL, 7, "generic family 30"},
		{NETLINK_KOBJECT_UEVENT, 1, NULL, 0, "kobject_uevent type 1"},
		{300, 5, NULL, 0, "protocol 300 type 5"},
	};
	char to[MESSAGE_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(message_name(cases[i].protocol, cases[i].type, cases[i].family,
						 cases[i].command, to),
				    cases[i].text);
}

static void test_objects(void **state)
{
	struct postern_message m = {.protocol = NETLINK_ROUTE,
				    .type = RTM_NEWLINK,
				    .fault = POSTERN_MESSAGE_INTERFACE,
				    .index = 7,
				    .name = "eth0"};
	char to[MESSAGE_TEXT_MAX];

	(void)state;
	assert_string_equal(message_object(&m, to), "route RTM_NEWLINK of interface \"eth0\"");
	assert_string_equal(message_fault(&m, to), "its rule does not name that interface");
	m.attribute = IFLA_MASTER;
	assert_string_equal(message_fault(&m, to),
			    "its rule does not name that interface as IFLA_MASTER");
	m.attribute = IFLA_MTU; /* says nothing about whose index it is */
	assert_string_equal(message_fault(&m, to), "its rule does not name that interface");
	m.name[0] = '\0';
	assert_string_equal(message_object(&m, to), "route RTM_NEWLINK of interface 7");
	m.fault = POSTERN_MESSAGE_DUMP;
	assert_string_equal(message_object(&m, to), "route RTM_NEWLINK");
	/* What comes from the message cannot drive a terminal, nor be read past its end. */
	m.fault = POSTERN_MESSAGE_INTERFACE;
	memset(m.name, '\033', sizeof(m.name));
	assert_null(strchr(message_object(&m, to), '\033'));
	assert_int_equal(strlen(to),
			 strlen("route RTM_NEWLINK of interface \"\"") + sizeof(m.name));
}

static void test_faults(void **state)
{
	static const struct {
		uint16_t fault, attribute;
		uint32_t number; /* command, or index */
		const char *name, *text;
	} cases[] = {
		{POSTERN_MESSAGE_NOT_GRANTED, 0, 0, "", "no rule grants it"},
		{POSTERN_MESSAGE_ATTRIBUTE, IFLA_XDP, 0, "", "IFLA_XDP may not be there"},
		{POSTERN_MESSAGE_ATTRIBUTE, 121, 0, "", "attribute 121 may not be there"},
		{POSTERN_MESSAGE_MISSING, IFLA_IFNAME, 0, "", "IFLA_IFNAME has to be there"},
		{POSTERN_MESSAGE_FAMILY, 0, 7, "", "its address family bridge is not granted"},
		{POSTERN_MESSAGE_FAMILY, 0, 99, "", "its address family 99 is not granted"},
		{POSTERN_MESSAGE_NAME, IFLA_LINKINFO, 0, "dummy",
		 "its rule does not name kind \"dummy\""},
		{POSTERN_MESSAGE_NAME, IFLA_IFNAME, 0, "eth0",
		 "its rule does not name interface \"eth0\""},
		{POSTERN_MESSAGE_NUMBER, 0, 255, "", "its rule does not name 255"},
		{POSTERN_MESSAGE_INTERFACE, 0, 7, "", "there is no such interface"},
		{POSTERN_MESSAGE_INTERFACE, 0, 0, "", "it names no interface by its index"},
		{POSTERN_MESSAGE_FAULTS, 0, 0, "", "for a reason that this version does not know"},
	};
	char to[MESSAGE_TEXT_MAX];
	struct postern_message m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		m = (struct postern_message){.protocol = NETLINK_ROUTE,
					     .type = RTM_NEWLINK,
					     .fault = cases[i].fault,
					     .attribute = cases[i].attribute,
					     .command = cases[i].number,
					     .index = cases[i].number};

		memcpy(m.name, cases[i].name, strlen(cases[i].name));
		assert_string_equal(message_fault(&m, to), cases[i].text);
	}
	m = (struct postern_message){.protocol = NETLINK_ROUTE,
				     .type = RTM_NEWROUTE,
				     .fault = POSTERN_MESSAGE_NUMBER,
				     .index = 255};
	assert_string_equal(message_fault(&m, to), "its rule does not name table 255");
	for (uint16_t fault = 0; fault < POSTERN_MESSAGE_FAULTS; fault++)
		assert_string_not_equal(message_fault_word(fault), "unknown");
	assert_string_equal(message_fault_word(POSTERN_MESSAGE_FAULTS), "unknown");
}

static void test_groups_and_rights(void **state)
{
	char to[MESSAGE_NAME_MAX], rights[WORDS_RIGHTS_MAX];

	(void)state;
	assert_string_equal(netlink_group(NETLINK_ROUTE, RTNLGRP_LINK, to), "RTNLGRP_LINK");
	assert_string_equal(netlink_group(NETLINK_ROUTE, 127, to), "group 127");
	assert_string_equal(netlink_group(NETLINK_GENERIC, 4, to), "group 4");
	rights_text(POSTERN_OP_NETLINK, NETLINK_ROUTE << 16 | RTM_SETLINK, rights);
	assert_string_equal(rights, "route RTM_SETLINK");
	rights_text(POSTERN_OP_NETLINK, NETLINK_XFRM << 16 | 16, rights);
	assert_string_equal(rights, "xfrm XFRM_MSG_NEWSA");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_groups_and_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
