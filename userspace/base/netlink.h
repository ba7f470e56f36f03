/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink's protocols, messages, attributes and groups by name, and how messages are laid out.
 *
 * Manifests are read by these tables, policies are compiled from them, and denials are put into
 * words by them. The names come from the kernel's headers (netlink_names.list).
 */
#ifndef POSTERN_BASE_NETLINK_H
#define POSTERN_BASE_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETLINK_NAME_SIZE 44 /* for the longest in the kernel's headers */

/* One name of a table, which ends with an empty name. Two names may have one number. Not a pointer:
 * each process would have a copy of the tables of its own, since the loader puts its address in. */
struct netlink_name {
	char name[NETLINK_NAME_SIZE];
	uint32_t number;
};

/* The name's number into *ret; false when the table (NULL: an empty one) has no such name. */
bool netlink_number(const struct netlink_name *names, const char *name, uint32_t *ret);

/* The first name of a number, or NULL. */
const char *netlink_name(const struct netlink_name *names, uint32_t number);

struct netlink_protocol {
	const char *word;		   /* as manifests write it */
	uint16_t number;		   /* NETLINK_ROUTE ... */
	bool parts;			   /* its messages belong to families or subsystems */
	const struct netlink_name *groups; /* multicast; NULL: none by name */
};

extern const struct netlink_protocol netlink_protocols[]; /* ends with a word of NULL */

const struct netlink_protocol *netlink_protocol(const char *word);
const struct netlink_protocol *netlink_protocol_of(uint16_t number);

/* A protocol's messages, or those of one generic family or one subsystem of netfilter. */
struct netlink_messages {
	const char *word; /* the family or subsystem; the protocol's when it has no parts */
	uint16_t protocol;
	uint16_t base;	  /* of nlmsg_type, to which a name's number is added */
	uint32_t numbers; /* highest number that belongs to the base */
	const struct netlink_name *names;
	const struct netlink_name
		*attributes;		     /* when no layout says otherwise; NULL: not by name */
	const struct netlink_name *families; /* of the header's first byte; NULL: it is none */
	bool implied;			     /* granted with others, never by name */
};

extern const struct netlink_messages netlink_messages[]; /* ends with a word of NULL */

/* part: the generic family or subsystem; NULL for a protocol without parts. NULL: unknown. */
const struct netlink_messages *netlink_messages_find(uint16_t protocol, const char *part);

/* Those that a message belongs to; family: of generic ones, else ignored. NULL: unknown. */
const struct netlink_messages *netlink_messages_of(uint16_t protocol, uint16_t type,
						   const char *family);

enum {
	NETLINK_LAYOUT_READS = 1 << 0,
	NETLINK_LAYOUT_DELETES = 1 << 1,
	NETLINK_LAYOUT_NEW_INTERFACE = 1 << 2, /* may make an interface */
	/* A dump is of the interface, or of the table, that the message names; of others it lists
	 * all, whatever the message says. */
	NETLINK_LAYOUT_DUMP_NARROW = 1 << 3,
	NETLINK_LAYOUT_LINK_KIND = 1 << 4, /* `kind` is IFLA_LINKINFO */
	NETLINK_LAYOUT_KINDS = 1 << 5,	   /* `kind` may be narrowed */
	/* The interface's names are optional in the kernel, and it is another's message without
	 * one. */
	NETLINK_LAYOUT_NAME_REQUIRED = 1 << 6,
};

/*
 * What a message's header and attributes mean. Attributes are types, 0: there is none. An interface
 * is found by `index_at`, by `index` or by `names`; what a list of interfaces demands is in
 * userspace/policy/netlink.c.
 */
struct netlink_layout {
	uint16_t protocol;
	uint16_t first, last; /* nlmsg_type */
	uint16_t flags;	      /* NETLINK_LAYOUT_* */
	uint8_t header;	      /* bytes */
	uint8_t index_at;     /* in the header; 0: none */
	uint8_t index;	      /* attribute with an index, which a list of interfaces requires */
	uint8_t names[2];     /* attributes with an interface's name */
	uint8_t next_hops;
	uint8_t kind, master, link;
	uint8_t table_at, table_number; /* byte of the header, and attribute that overrides it */
	uint8_t action_at;		/* of a policy rule: byte of the header; 0: none */
	uint8_t table_name, chain_name;
	uint64_t table_handles, chain_handles; /* attributes that find one without its name */
	const struct netlink_name *attributes;
	uint64_t usual[2]; /* 1 << attribute: may be there when the manifest says nothing */
	uint64_t bridge;   /* as well when the only address family is bridge */
	uint64_t families; /* 1 << family, likewise; 0: any */
};

/* NULL: the kernel takes no such message, or it is not known how it is laid out. */
const struct netlink_layout *netlink_layout(uint16_t protocol, uint16_t type);

extern const struct netlink_layout netlink_route_layouts[], netlink_filter_layouts[];

/* The names of a message's attributes, or NULL. */
const struct netlink_name *netlink_attributes(uint16_t protocol, uint16_t type, const char *family);

/* The number of a routing table: local, main, default, or a number from 1. */
bool netlink_table(const char *text, uint32_t *ret);

#endif
