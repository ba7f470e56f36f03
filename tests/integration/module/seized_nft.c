/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a module of contexts/nft could try. */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "tests/integration/module/seized.h"

static void begin(struct message *m, uint16_t subsystem, uint16_t type, uint8_t family,
		  uint16_t flags)
{
	const struct nfgenmsg header = {.nfgen_family = family,
					.res_id = subsystem ? 0 : htons(NFNL_SUBSYS_NFTABLES)};

	message_begin(m, (uint16_t)(subsystem << 8 | type), NLM_F_REQUEST | flags, &header,
		      sizeof(header));
}

static void nft(struct message *m, uint16_t type, uint8_t family, const char *table,
		const char *chain)
{
	begin(m, NFNL_SUBSYS_NFTABLES, type, family, NLM_F_CREATE);
	/* The table's name comes first in all objects, and a rule's chain behind it. */
	if (table)
		message_add_text(m, NFTA_RULE_TABLE, table);
	if (chain && type == NFT_MSG_NEWCHAIN)
		message_add_text(m, NFTA_CHAIN_NAME, chain);
	else if (chain)
		message_add_text(m, NFTA_RULE_CHAIN, chain);
}

static void bound(struct message *m, uint16_t type)
{
	begin(m, NFNL_SUBSYS_NONE, type, AF_UNSPEC, 0);
}

static void batch(struct message *m, uint16_t type, uint8_t family, const char *table,
		  const char *chain)
{
	bound(m, NFNL_MSG_BATCH_BEGIN);
	nft(m, type, family, table, chain);
	bound(m, NFNL_MSG_BATCH_END);
}

static void other_table(struct message *m)
{
	batch(m, NFT_MSG_NEWTABLE, NFPROTO_INET, "mine", NULL);
}

static void other_family(struct message *m)
{
	batch(m, NFT_MSG_NEWTABLE, NFPROTO_IPV4, "postern", NULL);
}

static void remove_table(struct message *m)
{
	batch(m, NFT_MSG_DELTABLE, NFPROTO_INET, "other", NULL);
}

static void remove_all(struct message *m)
{
	batch(m, NFT_MSG_DELTABLE, NFPROTO_UNSPEC, NULL, NULL);
}

static void other_chain(struct message *m)
{
	batch(m, NFT_MSG_NEWCHAIN, NFPROTO_INET, "postern", "output");
}

static void other_rules(struct message *m)
{
	batch(m, NFT_MSG_DELRULE, NFPROTO_INET, "other", NULL);
}

static void no_chain(struct message *m)
{
	batch(m, NFT_MSG_DELRULE, NFPROTO_INET, "postern", NULL);
}

/* The first of them is granted. */
static void second(struct message *m)
{
	bound(m, NFNL_MSG_BATCH_BEGIN);
	nft(m, NFT_MSG_NEWTABLE, NFPROTO_INET, "postern", NULL);
	nft(m, NFT_MSG_NEWTABLE, NFPROTO_INET, "mine", NULL);
	bound(m, NFNL_MSG_BATCH_END);
}

static void set(struct message *m)
{
	batch(m, NFT_MSG_NEWSET, NFPROTO_INET, "postern", NULL);
}

static void list_all(struct message *m)
{
	begin(m, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, NFPROTO_INET, NLM_F_DUMP);
}

static void list_other(struct message *m)
{
	list_all(m);
	message_add_text(m, NFTA_RULE_TABLE, "other");
}

static void entries(struct message *m)
{
	begin(m, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE, AF_INET, NLM_F_ACK);
}

static int misuse(struct postern_invocation *call)
{
	static const struct seized_attempt attempts[] = {
		{"other_table", NETLINK_NETFILTER, other_table},
		{"other_family", NETLINK_NETFILTER, other_family},
		{"remove_table", NETLINK_NETFILTER, remove_table},
		{"remove_all", NETLINK_NETFILTER, remove_all},
		{"other_chain", NETLINK_NETFILTER, other_chain},
		{"other_rules", NETLINK_NETFILTER, other_rules},
		{"no_chain", NETLINK_NETFILTER, no_chain},
		{"second", NETLINK_NETFILTER, second},
		{"set", NETLINK_NETFILTER, set},
		{"list_all", NETLINK_NETFILTER, list_all},
		{"list_other", NETLINK_NETFILTER, list_other},
		{"entries", NETLINK_NETFILTER, entries},
	};

	return seized_try(call, attempts, sizeof(attempts) / sizeof(attempts[0]));
}

POSTERN_MODULE({"replace", misuse}, {"list", misuse});
