/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an entrypoint's manifest says of netlink, as entries of the kernel's maps. Pure. Part of
 * struct policy; the id of the policy in all keys is 0 until they are written.
 *
 * A narrowing is a check of each part of the message in which the kernel would look for what is
 * narrowed, and makes one of these parts required: what is not said is not "any", it is refused.
 * Lists are numbered from 1, and two that are equal are one.
 */
#ifndef POSTERN_POLICY_NETLINK_H
#define POSTERN_POLICY_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "manifest/manifest.h"

struct policy_message {
	struct postern_netlink_key key;
	struct postern_netlink_rule rule;
	unsigned line; /* of the manifest; of what comes along with others, theirs */
};

/* Multicast groups of one protocol. */
struct policy_listen {
	uint16_t protocol;
	uint64_t groups[MANIFEST_LISTEN_MAX / 64]; /* 1 << (group - 1) */
};

struct policy_netlink {
	struct policy_message *messages;
	size_t messages_len;
	struct postern_generic_key *families; /* number i + 1 */
	size_t families_len;
	struct postern_words *words; /* list i + 1 */
	size_t words_len;
	struct postern_numbers *numbers; /* list i + 1 */
	size_t numbers_len;
	struct policy_listen *listens;
	size_t listens_len;
	uint32_t protocols; /* 1 << NETLINK_*: sockets of which it may open */
	unsigned line;	    /* of the key `netlink`; 0: there is none */
};

/* ret: zeroed; to be cleared in any case. Returns 0, or -ENOMEM. */
int policy_netlink_compile(const struct manifest_entrypoint *e, struct policy_netlink *ret);
void policy_netlink_clear(struct policy_netlink *netlink);

/* The rule of one message type, or NULL. family: of generic ones; else ignored. */
const struct policy_message *policy_message_find(const struct policy_netlink *netlink,
						 uint16_t protocol, uint32_t type,
						 const char *family);

/* A message and what narrows it, as one line: "route RTM_NEWLINK; interfaces tap*". To be freed;
 * NULL without memory. */
char *policy_message_text(const struct manifest_message *message);

/* A protocol and its groups: "listen route RTNLGRP_LINK". As above. */
char *policy_listen_text(const struct manifest_listen *listen);

#endif
