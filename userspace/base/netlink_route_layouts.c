/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the messages of NETLINK_ROUTE are laid out, and which of their attributes are harmless.
 *
 * What moves an interface to another network namespace, names one there, acts on a group of
 * interfaces, runs a program or carries attributes that are not looked at is never usual. A
 * message without a row is one that only the kernel sends.
 */
#include <linux/dcbnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_addrlabel.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/netlink.h"
#include "netlink_names.gen.h"

#define BIT(n) (UINT64_C(1) << (n))

/* Attributes that Linux 6.1 has not. */
#define GSO_IPV4_MAX_SIZE  63
#define GRO_IPV4_MAX_SIZE  64 /* the second word's first */
#define DUMP_STATE_MASK	   16 /* NDA_NDM_STATE_MASK */
#define DUMP_FLAGS_MASK	   17
#define TUNNEL_VNI_ENTRY   1
#define RTM_TUNNEL_NEW	   120
#define RTM_MULTICAST_GET  58
#define RULE_LATER	   (BIT(25) | BIT(26) | BIT(27) | BIT(28) | BIT(29) | BIT(30))
#define NEXTHOP_DUMP_LATER (BIT(14))

#define INET	 (BIT(AF_INET) | BIT(AF_INET6))
#define INET_GET (INET | BIT(AF_UNSPEC))

#define ROW(from, to, header_, names_)                                                             \
	.protocol = NETLINK_ROUTE, .first = (from), .last = (to), .header = (header_),             \
	.attributes = netlink_##names_##_attributes

#define LINK_CHANGE                                                                                \
	(BIT(IFLA_ADDRESS) | BIT(IFLA_BROADCAST) | BIT(IFLA_IFNAME) | BIT(IFLA_MTU) |              \
	 BIT(IFLA_TXQLEN) | BIT(IFLA_OPERSTATE) | BIT(IFLA_LINKMODE) | BIT(IFLA_LINKINFO) |        \
	 BIT(IFLA_IFALIAS) | BIT(IFLA_EXT_MASK) | BIT(IFLA_NUM_TX_QUEUES) |                        \
	 BIT(IFLA_NUM_RX_QUEUES) | BIT(IFLA_CARRIER) | BIT(IFLA_GSO_MAX_SEGS) |                    \
	 BIT(IFLA_GSO_MAX_SIZE) | BIT(IFLA_GRO_MAX_SIZE) | BIT(IFLA_TSO_MAX_SIZE) |                \
	 BIT(IFLA_TSO_MAX_SEGS) | BIT(GSO_IPV4_MAX_SIZE))

#define LINK_FOUND .index_at = 4, .names = {IFLA_IFNAME, IFLA_ALT_IFNAME}

/* A qdisc, class, filter or chain: one that is shared between interfaces (blocks) is not usual. */
#define TRAFFIC(from, to) ROW(from, to, 20, traffic), .index_at = 4, .families = BIT(AF_UNSPEC)
#define TRAFFIC_CHANGE                                                                             \
	(BIT(TCA_KIND) | BIT(TCA_OPTIONS) | BIT(TCA_RATE) | BIT(TCA_STAB) | BIT(TCA_CHAIN) |       \
	 BIT(TCA_HW_OFFLOAD))
#define TRAFFIC_READ                                                                               \
	(BIT(TCA_KIND) | BIT(TCA_CHAIN) | BIT(TCA_DUMP_INVISIBLE) | BIT(TCA_DUMP_FLAGS) |          \
	 BIT(TCA_OPTIONS))

#define ROUTE_CHANGE                                                                               \
	(BIT(RTA_DST) | BIT(RTA_SRC) | BIT(RTA_OIF) | BIT(RTA_GATEWAY) | BIT(RTA_PRIORITY) |       \
	 BIT(RTA_PREFSRC) | BIT(RTA_METRICS) | BIT(RTA_MULTIPATH) | BIT(RTA_FLOW) |                \
	 BIT(RTA_CACHEINFO) | BIT(RTA_TABLE) | BIT(RTA_PREF) | BIT(RTA_EXPIRES))
#define ROUTE_READ                                                                                 \
	(BIT(RTA_DST) | BIT(RTA_SRC) | BIT(RTA_IIF) | BIT(RTA_OIF) | BIT(RTA_TABLE) |              \
	 BIT(RTA_MARK) | BIT(RTA_UID) | BIT(RTA_IP_PROTO) | BIT(RTA_SPORT) | BIT(RTA_DPORT) |      \
	 BIT(RTA_PREFSRC) | BIT(RTA_PRIORITY) | BIT(RTA_GATEWAY) | BIT(RTA_METRICS))

#define RULE_CHANGE                                                                                \
	(BIT(FRA_DST) | BIT(FRA_SRC) | BIT(FRA_IIFNAME) | BIT(FRA_GOTO) | BIT(FRA_PRIORITY) |      \
	 BIT(FRA_FWMARK) | BIT(FRA_FLOW) | BIT(FRA_TUN_ID) | BIT(FRA_SUPPRESS_IFGROUP) |           \
	 BIT(FRA_SUPPRESS_PREFIXLEN) | BIT(FRA_TABLE) | BIT(FRA_FWMASK) | BIT(FRA_OIFNAME) |       \
	 BIT(FRA_UID_RANGE) | BIT(FRA_PROTOCOL) | BIT(FRA_IP_PROTO) | BIT(FRA_SPORT_RANGE) |       \
	 BIT(FRA_DPORT_RANGE) | RULE_LATER)

#define NEIGHBOUR_CHANGE                                                                           \
	(BIT(NDA_DST) | BIT(NDA_LLADDR) | BIT(NDA_CACHEINFO) | BIT(NDA_PROBES) |                   \
	 BIT(NDA_PROTOCOL) | BIT(NDA_FLAGS_EXT))

#define ADDRESS_CHANGE                                                                             \
	(BIT(IFA_ADDRESS) | BIT(IFA_LOCAL) | BIT(IFA_LABEL) | BIT(IFA_BROADCAST) |                 \
	 BIT(IFA_CACHEINFO) | BIT(IFA_MULTICAST) | BIT(IFA_ANYCAST) | BIT(IFA_FLAGS) |             \
	 BIT(IFA_RT_PRIORITY) | BIT(IFA_PROTO))

#define NEXTHOP_CHANGE                                                                             \
	(BIT(NHA_ID) | BIT(NHA_GROUP) | BIT(NHA_GROUP_TYPE) | BIT(NHA_BLACKHOLE) | BIT(NHA_OIF) |  \
	 BIT(NHA_GATEWAY) | BIT(NHA_FDB) | BIT(NHA_RES_GROUP))

_Static_assert(sizeof(struct ifinfomsg) == 16 && sizeof(struct ifaddrmsg) == 8 &&
		       sizeof(struct rtmsg) == 12 && sizeof(struct ndmsg) == 12 &&
		       sizeof(struct fib_rule_hdr) == 12 && sizeof(struct tcmsg) == 20 &&
		       sizeof(struct tcamsg) == 4 && sizeof(struct ndtmsg) == 4 &&
		       sizeof(struct ifaddrlblmsg) == 12 && sizeof(struct dcbmsg) == 4 &&
		       sizeof(struct br_port_msg) == 8 && sizeof(struct if_stats_msg) == 12 &&
		       sizeof(struct nhmsg) == 8 && sizeof(struct br_vlan_msg) == 8 &&
		       sizeof(struct tunnel_msg) == 8,
	       "the headers below");
_Static_assert(offsetof(struct ifinfomsg, ifi_index) == 4 &&
		       offsetof(struct ifaddrmsg, ifa_index) == 4 &&
		       offsetof(struct ndmsg, ndm_ifindex) == 4 &&
		       offsetof(struct tcmsg, tcm_ifindex) == 4 &&
		       offsetof(struct ifaddrlblmsg, ifal_index) == 4 &&
		       offsetof(struct br_port_msg, ifindex) == 4 &&
		       offsetof(struct if_stats_msg, ifindex) == 4 &&
		       offsetof(struct br_vlan_msg, ifindex) == 4 &&
		       offsetof(struct tunnel_msg, ifindex) == 4 &&
		       offsetof(struct rtmsg, rtm_table) == 4 &&
		       offsetof(struct fib_rule_hdr, table) == 4 &&
		       offsetof(struct fib_rule_hdr, action) == 7,
	       "where interfaces, tables and actions are");

#define READS	NETLINK_LAYOUT_READS
#define DELETES NETLINK_LAYOUT_DELETES
#define NARROW	NETLINK_LAYOUT_DUMP_NARROW

const struct netlink_layout netlink_route_layouts[] = {
	{ROW(RTM_NEWLINK, RTM_NEWLINK, 16, link), LINK_FOUND,
	 .flags = NETLINK_LAYOUT_NEW_INTERFACE | NETLINK_LAYOUT_LINK_KIND | NETLINK_LAYOUT_KINDS,
	 .kind = IFLA_LINKINFO, .master = IFLA_MASTER, .link = IFLA_LINK,
	 .usual = {LINK_CHANGE, BIT(GRO_IPV4_MAX_SIZE - 64)}, .families = BIT(AF_UNSPEC)},
	{ROW(RTM_DELLINK, RTM_DELLINK, 16, link), LINK_FOUND, .flags = DELETES,
	 .usual = {BIT(IFLA_IFNAME) | BIT(IFLA_EXT_MASK)}, .bridge = BIT(IFLA_AF_SPEC),
	 .families = BIT(AF_UNSPEC)},
	{ROW(RTM_GETLINK, RTM_GETLINK, 16, link), LINK_FOUND,
	 .flags = READS | NETLINK_LAYOUT_LINK_KIND, .kind = IFLA_LINKINFO,
	 .usual = {BIT(IFLA_IFNAME) | BIT(IFLA_ALT_IFNAME) | BIT(IFLA_EXT_MASK) | BIT(IFLA_MASTER) |
		   BIT(IFLA_LINKINFO)},
	 .families = BIT(AF_UNSPEC) | BIT(AF_PACKET)},
	/* A bridge's ports are set by RTM_SETLINK with its family, in IFLA_AF_SPEC. */
	{ROW(RTM_SETLINK, RTM_SETLINK, 16, link), LINK_FOUND, .flags = NETLINK_LAYOUT_LINK_KIND,
	 .kind = IFLA_LINKINFO, .master = IFLA_MASTER, .link = IFLA_LINK,
	 .usual = {LINK_CHANGE, BIT(GRO_IPV4_MAX_SIZE - 64)},
	 .bridge = BIT(IFLA_AF_SPEC) | BIT(IFLA_PROTINFO), .families = BIT(AF_UNSPEC)},

	{ROW(RTM_NEWADDR, RTM_NEWADDR, 8, address), .index_at = 4, .usual = {ADDRESS_CHANGE},
	 .families = INET},
	{ROW(RTM_DELADDR, RTM_DELADDR, 8, address), .index_at = 4, .flags = DELETES,
	 .usual = {ADDRESS_CHANGE}, .families = INET},
	{ROW(RTM_GETADDR, RTM_GETADDR, 8, address), .flags = READS, .usual = {ADDRESS_CHANGE},
	 .families = INET_GET},
	{ROW(RTM_MULTICAST_GET, RTM_MULTICAST_GET, 8, address), .flags = READS,
	 .usual = {ADDRESS_CHANGE}, .families = INET_GET},
	{ROW(RTM_GETANYCAST, RTM_GETANYCAST, 8, address), .flags = READS, .usual = {ADDRESS_CHANGE},
	 .families = INET_GET},

	/* A next hop's own attributes are held to the same rule. */
	{ROW(RTM_NEWROUTE, RTM_NEWROUTE, 12, route), .index = RTA_OIF, .next_hops = RTA_MULTIPATH,
	 .table_at = 4, .table_number = RTA_TABLE, .usual = {ROUTE_CHANGE}, .families = INET},
	{ROW(RTM_DELROUTE, RTM_DELROUTE, 12, route), .index = RTA_OIF, .next_hops = RTA_MULTIPATH,
	 .table_at = 4, .table_number = RTA_TABLE, .flags = DELETES, .usual = {ROUTE_CHANGE},
	 .families = INET},
	{ROW(RTM_GETROUTE, RTM_GETROUTE, 12, route), .flags = READS, .usual = {ROUTE_READ},
	 .families = INET_GET},

	{ROW(RTM_NEWNEIGH, RTM_NEWNEIGH, 12, neighbour), .index_at = 4, .usual = {NEIGHBOUR_CHANGE},
	 .bridge = BIT(NDA_VLAN) | BIT(NDA_PORT) | BIT(NDA_VNI) | BIT(NDA_SRC_VNI),
	 .families = INET},
	{ROW(RTM_DELNEIGH, RTM_DELNEIGH, 12, neighbour), .index_at = 4, .flags = DELETES,
	 .usual = {NEIGHBOUR_CHANGE},
	 .bridge = BIT(NDA_VLAN) | BIT(NDA_PORT) | BIT(NDA_VNI) | BIT(NDA_SRC_VNI),
	 .families = INET},
	{ROW(RTM_GETNEIGH, RTM_GETNEIGH, 12, neighbour), .index_at = 4, .flags = READS,
	 .usual = {NEIGHBOUR_CHANGE | BIT(NDA_IFINDEX) | BIT(NDA_MASTER) | BIT(NDA_VLAN) |
		   BIT(NDA_VNI) | BIT(DUMP_STATE_MASK) | BIT(DUMP_FLAGS_MASK)},
	 .families = INET_GET},

	/* A rule that drops, or jumps over others, names a table too, and does not look it up. */
	{ROW(RTM_NEWRULE, RTM_NEWRULE, 12, rule), .names = {FRA_IIFNAME, FRA_OIFNAME},
	 .flags = NETLINK_LAYOUT_NAME_REQUIRED, .table_at = 4, .table_number = FRA_TABLE,
	 .action_at = 7, .usual = {RULE_CHANGE}, .families = INET},
	{ROW(RTM_DELRULE, RTM_DELRULE, 12, rule), .names = {FRA_IIFNAME, FRA_OIFNAME},
	 .flags = DELETES | NETLINK_LAYOUT_NAME_REQUIRED, .table_at = 4, .table_number = FRA_TABLE,
	 .usual = {RULE_CHANGE}, .families = INET},
	{ROW(RTM_GETRULE, RTM_GETRULE, 12, rule), .flags = READS, .usual = {RULE_CHANGE},
	 .families = INET_GET},

	{TRAFFIC(RTM_NEWQDISC, RTM_NEWQDISC), .flags = NETLINK_LAYOUT_KINDS, .kind = TCA_KIND,
	 .usual = {TRAFFIC_CHANGE}},
	{TRAFFIC(RTM_DELQDISC, RTM_DELQDISC), .flags = DELETES | NETLINK_LAYOUT_KINDS,
	 .kind = TCA_KIND, .usual = {TRAFFIC_CHANGE}},
	{TRAFFIC(RTM_GETQDISC, RTM_GETQDISC), .flags = READS, .usual = {TRAFFIC_READ}},
	{TRAFFIC(RTM_NEWTCLASS, RTM_NEWTCLASS), .flags = NETLINK_LAYOUT_KINDS, .kind = TCA_KIND,
	 .usual = {TRAFFIC_CHANGE}},
	{TRAFFIC(RTM_DELTCLASS, RTM_DELTCLASS), .flags = DELETES | NETLINK_LAYOUT_KINDS,
	 .kind = TCA_KIND, .usual = {TRAFFIC_CHANGE}},
	{TRAFFIC(RTM_GETTCLASS, RTM_GETTCLASS), .flags = READS | NARROW, .usual = {TRAFFIC_READ}},
	{TRAFFIC(RTM_NEWTFILTER, RTM_NEWTFILTER), .flags = NETLINK_LAYOUT_KINDS, .kind = TCA_KIND,
	 .usual = {TRAFFIC_CHANGE}},
	{TRAFFIC(RTM_DELTFILTER, RTM_DELTFILTER), .flags = DELETES | NETLINK_LAYOUT_KINDS,
	 .kind = TCA_KIND, .usual = {TRAFFIC_CHANGE}},
	{TRAFFIC(RTM_GETTFILTER, RTM_GETTFILTER), .flags = READS | NARROW, .usual = {TRAFFIC_READ}},
	{ROW(RTM_NEWACTION, RTM_NEWACTION, 4, action), .usual = {BIT(TCA_ROOT_TAB)},
	 .families = BIT(AF_UNSPEC)},
	{ROW(RTM_DELACTION, RTM_DELACTION, 4, action), .flags = DELETES,
	 .usual = {BIT(TCA_ROOT_TAB)}, .families = BIT(AF_UNSPEC)},
	{ROW(RTM_GETACTION, RTM_GETACTION, 4, action), .flags = READS,
	 .usual = {BIT(TCA_ROOT_TAB) | BIT(TCA_ROOT_FLAGS) | BIT(TCA_ROOT_TIME_DELTA)},
	 .families = BIT(AF_UNSPEC)},
	{TRAFFIC(RTM_NEWCHAIN, RTM_NEWCHAIN), .flags = NETLINK_LAYOUT_KINDS, .kind = TCA_KIND,
	 .usual = {TRAFFIC_CHANGE}},
	{TRAFFIC(RTM_DELCHAIN, RTM_DELCHAIN), .flags = DELETES | NETLINK_LAYOUT_KINDS,
	 .kind = TCA_KIND, .usual = {TRAFFIC_CHANGE}},
	{TRAFFIC(RTM_GETCHAIN, RTM_GETCHAIN), .flags = READS | NARROW, .usual = {TRAFFIC_READ}},

	/* Of which interface NDTA_PARMS is, stands inside it. */
	{ROW(RTM_GETNEIGHTBL, RTM_GETNEIGHTBL, 4, neighbour_table), .flags = READS,
	 .families = INET_GET},
	{ROW(RTM_SETNEIGHTBL, RTM_SETNEIGHTBL, 4, neighbour_table),
	 .usual = {BIT(NDTA_NAME) | BIT(NDTA_THRESH1) | BIT(NDTA_THRESH2) | BIT(NDTA_THRESH3) |
		   BIT(NDTA_PARMS) | BIT(NDTA_GC_INTERVAL)},
	 .families = INET_GET},
	{ROW(RTM_NEWADDRLABEL, RTM_NEWADDRLABEL, 12, address_label), .index_at = 4,
	 .usual = {BIT(IFAL_ADDRESS) | BIT(IFAL_LABEL)}, .families = BIT(AF_INET6)},
	{ROW(RTM_DELADDRLABEL, RTM_DELADDRLABEL, 12, address_label), .index_at = 4,
	 .flags = DELETES, .usual = {BIT(IFAL_ADDRESS) | BIT(IFAL_LABEL)},
	 .families = BIT(AF_INET6)},
	{ROW(RTM_GETADDRLABEL, RTM_GETADDRLABEL, 12, address_label), .flags = READS,
	 .usual = {BIT(IFAL_ADDRESS)}, .families = BIT(AF_INET6) | BIT(AF_UNSPEC)},
	/* What is asked for, or set, is a byte of the header. */
	{ROW(RTM_GETDCB, RTM_GETDCB, 4, dcb), .flags = READS | NETLINK_LAYOUT_NAME_REQUIRED,
	 .names = {DCB_ATTR_IFNAME}, .usual = {UINT64_MAX}, .families = BIT(AF_UNSPEC)},
	{ROW(RTM_SETDCB, RTM_SETDCB, 4, dcb), .flags = NETLINK_LAYOUT_NAME_REQUIRED,
	 .names = {DCB_ATTR_IFNAME}, .usual = {UINT64_MAX}, .families = BIT(AF_UNSPEC)},
	{ROW(RTM_GETNETCONF, RTM_GETNETCONF, 4, netconf), .flags = READS, .index = NETCONFA_IFINDEX,
	 .usual = {BIT(NETCONFA_IFINDEX)}, .families = INET_GET},

	/* MDBA_SET_ENTRY holds the bridge's port. */
	{ROW(RTM_NEWMDB, RTM_NEWMDB, 8, mdb_set), .index_at = 4,
	 .usual = {BIT(MDBA_SET_ENTRY) | BIT(MDBA_SET_ENTRY_ATTRS)}, .families = BIT(AF_BRIDGE)},
	{ROW(RTM_DELMDB, RTM_DELMDB, 8, mdb_set), .index_at = 4, .flags = DELETES,
	 .usual = {BIT(MDBA_SET_ENTRY) | BIT(MDBA_SET_ENTRY_ATTRS)}, .families = BIT(AF_BRIDGE)},
	{ROW(RTM_GETMDB, RTM_GETMDB, 8, mdb_get), .index_at = 4, .flags = READS,
	 .usual = {BIT(1) | BIT(2)}, .families = BIT(AF_BRIDGE)},
	/* The namespaces that numbers stand for are found by process or descriptor. */
	{ROW(RTM_NEWNSID, RTM_NEWNSID, 4, namespace), .usual = {BIT(NETNSA_NSID)},
	 .families = BIT(AF_UNSPEC)},
	{ROW(RTM_GETNSID, RTM_GETNSID, 4, namespace), .flags = READS, .usual = {BIT(NETNSA_NSID)},
	 .families = BIT(AF_UNSPEC)},
	{ROW(RTM_GETSTATS, RTM_GETSTATS, 12, stats), .index_at = 4, .flags = READS,
	 .usual = {UINT64_MAX}, .families = BIT(AF_UNSPEC)},
	{ROW(RTM_SETSTATS, RTM_SETSTATS, 12, stats), .index_at = 4, .usual = {UINT64_MAX},
	 .families = BIT(AF_UNSPEC)},
	{ROW(RTM_NEWNEXTHOP, RTM_NEWNEXTHOP, 8, nexthop), .index = NHA_OIF,
	 .usual = {NEXTHOP_CHANGE}, .families = INET_GET},
	{ROW(RTM_DELNEXTHOP, RTM_DELNEXTHOP, 8, nexthop), .flags = DELETES, .usual = {BIT(NHA_ID)},
	 .families = INET_GET},
	{ROW(RTM_GETNEXTHOP, RTM_GETNEXTHOP, 8, nexthop), .flags = READS,
	 .usual = {BIT(NHA_ID) | BIT(NHA_OIF) | BIT(NHA_GROUPS) | BIT(NHA_MASTER) | BIT(NHA_FDB) |
		   NEXTHOP_DUMP_LATER},
	 .families = INET_GET},
	{ROW(RTM_GETNEXTHOPBUCKET, RTM_GETNEXTHOPBUCKET, 8, nexthop), .flags = READS,
	 .usual = {BIT(NHA_ID) | BIT(NHA_OIF) | BIT(NHA_MASTER) | BIT(NHA_RES_BUCKET)},
	 .families = INET_GET},
	{ROW(RTM_NEWLINKPROP, RTM_NEWLINKPROP, 16, link), LINK_FOUND,
	 .usual = {BIT(IFLA_PROP_LIST) | BIT(IFLA_IFNAME) | BIT(IFLA_EXT_MASK)},
	 .families = BIT(AF_UNSPEC)},
	{ROW(RTM_DELLINKPROP, RTM_DELLINKPROP, 16, link), LINK_FOUND, .flags = DELETES,
	 .usual = {BIT(IFLA_PROP_LIST) | BIT(IFLA_IFNAME) | BIT(IFLA_EXT_MASK)},
	 .families = BIT(AF_UNSPEC)},
	{ROW(RTM_NEWVLAN, RTM_NEWVLAN, 8, vlan), .index_at = 4,
	 .usual = {BIT(BRIDGE_VLANDB_ENTRY) | BIT(BRIDGE_VLANDB_GLOBAL_OPTIONS)},
	 .families = BIT(AF_BRIDGE)},
	{ROW(RTM_DELVLAN, RTM_DELVLAN, 8, vlan), .index_at = 4, .flags = DELETES,
	 .usual = {BIT(BRIDGE_VLANDB_ENTRY) | BIT(BRIDGE_VLANDB_GLOBAL_OPTIONS)},
	 .families = BIT(AF_BRIDGE)},
	{ROW(RTM_GETVLAN, RTM_GETVLAN, 8, vlan_get), .index_at = 4, .flags = READS | NARROW,
	 .usual = {BIT(BRIDGE_VLANDB_DUMP_FLAGS)}, .families = BIT(AF_BRIDGE)},
	{ROW(RTM_TUNNEL_NEW, RTM_TUNNEL_NEW, 8, tunnel), .index_at = 4,
	 .usual = {BIT(TUNNEL_VNI_ENTRY)}, .families = BIT(AF_BRIDGE)},
	{ROW(RTM_TUNNEL_NEW + 1, RTM_TUNNEL_NEW + 1, 8, tunnel), .index_at = 4, .flags = DELETES,
	 .usual = {BIT(TUNNEL_VNI_ENTRY)}, .families = BIT(AF_BRIDGE)},
	{ROW(RTM_TUNNEL_NEW + 2, RTM_TUNNEL_NEW + 2, 8, tunnel), .index_at = 4,
	 .flags = READS | NARROW, .usual = {BIT(TUNNEL_VNI_ENTRY)}, .families = BIT(AF_BRIDGE)},
	{},
};
