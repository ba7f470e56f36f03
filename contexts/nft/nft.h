/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rules of contexts/nft, between the lists of a call and the expressions of the kernel. */
#ifndef POSTERN_CONTEXTS_NFT_NFT_H
#define POSTERN_CONTEXTS_NFT_NFT_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE "postern"
#define CHAIN "input"

#define RULE_TEXT 128

struct rule {
	uint8_t protocol; /* IPPROTO_TCP ...; 0: any */
	uint16_t port;	  /* 0: any */
	uint8_t family;	  /* of the source: NFPROTO_IPV4, NFPROTO_IPV6 */
	uint8_t prefix;	  /* bits of it */
	uint8_t source[16];
	uint32_t verdict; /* NF_ACCEPT, NF_DROP */
};

/* Appends the rule's expressions to a message. Returns 0, or -NLE_NOMEM when it is full. */
int rule_put(struct nl_msg *message, const struct rule *rule);

/* Reads NFTA_RULE_EXPRESSIONS as rule_put() writes them; what it does not know is passed over. */
void rule_take(struct rule *rule, const struct nlattr *expressions);

/* "tcp 22 192.0.2.0/24 accept" */
void rule_text(const struct rule *rule, char text[RULE_TEXT]);

#endif
