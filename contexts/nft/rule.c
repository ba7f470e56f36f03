/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A rule as nftables has it: expressions that load a part of the packet into a register and compare
 * it, and one that gives the verdict (linux/netfilter/nf_tables.h). Numbers are in network order.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <netlink/errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "contexts/nft/nft.h"

#define SOURCE_IPV4 12 /* offset of the source address in the header */
#define SOURCE_IPV6 8
#define PORT_AT	    2 /* of the destination's port, TCP and UDP alike */

static void put_number(struct nl_msg *message, int attribute, uint32_t number)
{
	(void)nla_put_u32(message, attribute, htonl(number));
}

static void put_value(struct nl_msg *message, int attribute, const void *value, int len)
{
	struct nlattr *data = nla_nest_start(message, attribute);

	if (!data)
		return;
	(void)nla_put(message, NFTA_DATA_VALUE, len, value);
	(void)nla_nest_end(message, data);
}

struct expression {
	struct nlattr *element, *data;
};

/* What cannot be put is seen by rule_put(), which counts what it has put. */
static struct expression begin(struct nl_msg *message, const char *name)
{
	struct expression e = {.element = nla_nest_start(message, NFTA_LIST_ELEM)};

	if (e.element && nla_put_string(message, NFTA_EXPR_NAME, name) == 0)
		e.data = nla_nest_start(message, NFTA_EXPR_DATA);
	return e;
}

static bool end(struct nl_msg *message, const struct expression *e)
{
	return e->data && nla_nest_end(message, e->data) == 0 &&
	       nla_nest_end(message, e->element) == 0;
}

static bool put_meta(struct nl_msg *message, uint32_t key)
{
	const struct expression e = begin(message, "meta");

	put_number(message, NFTA_META_DREG, NFT_REG_1);
	put_number(message, NFTA_META_KEY, key);
	return end(message, &e);
}

static bool put_payload(struct nl_msg *message, uint32_t base, uint32_t offset, uint32_t len)
{
	const struct expression e = begin(message, "payload");

	put_number(message, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_number(message, NFTA_PAYLOAD_BASE, base);
	put_number(message, NFTA_PAYLOAD_OFFSET, offset);
	put_number(message, NFTA_PAYLOAD_LEN, len);
	return end(message, &e);
}

static bool put_mask(struct nl_msg *message, unsigned bits, int len)
{
	const struct expression e = begin(message, "bitwise");
	uint8_t mask[16] = {}, none[16] = {};

	for (unsigned i = 0; i < bits && i < 128; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	put_number(message, NFTA_BITWISE_SREG, NFT_REG_1);
	put_number(message, NFTA_BITWISE_DREG, NFT_REG_1);
	put_number(message, NFTA_BITWISE_LEN, (uint32_t)len);
	put_value(message, NFTA_BITWISE_MASK, mask, len);
	put_value(message, NFTA_BITWISE_XOR, none, len);
	return end(message, &e);
}

static bool put_equal(struct nl_msg *message, const void *value, int len)
{
	const struct expression e = begin(message, "cmp");

	put_number(message, NFTA_CMP_SREG, NFT_REG_1);
	put_number(message, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(message, NFTA_CMP_DATA, value, len);
	return end(message, &e);
}

static bool put_verdict(struct nl_msg *message, uint32_t verdict)
{
	const struct expression e = begin(message, "immediate");
	struct nlattr *data, *nested;

	put_number(message, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nla_nest_start(message, NFTA_IMMEDIATE_DATA);
	nested = data ? nla_nest_start(message, NFTA_DATA_VERDICT) : NULL;
	if (!nested)
		return false;
	put_number(message, NFTA_VERDICT_CODE, verdict);
	return nla_nest_end(message, nested) == 0 && nla_nest_end(message, data) == 0 &&
	       end(message, &e);
}

static bool put_source(struct nl_msg *message, const struct rule *rule)
{
	bool four = rule->family == NFPROTO_IPV4;
	int len = four ? 4 : 16;

	if (!put_meta(message, NFT_META_NFPROTO) || !put_equal(message, &rule->family, 1))
		return false;
	return rule->prefix == 0 ||
	       (put_payload(message, NFT_PAYLOAD_NETWORK_HEADER, four ? SOURCE_IPV4 : SOURCE_IPV6,
			    (uint32_t)len) &&
		put_mask(message, rule->prefix, len) && put_equal(message, rule->source, len));
}

static bool put_port(struct nl_msg *message, const struct rule *rule)
{
	const uint16_t port = htons(rule->port);

	return rule->port == 0 ||
	       (put_payload(message, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_AT, sizeof(port)) &&
		put_equal(message, &port, sizeof(port)));
}

int rule_put(struct nl_msg *message, const struct rule *rule)
{
	struct nlattr *list = nla_nest_start(message, NFTA_RULE_EXPRESSIONS);
	bool put = list && put_source(message, rule);

	if (put && rule->protocol)
		put = put_meta(message, NFT_META_L4PROTO) && put_equal(message, &rule->protocol, 1);
	put = put && put_port(message, rule) && put_verdict(message, rule->verdict);
	return put && nla_nest_end(message, list) == 0 ? 0 : -NLE_NOMEM;
}

/* -- and back */

/* What the register holds while the expressions are read. */
enum loaded { LOADED_OTHER, LOADED_FAMILY, LOADED_PROTOCOL, LOADED_SOURCE, LOADED_PORT };

static const struct nlattr *inside(const struct nlattr *from, int attribute)
{
	return from ? nla_find(nla_data(from), nla_len(from), attribute) : NULL;
}

static uint32_t number_in(const struct nlattr *from, int attribute)
{
	const struct nlattr *found = inside(from, attribute);

	return found && nla_len(found) == sizeof(uint32_t) ? ntohl(nla_get_u32(found)) : UINT32_MAX;
}

/* The bytes of a value, at most size of them, the rest 0. */
static void value_in(const struct nlattr *from, int attribute, void *to, size_t size)
{
	const struct nlattr *value = inside(inside(from, attribute), NFTA_DATA_VALUE);
	size_t len = value ? (size_t)nla_len(value) : 0;

	memset(to, 0, size);
	if (value)
		memcpy(to, nla_data(value), len < size ? len : size);
}

static enum loaded loaded_by(const char *name, const struct nlattr *data)
{
	if (strcmp(name, "meta") == 0) {
		uint32_t key = number_in(data, NFTA_META_KEY);

		return key == NFT_META_NFPROTO	 ? LOADED_FAMILY
		       : key == NFT_META_L4PROTO ? LOADED_PROTOCOL
						 : LOADED_OTHER;
	}
	return number_in(data, NFTA_PAYLOAD_BASE) == NFT_PAYLOAD_TRANSPORT_HEADER ? LOADED_PORT
										  : LOADED_SOURCE;
}

static void compared(struct rule *rule, enum loaded loaded, const struct nlattr *data)
{
	if (loaded == LOADED_FAMILY)
		value_in(data, NFTA_CMP_DATA, &rule->family, sizeof(rule->family));
	else if (loaded == LOADED_PROTOCOL)
		value_in(data, NFTA_CMP_DATA, &rule->protocol, sizeof(rule->protocol));
	else if (loaded == LOADED_SOURCE)
		value_in(data, NFTA_CMP_DATA, rule->source, sizeof(rule->source));
	else if (loaded == LOADED_PORT)
		value_in(data, NFTA_CMP_DATA, &rule->port, sizeof(rule->port));
}

static void mask_take(struct rule *rule, const struct nlattr *data)
{
	uint8_t mask[16];

	value_in(data, NFTA_BITWISE_MASK, mask, sizeof(mask));
	rule->prefix = 0;
	while (rule->prefix < 128 && mask[rule->prefix / 8] & 0x80 >> rule->prefix % 8)
		rule->prefix++;
}

static enum loaded expression_take(struct rule *rule, enum loaded loaded, const char *name,
				   const struct nlattr *data)
{
	if (strcmp(name, "meta") == 0 || strcmp(name, "payload") == 0)
		return loaded_by(name, data);
	if (strcmp(name, "bitwise") == 0)
		mask_take(rule, data);
	else if (strcmp(name, "cmp") == 0)
		compared(rule, loaded, data);
	else if (strcmp(name, "immediate") == 0)
		rule->verdict =
			number_in(inside(inside(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT),
				  NFTA_VERDICT_CODE);
	return loaded;
}

void rule_take(struct rule *rule, const struct nlattr *expressions)
{
	enum loaded loaded = LOADED_OTHER;
	const struct nlattr *element;
	int left;

	*rule = (struct rule){};
	nla_for_each_nested(element, expressions, left)
	{
		const struct nlattr *name = inside(element, NFTA_EXPR_NAME);
		const struct nlattr *data = inside(element, NFTA_EXPR_DATA);

		/* The kernel ends its names with a NUL. */
		if (name && data && nla_len(name) > 0)
			loaded = expression_take(rule, loaded, nla_data(name), data);
	}
	rule->port = ntohs(rule->port);
}

void rule_text(const struct rule *rule, char text[RULE_TEXT])
{
	const char *protocol = rule->protocol == IPPROTO_TCP   ? "tcp"
			       : rule->protocol == IPPROTO_UDP ? "udp"
			       : rule->protocol		       ? "other"
							       : "any";
	char source[INET6_ADDRSTRLEN] = "?";

	(void)inet_ntop(rule->family == NFPROTO_IPV4 ? AF_INET : AF_INET6, rule->source, source,
			sizeof(source));
	(void)snprintf(text, RULE_TEXT, "%s %u %s/%u %s", protocol, rule->port, source,
		       rule->prefix, rule->verdict == NF_ACCEPT ? "accept" : "drop");
}
