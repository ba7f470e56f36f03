/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the messages of NETLINK_NETFILTER are laid out. All have a header of 4 bytes (struct
 * nfgenmsg) whose first is a family.
 *
 * In nftables an object belongs to a table, which all but the table's own handle find by name.
 */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_acct.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_cthelper.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <linux/netlink.h>

#include "base/netlink.h"
#include "netlink_names.gen.h"

#define BIT(n) (UINT64_C(1) << (n))

/* linux/netfilter/ipset/ip_set.h wants types that only a program of its own brings. */
#define IPSET_DESTROY 3
#define IPSET_LIST    7
#define IPSET_SAVE    8
#define IPSET_DEL     10
#define IPSET_TEST    11
#define IPSET_BYINDEX 15

/* unusual: of the first 64 attributes. */
#define ROW_WITHOUT(subsystem, from, to, names_, unusual)                                          \
	.protocol = NETLINK_NETFILTER, .first = (subsystem) << 8 | (from),                         \
	.last = (subsystem) << 8 | (to), .header = 4, .attributes = netlink_##names_##_attributes, \
	.usual = {UINT64_MAX & ~(unusual), UINT64_MAX}

#define ROW(subsystem, from, to, names_) ROW_WITHOUT(subsystem, from, to, names_, UINT64_C(0))

#define NFT(from, to, names_) ROW(NFNL_SUBSYS_NFTABLES, from, to, nft_##names_)
#define TABLES		      .table_name = 1
#define TABLE_MESSAGE	      .table_name = NFTA_TABLE_NAME, .table_handles = BIT(NFTA_TABLE_HANDLE)
#define CHAIN_MESSAGE                                                                              \
	.table_name = NFTA_CHAIN_TABLE, .chain_name = NFTA_CHAIN_NAME,                             \
	.chain_handles = BIT(NFTA_CHAIN_HANDLE)
#define RULE_MESSAGE                                                                               \
	.table_name = NFTA_RULE_TABLE, .chain_name = NFTA_RULE_CHAIN,                              \
	.chain_handles = BIT(NFTA_RULE_CHAIN_ID)

_Static_assert(NFTA_SET_TABLE == 1 && NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1 &&
		       NFTA_FLOWTABLE_TABLE == 1,
	       "the table's name comes first");

/* Messages that Linux 6.1 has not. */
enum {
	GETRULE_RESET = 25,
	DESTROYTABLE,
	DESTROYCHAIN,
	DESTROYRULE,
	DESTROYSET,
	DESTROYSETELEM,
	DESTROYOBJ,
	DESTROYFLOWTABLE,
	GETSETELEM_RESET,
};

#define READS	NETLINK_LAYOUT_READS
#define DELETES NETLINK_LAYOUT_DELETES
#define NARROW	NETLINK_LAYOUT_DUMP_NARROW

const struct netlink_layout netlink_filter_layouts[] = {
	{ROW(NFNL_SUBSYS_NONE, NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, batch)},
	{NFT(NFT_MSG_NEWTABLE, NFT_MSG_NEWTABLE, table), TABLE_MESSAGE},
	{NFT(NFT_MSG_GETTABLE, NFT_MSG_GETTABLE, table), TABLE_MESSAGE, .flags = READS},
	{NFT(NFT_MSG_DELTABLE, NFT_MSG_DELTABLE, table), TABLE_MESSAGE, .flags = DELETES},
	{NFT(NFT_MSG_NEWCHAIN, NFT_MSG_NEWCHAIN, chain), CHAIN_MESSAGE},
	{NFT(NFT_MSG_GETCHAIN, NFT_MSG_GETCHAIN, chain), CHAIN_MESSAGE, .flags = READS},
	{NFT(NFT_MSG_DELCHAIN, NFT_MSG_DELCHAIN, chain), CHAIN_MESSAGE, .flags = DELETES},
	{NFT(NFT_MSG_NEWRULE, NFT_MSG_NEWRULE, rule), RULE_MESSAGE},
	{NFT(NFT_MSG_GETRULE, NFT_MSG_GETRULE, rule), RULE_MESSAGE, .flags = READS | NARROW},
	{NFT(NFT_MSG_DELRULE, NFT_MSG_DELRULE, rule), RULE_MESSAGE, .flags = DELETES},
	{NFT(NFT_MSG_NEWSET, NFT_MSG_NEWSET, set), TABLES},
	{NFT(NFT_MSG_GETSET, NFT_MSG_GETSET, set), TABLES, .flags = READS},
	{NFT(NFT_MSG_DELSET, NFT_MSG_DELSET, set), TABLES, .flags = DELETES},
	{NFT(NFT_MSG_NEWSETELEM, NFT_MSG_NEWSETELEM, element), TABLES},
	{NFT(NFT_MSG_GETSETELEM, NFT_MSG_GETSETELEM, element), TABLES, .flags = READS | NARROW},
	{NFT(NFT_MSG_DELSETELEM, NFT_MSG_DELSETELEM, element), TABLES, .flags = DELETES},
	{NFT(NFT_MSG_GETGEN, NFT_MSG_GETGEN, generation), .flags = READS},
	{NFT(NFT_MSG_NEWOBJ, NFT_MSG_NEWOBJ, object), TABLES},
	{NFT(NFT_MSG_GETOBJ, NFT_MSG_GETOBJ, object), TABLES, .flags = READS},
	{NFT(NFT_MSG_DELOBJ, NFT_MSG_DELOBJ, object), TABLES, .flags = DELETES},
	{NFT(NFT_MSG_GETOBJ_RESET, NFT_MSG_GETOBJ_RESET, object), TABLES, .flags = READS},
	{NFT(NFT_MSG_NEWFLOWTABLE, NFT_MSG_NEWFLOWTABLE, flowtable), TABLES},
	{NFT(NFT_MSG_GETFLOWTABLE, NFT_MSG_GETFLOWTABLE, flowtable), TABLES, .flags = READS},
	{NFT(NFT_MSG_DELFLOWTABLE, NFT_MSG_DELFLOWTABLE, flowtable), TABLES, .flags = DELETES},
	{NFT(GETRULE_RESET, GETRULE_RESET, rule), RULE_MESSAGE, .flags = READS},
	{NFT(DESTROYTABLE, DESTROYTABLE, table), TABLE_MESSAGE, .flags = DELETES},
	{NFT(DESTROYCHAIN, DESTROYCHAIN, chain), CHAIN_MESSAGE, .flags = DELETES},
	{NFT(DESTROYRULE, DESTROYRULE, rule), RULE_MESSAGE, .flags = DELETES},
	{NFT(DESTROYSET, DESTROYSET, set), TABLES, .flags = DELETES},
	{NFT(DESTROYSETELEM, DESTROYSETELEM, element), TABLES, .flags = DELETES},
	{NFT(DESTROYOBJ, DESTROYOBJ, object), TABLES, .flags = DELETES},
	{NFT(DESTROYFLOWTABLE, DESTROYFLOWTABLE, flowtable), TABLES, .flags = DELETES},
	{NFT(GETSETELEM_RESET, GETSETELEM_RESET, element), TABLES, .flags = READS},

	{ROW(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW, IPCTNL_MSG_CT_NEW, conntrack)},
	/* With CTA_FILTER, of which an empty one fits all, newer kernels delete all that fits, also
	 * where a tuple names one entry (ctnetlink_del_conntrack()). */
	{ROW_WITHOUT(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE, IPCTNL_MSG_CT_DELETE, conntrack,
		     BIT(CTA_FILTER)),
	 .flags = DELETES},
	{ROW(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET, IPCTNL_MSG_CT_GET_UNCONFIRMED, conntrack),
	 .flags = READS},
	{ROW(NFNL_SUBSYS_CTNETLINK_EXP, IPCTNL_MSG_EXP_NEW, IPCTNL_MSG_EXP_NEW, expect)},
	{ROW(NFNL_SUBSYS_CTNETLINK_EXP, IPCTNL_MSG_EXP_DELETE, IPCTNL_MSG_EXP_DELETE, expect),
	 .flags = DELETES},
	{ROW(NFNL_SUBSYS_CTNETLINK_EXP, IPCTNL_MSG_EXP_GET, IPCTNL_MSG_EXP_GET_STATS_CPU, expect),
	 .flags = READS},
	{ROW(NFNL_SUBSYS_IPSET, IPSET_DESTROY, IPSET_DESTROY, ipset), .flags = DELETES},
	{ROW(NFNL_SUBSYS_IPSET, IPSET_DEL, IPSET_DEL, ipset), .flags = DELETES},
	{ROW(NFNL_SUBSYS_IPSET, IPSET_LIST, IPSET_SAVE, ipset), .flags = READS},
	{ROW(NFNL_SUBSYS_IPSET, IPSET_TEST, IPSET_BYINDEX, ipset), .flags = READS},
	{ROW(NFNL_SUBSYS_IPSET, 0, UINT8_MAX, ipset)},
	{ROW(NFNL_SUBSYS_ULOG, 0, UINT8_MAX, log)},
	{ROW(NFNL_SUBSYS_QUEUE, 0, UINT8_MAX, queue)},
	{ROW(NFNL_SUBSYS_ACCT, NFNL_MSG_ACCT_GET, NFNL_MSG_ACCT_GET_CTRZERO, acct), .flags = READS},
	{ROW(NFNL_SUBSYS_ACCT, NFNL_MSG_ACCT_DEL, NFNL_MSG_ACCT_DEL, acct), .flags = DELETES},
	{ROW(NFNL_SUBSYS_ACCT, 0, UINT8_MAX, acct)},
	{ROW(NFNL_SUBSYS_CTNETLINK_TIMEOUT, IPCTNL_MSG_TIMEOUT_GET, IPCTNL_MSG_TIMEOUT_GET,
	     cttimeout),
	 .flags = READS},
	{ROW(NFNL_SUBSYS_CTNETLINK_TIMEOUT, IPCTNL_MSG_TIMEOUT_DELETE, IPCTNL_MSG_TIMEOUT_DELETE,
	     cttimeout),
	 .flags = DELETES},
	{ROW(NFNL_SUBSYS_CTNETLINK_TIMEOUT, 0, UINT8_MAX, cttimeout)},
	{ROW(NFNL_SUBSYS_CTHELPER, NFNL_MSG_CTHELPER_GET, NFNL_MSG_CTHELPER_GET, cthelper),
	 .flags = READS},
	{ROW(NFNL_SUBSYS_CTHELPER, NFNL_MSG_CTHELPER_DEL, NFNL_MSG_CTHELPER_DEL, cthelper),
	 .flags = DELETES},
	{ROW(NFNL_SUBSYS_CTHELPER, 0, UINT8_MAX, cthelper)},
	{ROW(NFNL_SUBSYS_OSF, 0, UINT8_MAX, osf)},
	{ROW(NFNL_SUBSYS_NFT_COMPAT, 0, UINT8_MAX, compat), .flags = READS},
	{ROW(NFNL_SUBSYS_HOOK, 0, UINT8_MAX, hook), .flags = READS},
	{},
};
