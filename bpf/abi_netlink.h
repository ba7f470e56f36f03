/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink as the kernel programs and userspace share it: which messages a policy grants, and what
 * must hold in each. Part of abi.h, which includes it.
 *
 * The kernel programs know how netlink is framed; what a message's header and attributes mean is
 * said by its rule, which userspace makes from its tables (userspace/policy/netlink.h).
 */
#ifndef POSTERN_ABI_NETLINK_H
#define POSTERN_ABI_NETLINK_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define POSTERN_NETLINK_CHECKS	   8   /* of one rule */
#define POSTERN_NETLINK_OWN	   4   /* names that a rule holds itself */
#define POSTERN_NETLINK_ATTRIBUTES 128 /* attribute types that a rule can name: 0 to 127 */
#define POSTERN_GENERIC_NAME	   16  /* GENL_NAMSIZ */
#define POSTERN_WORDS_MAX	   16  /* names in one list */
#define POSTERN_WORD_BYTES	   60
#define POSTERN_NUMBERS_MAX	   32 /* ranges in one list */

/* One message type of one protocol. */
struct postern_netlink_key {
	__u64 policy;
	__u16 protocol; /* NETLINK_ROUTE ... */
	__u16 family;	/* generic: struct postern_generic_key's number; else 0 */
	__u32 type;	/* nlmsg_type; generic: the command */
};
_Static_assert(sizeof(struct postern_netlink_key) == 16, "layout");

enum {
	POSTERN_NETLINK_READS = 1u << 0,     /* NLM_F_DUMP is a dump, and its header may be cut */
	POSTERN_NETLINK_NO_DUMP = 1u << 1,   /* one object only */
	POSTERN_NETLINK_DUMP_ONLY = 1u << 2, /* all objects only */
	POSTERN_NETLINK_DELETES = 1u << 3,   /* NLM_F_BULK deletes more than one: refused */
	POSTERN_NETLINK_ANY_ATTRIBUTE = 1u << 4, /* attributes are not looked at */
	/* RTM_NEWLINK: an index of 0 means a new interface, which takes NLM_F_CREATE and NLM_F_EXCL
	 * (or the name may find one that is there) and a name. */
	POSTERN_NETLINK_NEW_INTERFACE = 1u << 5,
};

/* A short name: an interface, a table, a kind of link, a kernel module. The text comes first, so
 * that the verifier sees any of 64 bytes of it in here. */
struct postern_word {
	char text[POSTERN_WORD_BYTES];
	__u8 kind;   /* enum postern_part_kind */
	__u8 slot;   /* SLOT: below POSTERN_SLOTS */
	__u8 len;    /* bytes of text, at most POSTERN_WORD_BYTES */
	__u8 before; /* SLOT: bytes of the text that stand in front of the value */
};
_Static_assert(sizeof(struct postern_word) == 64, "layout");

/* What one part of a message must be. Parts that are there twice are checked twice. */
enum postern_check_kind {
	POSTERN_CHECK_NONE,
	POSTERN_CHECK_INDEX_HEADER,  /* at: offset in the header of an interface's index */
	POSTERN_CHECK_INDEX,	     /* at: attribute that holds one */
	POSTERN_CHECK_NAME,	     /* at: attribute that holds a text */
	POSTERN_CHECK_NUMBER_HEADER, /* at: offset in the header of a byte; it does not count when
					the attribute `beside` is there */
	POSTERN_CHECK_NUMBER,	     /* at: attribute that holds a number of 4 bytes */
	POSTERN_CHECK_LINK_KIND, /* at: IFLA_LINKINFO: its IFLA_INFO_KIND, and of a veth's peer what
				    this rule says of the interface itself */
	POSTERN_CHECK_NEXT_HOPS, /* at: RTA_MULTIPATH: the index of each next hop */
};

enum {
	POSTERN_CHECK_ZERO = 1u << 0, /* INDEX: 0 takes the interface out of the other */
};

struct postern_netlink_check {
	__u8 kind; /* enum postern_check_kind; NONE ends the list */
	__u8 at;
	__u8 beside; /* attribute type; 0: none */
	__u8 flags;  /* POSTERN_CHECK_* */
	__u16 list;  /* of names, or of numbers: of the policy, from 1; 0: anything will do */
	/* A short list of names is in the rule itself, which spares a look-up: those of `own` from
	 * this one on. own_len 0: they are in the list. */
	__u8 own, own_len;
};
_Static_assert(sizeof(struct postern_netlink_check) == 8, "layout");

struct postern_netlink_rule {
	__u64 attributes[2]; /* 1 << type: may be there; anything else is refused */
	__u64 required[2];   /* 1 << type: must be there */
	__u64 families;	     /* 1 << the header's first byte; that byte must be below 64. ~0: any */
	__u32 flags;	     /* POSTERN_NETLINK_* */
	__u32 header;	     /* bytes between nlmsghdr and the attributes, aligned to 4 */
	__u64 checked[2];    /* 1 << type: a check is on it */
	struct postern_netlink_check checks[POSTERN_NETLINK_CHECKS];
	struct postern_word own[POSTERN_NETLINK_OWN];
};
_Static_assert(sizeof(struct postern_netlink_rule) ==
		       64 + 8 * POSTERN_NETLINK_CHECKS + 64 * POSTERN_NETLINK_OWN,
	       "layout");

/* A generic netlink family, by the name that it has whatever its number is just now. The value is
 * its number in the policy's rules, from 1. What follows the name is zero. */
struct postern_generic_key {
	__u64 policy;
	char name[POSTERN_GENERIC_NAME];
};
_Static_assert(sizeof(struct postern_generic_key) == 24, "layout");

/* A list of a policy: names or numbers. */
struct postern_list_key {
	__u64 policy;
	__u32 list;
	__u32 reserved;
};
_Static_assert(sizeof(struct postern_list_key) == 16, "layout");

struct postern_words {
	__u32 len;
	__u32 reserved;
	struct postern_word word[POSTERN_WORDS_MAX];
};
_Static_assert(sizeof(struct postern_words) == 8 + 64 * POSTERN_WORDS_MAX, "layout");

struct postern_numbers {
	__u32 len;
	__u32 reserved;
	struct {
		__u32 first, last;
	} range[POSTERN_NUMBERS_MAX];
};
_Static_assert(sizeof(struct postern_numbers) == 8 + 8 * POSTERN_NUMBERS_MAX, "layout");

/* Why a message was refused, as far as its parts tell. */
enum postern_message_fault {
	POSTERN_MESSAGE_NOT_GRANTED, /* no rule for its type */
	POSTERN_MESSAGE_MALFORMED,   /* lengths that do not fit, or bytes that are left over */
	POSTERN_MESSAGE_TOO_MANY,    /* more messages or attributes than are looked at */
	POSTERN_MESSAGE_FAMILY,	     /* the address family of the header */
	POSTERN_MESSAGE_DUMP,	     /* a dump, or none */
	POSTERN_MESSAGE_ATTRIBUTE,   /* an attribute that may not be there; `attribute` */
	POSTERN_MESSAGE_MISSING,     /* an attribute that must be there; `attribute` */
	POSTERN_MESSAGE_INTERFACE,   /* `name`, or `index` when no interface has it */
	POSTERN_MESSAGE_NAME,	     /* `name` of `attribute` */
	POSTERN_MESSAGE_NUMBER,	     /* `index` of `attribute` */
	POSTERN_MESSAGE_SOCKET,	     /* the socket is not this entrypoint's, or of another network
					namespace */
	POSTERN_MESSAGE_DESTINATION, /* to other processes */
	POSTERN_MESSAGE_GENERIC, /* no generic family has that number, or none that is granted */
	POSTERN_MESSAGE_FAULTS,
};

/* The message of a denial: part of an event. */
struct postern_message {
	__u16 protocol;
	__u16 type;	 /* nlmsg_type */
	__u16 fault;	 /* enum postern_message_fault */
	__u16 attribute; /* type */
	__u32 command;	 /* generic: its command; else the header's address family */
	__u32 index;	 /* an interface's, or a number */
	char family[POSTERN_GENERIC_NAME]; /* generic: its name */
	char name[POSTERN_WORD_BYTES + 4]; /* interface, table, kind; cut when it is longer */
};
_Static_assert(sizeof(struct postern_message) == 32 + POSTERN_WORD_BYTES + 4, "layout");

#endif
