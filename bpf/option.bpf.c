/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Options of sockets. The hook sees level and number; the value still lies in the task's memory,
 * where it can change, so that an option is granted whatever its value.
 *
 * Hook: socket_setsockopt. Some options are whole interfaces of their own (the tables of iptables,
 * arptables and ebtables), so that all are refused but those that concern the socket alone.
 */
#include "bpf/lib/network.bpf.h"

#define LEVEL_IP      0
#define LEVEL_SOCKET  1
#define LEVEL_TCP     6
#define LEVEL_UDP     17
#define LEVEL_IPV6    41
#define LEVEL_ICMPV6  58
#define LEVEL_RAW     255
#define LEVEL_PACKET  263
#define LEVEL_NETLINK 270

#define NETLINK_ADD_MEMBERSHIP 1

#define BIT(option) (1ull << (option))

/*
 * Always allowed, by the numbers of include/uapi/asm-generic/socket.h, linux/in.h, linux/in6.h,
 * linux/tcp.h, linux/netlink.h and linux/if_packet.h: buffers, time-outs, keepalive, how an answer
 * looks. Not those that change where packets come from or go to, lift a limit, run code, load
 * modules, or change the socket's family (IPV6_ADDRFORM).
 */
static __always_inline __u64 harmless(int level)
{
	switch (level) {
	case LEVEL_SOCKET:
		/* REUSEADDR, DONTROUTE, BROADCAST, SNDBUF, RCVBUF, KEEPALIVE, OOBINLINE, LINGER,
		 * PASSCRED, RCVLOWAT, RCVTIMEO, SNDTIMEO, TIMESTAMP, TIMESTAMPNS, RXQ_OVFL,
		 * PEEK_OFF, TIMESTAMP_NEW */
		return BIT(2) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(13) |
		       BIT(16) | BIT(18) | BIT(20) | BIT(21) | BIT(29) | BIT(35) | BIT(40) |
		       BIT(42) | BIT(63);
	case LEVEL_NETLINK:
		/* DROP_MEMBERSHIP, PKTINFO, BROADCAST_ERROR, NO_ENOBUFS, CAP_ACK, EXT_ACK,
		 * GET_STRICT_CHK */
		return BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(10) | BIT(11) | BIT(12);
	case LEVEL_TCP:
		/* NODELAY, MAXSEG, CORK, KEEPIDLE, KEEPINTVL, KEEPCNT, SYNCNT, LINGER2,
		 * DEFER_ACCEPT, WINDOW_CLAMP, QUICKACK, USER_TIMEOUT, NOTSENT_LOWAT, INQ */
		return BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) |
		       BIT(9) | BIT(10) | BIT(12) | BIT(18) | BIT(25) | BIT(36);
	case LEVEL_IP:
		/* TOS, TTL, RECVOPTS, PKTINFO, MTU_DISCOVER, RECVERR,
		 * RECVTTL, RECVTOS, BIND_ADDRESS_NO_PORT, MULTICAST_TTL, MULTICAST_LOOP */
		return BIT(1) | BIT(2) | BIT(6) | BIT(8) | BIT(10) | BIT(11) | BIT(12) | BIT(13) |
		       BIT(24) | BIT(33) | BIT(34);
	case LEVEL_IPV6:
		/* UNICAST_HOPS, MULTICAST_HOPS, MULTICAST_LOOP, MTU_DISCOVER, RECVERR, V6ONLY,
		 * RECVPKTINFO, RECVHOPLIMIT */
		return BIT(16) | BIT(18) | BIT(19) | BIT(23) | BIT(25) | BIT(26) | BIT(49) |
		       BIT(51);
	case LEVEL_UDP:	   /* CORK */
	case LEVEL_RAW:	   /* ICMP_FILTER */
	case LEVEL_ICMPV6: /* ICMPV6_FILTER */
		return BIT(1);
	case LEVEL_PACKET: /* AUXDATA, VERSION, RESERVE, LOSS, TIMESTAMP */
		return BIT(8) | BIT(10) | BIT(12) | BIT(14) | BIT(17);
	default:
		return 0;
	}
}

/* All groups of the protocol, or none: which one is asked for is not to be seen. */
static __always_inline bool may_join_groups(const struct subject *s, const struct socket *sock)
{
	__u32 protocol = BPF_CORE_READ(sock, sk, sk_protocol);
	struct postern_socket_rule *rule =
		socket_rule(s, POSTERN_SOCKET_MAKE, AF_NETLINK, postern_socket_number(0, protocol));

	return rule && !~rule->groups[0] && !~rule->groups[1];
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(postern_socket_setsockopt, struct socket *sock, int level, int option)
{
	struct site site = SITE(socket_setsockopt, SOCKET_OPTION);
	struct postern_message message = {.attribute = POSTERN_MESSAGE_OF_SOCKET};
	struct subject s;
	int verdict;

	if (option >= 0 && option < 64 && harmless(level) >> option & 1)
		return 0;
	if (decided(&s, site, &verdict))
		return verdict;
	if (level == LEVEL_NETLINK && option == NETLINK_ADD_MEMBERSHIP) {
		if (may_join_groups(&s, sock))
			return 0;
	} else if (level >= 0 && level <= 0xffff &&
		   socket_rule(&s, POSTERN_SOCKET_OPTION, level, option)) {
		return 0;
	}
	message.command = level;
	message.index = option;
	return network_refused(&s, &message, site, -EPERM);
}
