/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Socket families, types and protocols; options and ioctls are in files of their own. */
#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/socket_names.h"
#include "base/util.h"

/* Of later headers than glibc's. */
#define PROTOCOL_MPTCP 262

#define STREAM	  SOCKET_TYPE(SOCK_STREAM)
#define DGRAM	  SOCKET_TYPE(SOCK_DGRAM)
#define RAW	  SOCKET_TYPE(SOCK_RAW)
#define SEQPACKET SOCKET_TYPE(SOCK_SEQPACKET)

const struct socket_family socket_families[] = {
	{"inet", AF_INET, STREAM | DGRAM | RAW},
	{"inet6", AF_INET6, STREAM | DGRAM | RAW},
	{"packet", AF_PACKET, DGRAM | RAW},
	{"vsock", AF_VSOCK, STREAM | DGRAM | SEQPACKET},
	{"alg", AF_ALG, SEQPACKET},
	{"xdp", AF_XDP, RAW},
	{"key", AF_KEY, RAW},
	{"can", AF_CAN, DGRAM | RAW},
	{"tipc", AF_TIPC, STREAM | DGRAM | SEQPACKET | SOCKET_TYPE(SOCK_RDM)},
	{"bluetooth", AF_BLUETOOTH, STREAM | DGRAM | RAW | SEQPACKET},
	{"qipcrtr", AF_QIPCRTR, DGRAM},
};
const size_t socket_families_len = ARRAY_SIZE(socket_families);

const struct socket_name socket_types[] = {
	{.name = "stream", .number = SOCK_STREAM}, {.name = "dgram", .number = SOCK_DGRAM},
	{.name = "raw", .number = SOCK_RAW},	   {.name = "seqpacket", .number = SOCK_SEQPACKET},
	{.name = "rdm", .number = SOCK_RDM},	   {},
};

#define INET(word, protocol)                                                                       \
	{.name = (word), .number = (protocol), .level = AF_INET},                                  \
	{                                                                                          \
		.name = (word), .number = (protocol), .level = AF_INET6                            \
	}
#define PACKET(word, type)                                                                         \
	{                                                                                          \
		.name = (word), .number = __builtin_bswap16(type), .level = AF_PACKET              \
	}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "packet protocols are in network order");

const struct socket_name socket_protocols[] = {
	INET("tcp", IPPROTO_TCP),
	INET("udp", IPPROTO_UDP),
	INET("mptcp", PROTOCOL_MPTCP),
	INET("icmp", IPPROTO_ICMP),
	INET("icmpv6", IPPROTO_ICMPV6),
	INET("igmp", IPPROTO_IGMP),
	INET("ipip", IPPROTO_IPIP),
	INET("ipv6", IPPROTO_IPV6),
	INET("gre", IPPROTO_GRE),
	INET("esp", IPPROTO_ESP),
	INET("ah", IPPROTO_AH),
	INET("ospf", 89),
	INET("pim", IPPROTO_PIM),
	INET("vrrp", 112),
	INET("raw", IPPROTO_RAW),
	PACKET("all", ETH_P_ALL),
	PACKET("ip", ETH_P_IP),
	PACKET("arp", ETH_P_ARP),
	PACKET("ipv6", ETH_P_IPV6),
	PACKET("vlan", ETH_P_8021Q),
	PACKET("lldp", 0x88cc),
	PACKET("eapol", ETH_P_PAE),
	{.name = "raw", .number = CAN_RAW, .level = AF_CAN},
	{.name = "bcm", .number = CAN_BCM, .level = AF_CAN},
	{.name = "isotp", .number = CAN_ISOTP, .level = AF_CAN},
	{.name = "j1939", .number = CAN_J1939, .level = AF_CAN},
	{},
};

const struct socket_name *socket_name_find(const struct socket_name *names, uint16_t level,
					   const char *name)
{
	for (; names->name; names++)
		if ((level == UINT16_MAX || names->level == level) &&
		    strcmp(names->name, name) == 0)
			return names;
	return NULL;
}

const char *socket_name_of(const struct socket_name *names, uint16_t level, uint32_t number)
{
	for (; names->name; names++)
		if (names->level == level && names->number == number)
			return names->name;
	return NULL;
}

const char *socket_family_name(uint32_t family)
{
	for (size_t i = 0; i < socket_families_len; i++)
		if (socket_families[i].family == family)
			return socket_families[i].name;
	return family == AF_NETLINK ? "netlink" : family == AF_UNIX ? "unix" : NULL;
}
