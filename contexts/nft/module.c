/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rules of table inet postern: replaced in one batch, which the kernel takes whole or not at
 * all, and listed. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <netlink/netfilter/nfnl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "contexts/common/lines.h"
#include "contexts/common/wire.h"
#include "contexts/nft/nft.h"
/* Made from context.yaml, by `postern gen module`. */
#include "postern-nft-module.h"

#define NAME	     "table inet " TABLE
#define SEND_BYTES   (256 * 1024) /* of the socket: more than the longest batch */
#define ANSWER_BYTES (256 * 1024)

/* Messages of the batch by their sequence numbers, in their order. */
enum { BATCH_BEGIN = 1, BATCH_TABLE, BATCH_CHAIN, BATCH_CLEAR, BATCH_RULES };

struct batch {
	char *data;
	size_t len;
	uint32_t sequence; /* of the last one */
	int error;	   /* -ENOMEM */
};

/* Takes the message. NULL: there was no memory for it. */
static void batch_add(struct batch *b, struct nl_msg *message)
{
	struct nlmsghdr *header;
	char *grown;

	if (!message) {
		b->error = -ENOMEM;
		return;
	}
	header = nlmsg_hdr(message);
	header->nlmsg_seq = ++b->sequence;
	grown = realloc(b->data, b->len + NLMSG_ALIGN(header->nlmsg_len));
	if (grown) {
		b->data = grown;
		memset(b->data + b->len, 0, NLMSG_ALIGN(header->nlmsg_len));
		memcpy(b->data + b->len, header, header->nlmsg_len);
		b->len += NLMSG_ALIGN(header->nlmsg_len);
	} else {
		b->error = -ENOMEM;
	}
	nlmsg_free(message);
}

static void batch_bound(struct batch *b, int type)
{
	batch_add(b, nfnlmsg_alloc_simple(NFNL_SUBSYS_NONE, (uint8_t)type, NLM_F_REQUEST, AF_UNSPEC,
					  NFNL_SUBSYS_NFTABLES));
}

static struct nl_msg *message_new(uint8_t type, int flags)
{
	return nfnlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES, type, NLM_F_REQUEST | flags, NFPROTO_INET,
				    0);
}

/* Frees a message that something could not be put into. */
static struct nl_msg *whole(struct nl_msg *message, bool put)
{
	if (put)
		return message;
	nlmsg_free(message);
	return NULL;
}

static struct nl_msg *make_table(void)
{
	struct nl_msg *message = message_new(NFT_MSG_NEWTABLE, NLM_F_CREATE);

	return whole(message, message && nla_put_string(message, NFTA_TABLE_NAME, TABLE) == 0);
}

static bool put_hook(struct nl_msg *message)
{
	struct nlattr *hook = nla_nest_start(message, NFTA_CHAIN_HOOK);

	return hook && nla_put_u32(message, NFTA_HOOK_HOOKNUM, htonl(NF_INET_LOCAL_IN)) == 0 &&
	       nla_put_u32(message, NFTA_HOOK_PRIORITY, htonl(0)) == 0 &&
	       nla_nest_end(message, hook) == 0;
}

static struct nl_msg *make_chain(uint32_t policy)
{
	struct nl_msg *message = message_new(NFT_MSG_NEWCHAIN, NLM_F_CREATE);

	return whole(message, message && nla_put_string(message, NFTA_CHAIN_TABLE, TABLE) == 0 &&
				      nla_put_string(message, NFTA_CHAIN_NAME, CHAIN) == 0 &&
				      nla_put_string(message, NFTA_CHAIN_TYPE, "filter") == 0 &&
				      nla_put_u32(message, NFTA_CHAIN_POLICY, htonl(policy)) == 0 &&
				      put_hook(message));
}

static bool put_place(struct nl_msg *message)
{
	return message && nla_put_string(message, NFTA_RULE_TABLE, TABLE) == 0 &&
	       nla_put_string(message, NFTA_RULE_CHAIN, CHAIN) == 0;
}

/* Without a rule's handle: all of the chain. */
static struct nl_msg *clear_chain(void)
{
	struct nl_msg *message = message_new(NFT_MSG_DELRULE, 0);

	return whole(message, put_place(message));
}

static struct nl_msg *make_rule(const struct rule *rule)
{
	struct nl_msg *message = message_new(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);

	return whole(message, put_place(message) && rule_put(message, rule) == 0);
}

/* -- the lists of a call */

/* Rules, as the call's lists have them. */
struct asked {
	const enum nft_replace_protocols *protocols;
	const int64_t *ports;
	const char *const *sources;
	const enum nft_replace_verdicts *verdicts;
	size_t len;
	uint32_t otherwise; /* NF_ACCEPT, NF_DROP */
};

static uint8_t protocol_of(enum nft_replace_protocols word)
{
	switch (word) {
	case NFT_REPLACE_PROTOCOLS_TCP:
		return IPPROTO_TCP;
	case NFT_REPLACE_PROTOCOLS_UDP:
		return IPPROTO_UDP;
	case NFT_REPLACE_PROTOCOLS_ANY:
	default:
		return 0;
	}
}

/* The forms were checked against the manifest. */
static int rule_of(struct postern_invocation *call, const struct asked *asked, size_t i,
		   struct rule *ret)
{
	const char *source = asked->sources[i];
	const char *slash = strchr(source, '/');
	char address[INET6_ADDRSTRLEN] = "";

	*ret = (struct rule){
		.protocol = protocol_of(asked->protocols[i]),
		.port = (uint16_t)asked->ports[i],
		.family = strchr(source, ':') ? NFPROTO_IPV6 : NFPROTO_IPV4,
		.verdict = asked->verdicts[i] == NFT_REPLACE_VERDICTS_ACCEPT ? NF_ACCEPT : NF_DROP,
	};
	if (ret->port && !ret->protocol)
		return postern_fail(call, EINVAL, "rule %zu: port %u of any protocol", i + 1,
				    ret->port);
	if (!slash || (size_t)(slash - source) >= sizeof(address))
		return postern_fail(call, EINVAL, "rule %zu: source %s", i + 1, source);
	memcpy(address, source, (size_t)(slash - source));
	ret->prefix = (uint8_t)strtoul(slash + 1, NULL, 10);
	if (inet_pton(ret->family == NFPROTO_IPV4 ? AF_INET : AF_INET6, address, ret->source) != 1)
		return postern_fail(call, EINVAL, "rule %zu: source %s", i + 1, source);
	return 0;
}

static int batch_fill(struct postern_invocation *call, struct batch *b, const struct asked *asked)
{
	int r = 0;

	batch_bound(b, NFNL_MSG_BATCH_BEGIN);
	batch_add(b, make_table());
	batch_add(b, make_chain(asked->otherwise));
	batch_add(b, clear_chain());
	for (size_t i = 0; i < asked->len && r == 0; i++) {
		struct rule rule;

		r = rule_of(call, asked, i, &rule);
		if (r == 0)
			batch_add(b, make_rule(&rule));
	}
	batch_bound(b, NFNL_MSG_BATCH_END);
	return r < 0 ? r : b->error;
}

/* -- the batch's answers */

/* The last message but the end's asks for an answer, and the kernel sends answers in the order of
 * the messages: so the first error comes before it, or there is none. */
static void batch_ask(struct batch *b)
{
	size_t at = 0;

	while (at < b->len) {
		struct nlmsghdr *header = (struct nlmsghdr *)(void *)(b->data + at);

		if (header->nlmsg_seq == b->sequence - 1)
			header->nlmsg_flags |= NLM_F_ACK;
		at += NLMSG_ALIGN(header->nlmsg_len);
	}
}

static int answer_fail(struct postern_invocation *call, uint32_t sequence, int error)
{
	switch (sequence) {
	case BATCH_BEGIN:
		return postern_fail(call, error, NAME ": put the changes in force");
	case BATCH_TABLE:
		return postern_fail(call, error, "make " NAME);
	case BATCH_CHAIN:
		return postern_fail(call, error, NAME ": make chain " CHAIN);
	case BATCH_CLEAR:
		return postern_fail(call, error, NAME ": remove the rules of chain " CHAIN);
	default:
		return postern_fail(call, error, NAME ": rule %u", sequence - BATCH_RULES + 1);
	}
}

static int answer_take(struct postern_invocation *call, const struct wire *w, const struct batch *b)
{
	_Alignas(struct nlmsghdr) char answer[8192];

	for (;;) {
		ssize_t n = recv(nl_socket_get_fd(w->sock), answer, sizeof(answer), 0);
		const struct nlmsghdr *header = (const struct nlmsghdr *)(void *)answer;
		const struct nlmsgerr *error = nlmsg_data(header);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return postern_fail(call, errno, NAME ": read the kernel's answer");
		if (!nlmsg_ok(header, (int)n) || header->nlmsg_type != NLMSG_ERROR ||
		    nlmsg_datalen(header) < (int)sizeof(*error))
			return postern_fail(call, EPROTO, NAME ": read the kernel's answer");
		if (error->error)
			return answer_fail(call, header->nlmsg_seq, error->error);
		if (header->nlmsg_seq == b->sequence - 1)
			return 0;
	}
}

static int batch_send(struct postern_invocation *call, struct batch *b)
{
	cleanup_wire struct wire w = {};
	int r = wire_open(&w, call, NETLINK_NETFILTER, NAME);

	if (r < 0)
		return r;
	r = nl_socket_set_buffer_size(w.sock, ANSWER_BYTES, SEND_BYTES);
	if (r < 0)
		return postern_fail(call, wire_errno(r), NAME ": enlarge the socket's buffer");
	batch_ask(b);
	r = nl_sendto(w.sock, b->data, b->len);
	if (r < 0)
		return postern_fail(call, wire_errno(r), "replace the rules of " NAME);
	return answer_take(call, &w, b);
}

int replace(struct postern_invocation *call, const enum nft_replace_protocols *protocols,
	    size_t protocols_len, const int64_t *ports, size_t ports_len,
	    const char *const *sources, size_t sources_len,
	    const enum nft_replace_verdicts *verdicts, size_t verdicts_len,
	    enum nft_replace_otherwise otherwise)
{
	const struct asked asked = {
		.protocols = protocols,
		.ports = ports,
		.sources = sources,
		.verdicts = verdicts,
		.len = protocols_len,
		.otherwise = otherwise == NFT_REPLACE_OTHERWISE_ACCEPT ? NF_ACCEPT : NF_DROP,
	};
	struct batch b = {};
	int r;

	if (ports_len != asked.len || sources_len != asked.len || verdicts_len != asked.len)
		return postern_fail(call, EINVAL,
				    "%zu protocols, %zu ports, %zu sources and %zu verdicts: a "
				    "rule takes one of each",
				    asked.len, ports_len, sources_len, verdicts_len);
	r = batch_fill(call, &b, &asked);
	if (r == 0)
		r = batch_send(call, &b);
	free(b.data);
	return r;
}

/* -- list */

static int rule_list(struct nl_msg *message, void *arg)
{
	struct nlattr *attributes[NFTA_RULE_MAX + 1];
	struct lines *lines = arg;
	char text[RULE_TEXT];
	struct rule rule;

	if (nlmsg_parse(nlmsg_hdr(message), sizeof(struct nfgenmsg), attributes, NFTA_RULE_MAX,
			NULL) < 0 ||
	    !attributes[NFTA_RULE_EXPRESSIONS])
		return NL_OK;
	rule_take(&rule, attributes[NFTA_RULE_EXPRESSIONS]);
	rule_text(&rule, text);
	lines_add(lines, "%s", text);
	return NL_OK;
}

int list(struct postern_invocation *call)
{
	cleanup_wire struct wire w = {};
	cleanup_lines struct lines lines = {};
	struct nl_msg *message;
	int r = wire_open(&w, call, NETLINK_NETFILTER, NAME);

	if (r < 0)
		return r;
	message = message_new(NFT_MSG_GETRULE, NLM_F_DUMP);
	message = whole(message, message && nla_put_string(message, NFTA_RULE_TABLE, TABLE) == 0);
	r = wire_ask(&w, message, rule_list, &lines);
	if (r < 0)
		return wire_result(call, &w, r, "list the rules of");
	return lines_return(call, &lines);
}
