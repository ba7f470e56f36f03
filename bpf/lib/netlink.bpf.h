/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One netlink message while it is checked, for the three files that do so. */
#ifndef POSTERN_BPF_NETLINK_H
#define POSTERN_BPF_NETLINK_H

#include "bpf/lib/maps.bpf.h"

/* include/uapi/linux/netlink.h */
#define NETLINK_ROUTE	  0
#define NETLINK_SOCK_DIAG 4
#define NETLINK_XFRM	  6
#define NETLINK_NETFILTER 12
#define NETLINK_GENERIC	  16
#define NLMSG_HEADER	  16
#define NLMSG_MIN_TYPE	  0x10
#define NLM_F_DUMP	  0x300
#define NLM_F_EXCL	  0x200
#define NLM_F_BULK	  0x200
#define NLM_F_CREATE	  0x400
#define NLA_HEADER	  4
#define NLA_TYPE_MASK	  0x3fff

/* Messages are copied in pieces of this size: each copy costs a call. */
#define WINDOW	     256
#define WINDOW_REACH 128

#define ALIGNED(len) (((len) + 3) & ~3u)

/* Whose attributes are read. All levels are read by one loop: the verifier follows calls no deeper
 * than eight functions. */
enum netlink_level {
	NETLINK_MESSAGE,
	NETLINK_LINK_KIND, /* IFLA_LINKINFO */
	NETLINK_PEER,	   /* the other end of a pair */
	NETLINK_NEXT_HOPS, /* RTA_MULTIPATH */
};

/* Which message it is, where its parts lie, and what is wrong with it. Offsets count from the start
 * of the skb's data. */
struct netlink_message {
	__u64 policy;
	__u64 data;
	__u64 net;		     /* struct net in which it takes effect */
	__u32 len;		     /* of all messages */
	__u32 window_at, window_len; /* what is copied of them */
	__u32 at, end;		     /* of this one */
	__u32 next, limit;	     /* the next attribute, and where those of its level end */
	__u32 outer;		 /* the next of the message itself, while it is at another level */
	__u32 hop_end;		 /* of a next hop */
	__u32 data_at, data_end; /* IFLA_INFO_DATA; data_at 0: none */
	__u32 part, part_len;	 /* an attribute: its header, and its length with that */
	__u32 value;		 /* its first four bytes */
	__u32 check;		 /* of the rule, on what the level is in */
	__u8 level;		 /* enum netlink_level */
	__u8 kinds;		 /* a link's kind was told */
	__u8 paired;		 /* and is one that has a peer */
	__u8 named;		 /* the peer has a name */
	__u64 seen[2];		 /* 1 << attribute type */
	__u64 device, entry;	 /* an interface that is looked for: struct net_device, and the next
				    in the list */
	__u32 index;		 /* its number */
	/* The header of the message and the beginning of its own. */
	struct nlmsghdr header;
	__u8 body[32];
	struct postern_short name; /* with zeros behind it */
	struct postern_message refused;
	/* What follows the window lets the verifier see that any WINDOW_REACH bytes lie in it. */
	__u8 window[WINDOW + WINDOW_REACH];
};

/* Set before loading: where the kernel has genl_fam_idr (net/netlink/genetlink.c). */
extern const volatile __u64 genl_fam_idr;

/* All of these return 0, or 1 after they noted in m->refused what is wrong. */

#define SHORT_BYTES (POSTERN_WORD_BYTES + 4)

/* Notes the name for the report. */
static __always_inline void name_report(struct netlink_message *m)
{
	__builtin_memcpy(m->refused.name, m->name.text, sizeof(m->refused.name));
	m->refused.name[sizeof(m->refused.name) - 1] = 0;
}

static __always_inline int wrong(struct netlink_message *m, __u16 fault)
{
	m->refused.fault = fault;
	return 1;
}

/* The copy of what begins at `at`: `need` bytes of it are there, at most WINDOW_REACH, and what
 * follows them is not to be believed. NULL: there are not so many. */
static __always_inline __u8 *look(struct netlink_message *m, __u32 at, __u32 need)
{
	__u32 from = at - m->window_at, size;

	if (at < m->window_at || from + need > m->window_len) {
		size = m->len - at;
		if (at > m->len || size < need)
			return NULL;
		if (size > WINDOW)
			size = WINDOW;
		m->window_len = 0;
		/* The verifier has lost the bound by then, and the compiler has not. */
		asm volatile("" : "+r"(size));
		if (size > WINDOW ||
		    bpf_probe_read_kernel(m->window, size, (const void *)(m->data + at)))
			return NULL;
		m->window_at = at;
		m->window_len = size;
		from = 0;
	}
	return &m->window[from & (WINDOW - 1)];
}

/* The attributes of a message, against its rule. netlink_attributes.bpf.c. */
extern int netlink_attributes(struct netlink_message *m, const struct postern_netlink_rule *rule);

/* Is m->name.text one of the names of a check? */
extern int netlink_name(struct netlink_message *m, const struct postern_netlink_rule *rule,
			const struct postern_netlink_check *check);

/* The name of the interface with that index: m->name.text. */
extern int netlink_device(struct netlink_message *m, __u32 index);

/* Has the interface with that index one of the names of a check? */
static __always_inline int netlink_interface(struct netlink_message *m,
					     const struct postern_netlink_rule *rule,
					     const struct postern_netlink_check *check, __u32 index)
{
	if (!check->list)
		return 0;
	if (netlink_device(m, index))
		return 1;
	return netlink_name(m, rule, check) && wrong(m, POSTERN_MESSAGE_INTERFACE);
}

/* Is the number in one of a list of ranges? */
extern int netlink_number(struct netlink_message *m, __u32 number, __u32 list);

/* The number of the generic family in the policy's rules, by the name that it has in the kernel;
 * 0: it has none, or is not granted. */
extern int netlink_generic(struct netlink_message *m);

#endif
