/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a module of contexts/conntrack could try. */
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/integration/module/seized.h"

static void begin(struct message *m, uint8_t type, uint16_t flags)
{
	const struct nfgenmsg header = {.nfgen_family = AF_INET};

	message_begin(m, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type), NLM_F_REQUEST | flags,
		      &header, sizeof(header));
}

/* That of the entry tests/integration/contexts_conntrack.c keeps: 192.0.2.9:9 to 198.51.100.9:9. */
static void tuple(struct message *m)
{
	const uint32_t from = htonl(0xc0000209), to = htonl(0xc6336409);
	const uint16_t port = htons(9);
	const uint8_t protocol = IPPROTO_UDP;
	size_t outer = message_nest(m, CTA_TUPLE_ORIG | NLA_F_NESTED);
	size_t inner = message_nest(m, CTA_TUPLE_IP | NLA_F_NESTED);

	message_add(m, CTA_IP_V4_SRC, &from, sizeof(from));
	message_add(m, CTA_IP_V4_DST, &to, sizeof(to));
	message_nest_end(m, inner);
	inner = message_nest(m, CTA_TUPLE_PROTO | NLA_F_NESTED);
	message_add(m, CTA_PROTO_NUM, &protocol, sizeof(protocol));
	message_add(m, CTA_PROTO_SRC_PORT, &port, sizeof(port));
	message_add(m, CTA_PROTO_DST_PORT, &port, sizeof(port));
	message_nest_end(m, inner);
	message_nest_end(m, outer);
}

static void flush(struct message *m)
{
	begin(m, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
}

/* A filter without a flag fits all. */
static void flush_filtered(struct message *m)
{
	size_t filter;

	begin(m, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
	tuple(m);
	filter = message_nest(m, CTA_FILTER | NLA_F_NESTED);
	message_add_number(m, 1 /* CTA_FILTER_ORIG_FLAGS */, 0);
	message_add_number(m, 2 /* CTA_FILTER_REPLY_FLAGS */, 0);
	message_nest_end(m, filter);
}

static void flush_behind(struct message *m)
{
	begin(m, IPCTNL_MSG_CT_GET, NLM_F_ACK | NLM_F_DUMP);
	begin(m, IPCTNL_MSG_CT_DELETE, 0);
}

static void make(struct message *m)
{
	begin(m, IPCTNL_MSG_CT_NEW, NLM_F_ACK | NLM_F_CREATE);
	tuple(m);
}

static void read_and_reset(struct message *m)
{
	begin(m, IPCTNL_MSG_CT_GET_CTRZERO, NLM_F_DUMP);
}

static void expectations(struct message *m)
{
	begin(m, IPCTNL_MSG_EXP_DELETE, NLM_F_ACK);
	((struct nlmsghdr *)(void *)(m->data + m->current))->nlmsg_type =
		NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_DELETE;
}

static int misuse(struct postern_invocation *call)
{
	static const struct seized_attempt attempts[] = {
		{"flush", NETLINK_NETFILTER, flush},
		{"flush_filtered", NETLINK_NETFILTER, flush_filtered},
		{"flush_behind", NETLINK_NETFILTER, flush_behind},
		{"make", NETLINK_NETFILTER, make},
		{"read_and_reset", NETLINK_NETFILTER, read_and_reset},
		{"expectations", NETLINK_NETFILTER, expectations},
		{"links", NETLINK_ROUTE, seized_links},
	};

	return seized_try(call, attempts, sizeof(attempts) / sizeof(attempts[0]));
}

POSTERN_MODULE({"list", misuse}, {"delete", misuse}, {"delete_matching", misuse});
