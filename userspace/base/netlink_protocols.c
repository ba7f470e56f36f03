/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink's protocols, and what messages each has by name. */
/* Before linux/netfilter.h, which then leaves out what it defines. */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <rdma/rdma_netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/netlink.h"
#include "netlink_names.gen.h"

const struct netlink_protocol netlink_protocols[] = {
	{.word = "route", .number = NETLINK_ROUTE, .groups = netlink_route_groups},
	{.word = "generic", .number = NETLINK_GENERIC, .parts = true},
	{.word = "netfilter",
	 .number = NETLINK_NETFILTER,
	 .parts = true,
	 .groups = netlink_netfilter_groups},
	{.word = "xfrm", .number = NETLINK_XFRM, .groups = netlink_xfrm_groups},
	{.word = "audit", .number = NETLINK_AUDIT, .groups = netlink_audit_groups},
	{.word = "sock_diag", .number = NETLINK_SOCK_DIAG, .groups = netlink_sock_diag_groups},
	{.word = "crypto", .number = NETLINK_CRYPTO},
	{.word = "rdma", .number = NETLINK_RDMA, .groups = netlink_rdma_groups},
	{.word = "kobject_uevent",
	 .number = NETLINK_KOBJECT_UEVENT,
	 .groups = netlink_kobject_uevent_groups},
	{.word = "connector", .number = NETLINK_CONNECTOR, .groups = netlink_connector_groups},
	{.word = "selinux", .number = NETLINK_SELINUX, .groups = netlink_selinux_groups},
	{.word = "fib_lookup", .number = NETLINK_FIB_LOOKUP},
	{.word = "iscsi", .number = NETLINK_ISCSI},
	{.word = "scsitransport", .number = NETLINK_SCSITRANSPORT},
	{.word = "usersock", .number = NETLINK_USERSOCK},
	{.word = "firewall", .number = NETLINK_FIREWALL},
	{.word = "nflog", .number = NETLINK_NFLOG},
	{.word = "ip6_fw", .number = NETLINK_IP6_FW},
	{.word = "dnrtmsg", .number = NETLINK_DNRTMSG},
	{.word = "ecryptfs", .number = NETLINK_ECRYPTFS},
	{.word = "smc", .number = NETLINK_SMC},
	{},
};

static const struct netlink_name route_families[] = {
	{"unspec", AF_UNSPEC}, {"inet", AF_INET},     {"inet6", AF_INET6},
	{"bridge", AF_BRIDGE}, {"packet", AF_PACKET}, {"mpls", AF_MPLS},
	{"phonet", AF_PHONET}, {"can", AF_CAN},	      {},
};

/* As nft writes them. */
static const struct netlink_name nft_families[] = {
	{"unspec", NFPROTO_UNSPEC}, {"inet", NFPROTO_INET},
	{"ip", NFPROTO_IPV4},	    {"ip6", NFPROTO_IPV6},
	{"arp", NFPROTO_ARP},	    {"netdev", NFPROTO_NETDEV},
	{"bridge", NFPROTO_BRIDGE}, {},
};

static const struct netlink_name filter_families[] = {
	{"unspec", NFPROTO_UNSPEC},
	{"inet", NFPROTO_IPV4},
	{"inet6", NFPROTO_IPV6},
	{"bridge", NFPROTO_BRIDGE},
	{},
};

static const struct netlink_name diag_families[] = {
	{"unix", AF_UNIX},     {"inet", AF_INET},
	{"inet6", AF_INET6},   {"netlink", AF_NETLINK},
	{"packet", AF_PACKET}, {"tipc", AF_TIPC},
	{"vsock", AF_VSOCK},   {"smc", AF_SMC},
	{"xdp", AF_XDP},       {},
};

#define PLAIN(word_, number_, names_)                                                              \
	{                                                                                          \
		.word = (word_), .protocol = (number_), .numbers = UINT16_MAX, .names = (names_)   \
	}

#define GENERIC(word_, names_)                                                                     \
	{                                                                                          \
		.word = (word_), .protocol = NETLINK_GENERIC, .numbers = UINT8_MAX,                \
		.names = (names_)                                                                  \
	}

#define FILTER(word_, subsystem_, part_, families_)                                                \
	{                                                                                          \
		.word = (word_), .protocol = NETLINK_NETFILTER, .base = (subsystem_) << 8,         \
		.numbers = UINT8_MAX, .names = netlink_##part_##_messages,                         \
		.attributes = netlink_##part_##_attributes, .families = (families_)                \
	}

/* nftables has no attributes of its own: each object has others. */
#define netlink_nftables_attributes NULL

const struct netlink_messages netlink_messages[] = {
	{.word = "route",
	 .protocol = NETLINK_ROUTE,
	 .numbers = UINT16_MAX,
	 .names = netlink_route_messages,
	 .families = route_families},
	PLAIN("xfrm", NETLINK_XFRM, netlink_xfrm_messages),
	PLAIN("audit", NETLINK_AUDIT, netlink_audit_messages),
	{.word = "sock_diag",
	 .protocol = NETLINK_SOCK_DIAG,
	 .numbers = UINT16_MAX,
	 .names = netlink_sock_diag_messages,
	 .families = diag_families},
	PLAIN("crypto", NETLINK_CRYPTO, netlink_crypto_messages),
	{.word = "rdma",
	 .protocol = NETLINK_RDMA,
	 .base = RDMA_NL_NLDEV << 10,
	 .numbers = 1023,
	 .names = netlink_rdma_messages},
	FILTER("nftables", NFNL_SUBSYS_NFTABLES, nftables, nft_families),
	FILTER("conntrack", NFNL_SUBSYS_CTNETLINK, conntrack, filter_families),
	FILTER("conntrack_expect", NFNL_SUBSYS_CTNETLINK_EXP, expect, filter_families),
	FILTER("ipset", NFNL_SUBSYS_IPSET, ipset, filter_families),
	FILTER("log", NFNL_SUBSYS_ULOG, log, filter_families),
	FILTER("queue", NFNL_SUBSYS_QUEUE, queue, filter_families),
	FILTER("acct", NFNL_SUBSYS_ACCT, acct, filter_families),
	FILTER("cttimeout", NFNL_SUBSYS_CTNETLINK_TIMEOUT, cttimeout, filter_families),
	FILTER("cthelper", NFNL_SUBSYS_CTHELPER, cthelper, filter_families),
	FILTER("osf", NFNL_SUBSYS_OSF, osf, filter_families),
	FILTER("compat", NFNL_SUBSYS_NFT_COMPAT, compat, nft_families),
	FILTER("hook", NFNL_SUBSYS_HOOK, hook, nft_families),
	{.word = "batch",
	 .protocol = NETLINK_NETFILTER,
	 .numbers = UINT8_MAX,
	 .names = netlink_batch_messages,
	 .attributes = netlink_batch_attributes,
	 .implied = true},
	GENERIC("nlctrl", netlink_nlctrl_commands),
	GENERIC("nl80211", netlink_nl80211_commands),
	GENERIC("devlink", netlink_devlink_commands),
	GENERIC("ethtool", netlink_ethtool_commands),
	GENERIC("l2tp", netlink_l2tp_commands),
	GENERIC("wireguard", netlink_wireguard_commands),
	GENERIC("mptcp_pm", netlink_mptcp_commands),
	GENERIC("macsec", netlink_macsec_commands),
	GENERIC("TASKSTATS", netlink_taskstats_commands),
	GENERIC("team", netlink_team_commands),
	GENERIC("gtp", netlink_gtp_commands),
	GENERIC("ila", netlink_ila_commands),
	GENERIC("SEG6", netlink_seg6_commands),
	GENERIC("IOAM6", netlink_ioam6_commands),
	GENERIC("nbd", netlink_nbd_commands),
	GENERIC("thermal", netlink_thermal_commands),
	GENERIC("batadv", netlink_batadv_commands),
	GENERIC("TIPCv2", netlink_tipc_commands),
	GENERIC("tcp_metrics", netlink_tcp_metrics_commands),
	GENERIC("psample", netlink_psample_commands),
	GENERIC("ovs_datapath", netlink_ovs_datapath_commands),
	GENERIC("ovs_packet", netlink_ovs_packet_commands),
	GENERIC("ovs_vport", netlink_ovs_vport_commands),
	GENERIC("ovs_flow", netlink_ovs_flow_commands),
	GENERIC("ovs_meter", netlink_ovs_meter_commands),
	GENERIC("ovs_ct_limit", netlink_ovs_ct_limit_commands),
	GENERIC("fou", netlink_fou_commands),
	GENERIC("IPVS", netlink_ipvs_commands),
	GENERIC("HSR", netlink_hsr_commands),
	GENERIC("nfc", netlink_nfc_commands),
	GENERIC("vdpa", netlink_vdpa_commands),
	GENERIC("MAC80211_HWSIM", netlink_hwsim_commands),
	GENERIC("netdev", netlink_netdev_commands),
	{},
};

const struct netlink_protocol *netlink_protocol(const char *word)
{
	for (const struct netlink_protocol *p = netlink_protocols; p->word; p++)
		if (strcmp(p->word, word) == 0)
			return p;
	return NULL;
}

const struct netlink_protocol *netlink_protocol_of(uint16_t number)
{
	for (const struct netlink_protocol *p = netlink_protocols; p->word; p++)
		if (p->number == number)
			return p;
	return NULL;
}

const struct netlink_messages *netlink_messages_find(uint16_t protocol, const char *part)
{
	for (const struct netlink_messages *m = netlink_messages; m->word; m++)
		if (m->protocol == protocol && (!part || strcmp(m->word, part) == 0))
			return m;
	return NULL;
}

const struct netlink_messages *netlink_messages_of(uint16_t protocol, uint16_t type,
						   const char *family)
{
	if (protocol == NETLINK_GENERIC)
		return family ? netlink_messages_find(protocol, family) : NULL;
	for (const struct netlink_messages *m = netlink_messages; m->word; m++)
		if (m->protocol == protocol && type >= m->base && type - m->base <= (int)m->numbers)
			return m;
	return NULL;
}

const struct netlink_layout *netlink_layout(uint16_t protocol, uint16_t type)
{
	const struct netlink_layout *l = NULL;

	if (protocol == NETLINK_ROUTE)
		l = netlink_route_layouts;
	else if (protocol == NETLINK_NETFILTER)
		l = netlink_filter_layouts;
	for (; l && l->header; l++)
		if (type >= l->first && type <= l->last)
			return l;
	return NULL;
}

const struct netlink_name *netlink_attributes(uint16_t protocol, uint16_t type, const char *family)
{
	const struct netlink_layout *layout = netlink_layout(protocol, type);
	const struct netlink_messages *m = netlink_messages_of(protocol, type, family);

	if (layout)
		return layout->attributes;
	return m ? m->attributes : NULL;
}
