/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a manifest says of netlink: the messages that an entrypoint may send, and the multicast
 * groups that it may listen to. Part of struct manifest_entrypoint. */
#ifndef POSTERN_MANIFEST_NETLINK_H
#define POSTERN_MANIFEST_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/netlink.h"
#include "manifest/place.h"

#define MANIFEST_MESSAGES_MAX	512 /* per entrypoint */
#define MANIFEST_WORDS_MAX	16  /* of one narrowing (bpf/abi_netlink.h) */
#define MANIFEST_WORD_MAX	60  /* bytes, without an argument's name (bpf/abi_netlink.h) */
#define MANIFEST_INTERFACE_MAX	15  /* likewise (IFNAMSIZ with its NUL) */
#define MANIFEST_ATTRIBUTES_MAX 128 /* types that a rule can name (bpf/abi_netlink.h) */
#define MANIFEST_LISTEN_MAX	128 /* numbers of groups, from 1 */

/* What a message may be narrowed by. */
enum manifest_narrowing {
	MANIFEST_INTERFACES,
	MANIFEST_KINDS,
	MANIFEST_MASTERS,
	MANIFEST_LINKS,
	MANIFEST_TABLES,
	MANIFEST_CHAINS,
	MANIFEST_FAMILIES,
	MANIFEST_ATTRIBUTES,
	MANIFEST_REQUIRE,
	MANIFEST_DUMP,
	MANIFEST_NARROWINGS
};

/* Those above that are lists of names: up to here. */
#define MANIFEST_LISTS (MANIFEST_CHAINS + 1)

enum manifest_dump { MANIFEST_DUMP_ALLOWED, MANIFEST_DUMP_ONLY, MANIFEST_DUMP_REFUSED };

struct manifest_words {
	char **items;
	size_t len;
};

/* One message that may be sent. */
struct manifest_message {
	const struct netlink_messages *messages; /* static */
	uint32_t number;			 /* nlmsg_type; generic: the command */
	/* Names, globs, or text with an argument in braces; routing tables as netlink_table() takes
	 * them. Empty: not narrowed. */
	struct manifest_words lists[MANIFEST_LISTS];
	uint64_t families;	/* 1 << family; 0: not said */
	uint64_t attributes[2]; /* 1 << type: besides the usual ones */
	uint64_t required[2];
	enum manifest_dump dump;
	struct manifest_place place;
	struct manifest_place narrowed[MANIFEST_NARROWINGS]; /* line 0: not said */
};

struct manifest_listen {
	uint16_t protocol;
	uint64_t groups[MANIFEST_LISTEN_MAX / 64]; /* 1 << (group - 1) */
	struct manifest_place place;
};

struct manifest_netlink {
	struct manifest_message *messages;
	size_t messages_len;
	struct manifest_listen *listens; /* one of each protocol */
	size_t listens_len;
	struct manifest_place place; /* of the key */
};

/* The name of a message as the manifest writes it. */
const char *manifest_message_name(const struct manifest_message *message);

/* Can the message ask for all objects (NLM_F_DUMP)? */
bool manifest_message_reads(const struct manifest_message *message);

#endif
