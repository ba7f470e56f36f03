/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The attributes of a netlink message, against its rule.
 *
 * The kernel takes the last of several attributes of one type, and ignores what follows one whose
 * length does not fit (lib/nlattr.c). Here each of them is checked, and what does not fit is
 * refused, so that it does not matter which the kernel takes.
 */
#include "bpf/lib/netlink.bpf.h"

#define ATTRIBUTES_MAX 1024 /* of one message, on all levels */

#define PEER_INFO   1  /* include/uapi/linux/veth.h; of a vxcan and a netkit alike */
#define PEER_HEADER 16 /* struct ifinfomsg */
#define NEXT_HOP    8  /* struct rtnexthop */

struct attributes {
	struct netlink_message *message;
	const struct postern_netlink_rule *rule;
	__u32 refused;
};

/* Reads the attribute at m->next: m->part, part_len and value. Returns its type, or -1 when it does
 * not fit before `end`. */
static __always_inline int attribute_read(struct netlink_message *m, __u32 end)
{
	__u32 at = m->next, left = end - at, first;
	__u16 len, type;
	__u8 *bytes;

	m->refused.fault = POSTERN_MESSAGE_MALFORMED;
	if (at >= end || left < NLA_HEADER)
		return -1;
	bytes = look(m, at, left < 2 * NLA_HEADER ? NLA_HEADER : 2 * NLA_HEADER);
	if (!bytes)
		return -1;
	first = *(__u32 *)bytes;
	len = (__u16)first;
	type = (first >> 16) & NLA_TYPE_MASK;
	if (len < NLA_HEADER || len > left)
		return -1;
	m->part = at;
	m->part_len = len;
	/* Of a shorter one it means nothing, and nobody asks. */
	m->value = *(__u32 *)(bytes + NLA_HEADER);
	m->next = at + ALIGNED(len);
	m->refused.attribute = type;
	return type;
}

/* Which of the eight bytes are zero: not 0 when any is. */
static __always_inline __u64 zeros(__u64 bytes)
{
	return (bytes - 0x0101010101010101ull) & ~bytes & 0x8080808080808080ull;
}

/* Or a percent sign, of which the kernel makes a number that is free. */
static __always_inline __u64 percents(__u64 bytes)
{
	return zeros(bytes ^ 0x2525252525252525ull);
}

/* A mask of the bytes from `at` on that lie before `len`. Without a branch, since the verifier
 * would go both ways each time. */
static __always_inline __u64 valid_bytes(__u32 len, __u32 at)
{
	__s64 left = (__s64)len - at;
	__s64 none = (left - 1) >> 63, all = (7 - left) >> 63;

	return ((~(~0ull << (8 * (left & 7)))) | all) & ~none;
}

/*
 * The attribute as a text in m->text, with zeros behind it. The kernel reads as far as the first
 * zero, which need not be there (lib/nlattr.c, nla_strscpy); one that is not the last byte would
 * hide what follows, and is refused; so is a name that is none yet.
 */
__noinline int netlink_text(struct netlink_message *m)
{
	__u64 *text, *from, wild = 0;
	__u8 *bytes;
	__u32 len;

	if (!m)
		return 1;
	len = m->part_len - NLA_HEADER;
	/* Longer than any name of a list: cut, for the report. */
	if (len > SHORT_BYTES)
		len = SHORT_BYTES;
	bytes = look(m, m->part, NLA_HEADER + len);
	if (!bytes)
		return wrong(m, POSTERN_MESSAGE_MALFORMED);
	if (len && !bytes[(NLA_HEADER + len - 1) & (WINDOW_REACH - 1)])
		len--;
	text = (__u64 *)m->name.text;
	from = (__u64 *)(bytes + NLA_HEADER);
	for (__u32 i = 0; i < SHORT_BYTES / 8; i++) {
		__u64 valid = valid_bytes(len, 8 * i);

		text[i] = from[i] & valid;
		wild |= zeros(text[i] | ~valid) | percents(text[i]);
	}
	m->name.len = len;
	if (!wild && len < SHORT_BYTES)
		return 0;
	name_report(m);
	return wrong(m, POSTERN_MESSAGE_NAME);
}

static __always_inline bool has_number(struct netlink_message *m)
{
	if (m->part_len == NLA_HEADER + sizeof(__u32))
		return true;
	wrong(m, POSTERN_MESSAGE_MALFORMED);
	return false;
}

/* Goes down a level. */
static __always_inline int enter(struct netlink_message *m, __u8 level, __u32 check)
{
	/* One alone, and not in one of its kind: the kernel would join parts of two. */
	if (m->level != NETLINK_MESSAGE ||
	    m->seen[m->refused.attribute >> 6 & 1] >> (m->refused.attribute & 63) & 1)
		return wrong(m, POSTERN_MESSAGE_ATTRIBUTE);
	m->outer = m->next;
	m->next = m->part + NLA_HEADER;
	m->limit = m->part + m->part_len;
	m->check = check;
	m->level = level;
	m->kinds = 0;
	m->paired = 0;
	m->data_at = 0;
	m->data_end = 0;
	m->hop_end = 0;
	return 0;
}

static __always_inline int check_one(struct netlink_message *m,
				     const struct postern_netlink_rule *rule,
				     const struct postern_netlink_check *check, __u32 number)
{
	switch (check->kind) {
	case POSTERN_CHECK_INDEX:
		if (!has_number(m))
			return 1;
		if (!m->value && check->flags & POSTERN_CHECK_ZERO)
			return 0;
		return netlink_interface(m, rule, check, m->value);
	case POSTERN_CHECK_NAME:
		return netlink_text(m) || netlink_name(m, rule, check);
	case POSTERN_CHECK_NUMBER:
		return !has_number(m) || netlink_number(m, m->value, check->list);
	case POSTERN_CHECK_LINK_KIND:
		return enter(m, NETLINK_LINK_KIND, number);
	case POSTERN_CHECK_NEXT_HOPS:
		return enter(m, NETLINK_NEXT_HOPS, number);
	default:
		return 0;
	}
}

/* The checks on one attribute of a message or of a peer. */
__noinline int netlink_part(struct netlink_message *m, const struct postern_netlink_rule *rule)
{
	if (!m || !rule)
		return 1;
	for (__u32 i = 0; i < POSTERN_NETLINK_CHECKS; i++) {
		const struct postern_netlink_check *check = &rule->checks[i];

		if (check->kind == POSTERN_CHECK_NONE)
			break;
		if (check->at == m->refused.attribute && check_one(m, rule, check, i))
			return 1;
	}
	return 0;
}

static __always_inline int granted_part(struct netlink_message *m,
					const struct postern_netlink_rule *rule, int type)
{
	if (type >= POSTERN_NETLINK_ATTRIBUTES ||
	    !(rule->attributes[type >> 6 & 1] >> (type & 63) & 1))
		return wrong(m, POSTERN_MESSAGE_ATTRIBUTE);
	return rule->checked[type >> 6 & 1] >> (type & 63) & 1 && netlink_part(m, rule);
}

static __always_inline bool text_is(const struct netlink_message *m, const char kind[8])
{
	for (int i = 0; i < 8; i++)
		if (m->name.text[i] != kind[i])
			return false;
	return true;
}

/* In IFLA_LINKINFO: the kind and its data, each once. */
static __always_inline int kind_part(struct netlink_message *m,
				     const struct postern_netlink_rule *rule, int type)
{
	if (type == IFLA_INFO_KIND && !m->kinds) {
		m->kinds = 1;
		if (netlink_text(m))
			return 1;
		m->paired = text_is(m, "veth\0\0\0") || text_is(m, "vxcan\0\0") ||
			    text_is(m, "netkit\0");
		return netlink_name(m, rule,
				    &rule->checks[m->check & (POSTERN_NETLINK_CHECKS - 1)]);
	}
	if (type == IFLA_INFO_DATA && !m->data_at) {
		m->data_at = m->part + NLA_HEADER;
		m->data_end = m->part + m->part_len;
		return 0;
	}
	/* Its own type would be taken for one of the message's. */
	m->refused.attribute = IFLA_LINKINFO;
	return wrong(m, POSTERN_MESSAGE_ATTRIBUTE);
}

/* The data of a pair: its peer, and nothing else, so that there is no second that the kernel would
 * take. */
static __always_inline int peer_enter(struct netlink_message *m)
{
	m->next = m->data_at;
	m->limit = m->data_end;
	m->level = NETLINK_PEER;
	m->named = 0;
	if (m->next >= m->limit)
		return 0;
	if (attribute_read(m, m->limit) != PEER_INFO || m->next < m->limit ||
	    m->part_len < NLA_HEADER + PEER_HEADER)
		return wrong(m, POSTERN_MESSAGE_MALFORMED);
	m->limit = m->part + m->part_len;
	m->next = m->part + NLA_HEADER + PEER_HEADER;
	return 0;
}

/* Goes up a level when all of one was read. Returns -1 when it was the message itself. */
static __always_inline int leave(struct netlink_message *m)
{
	switch (m->level) {
	case NETLINK_MESSAGE:
		return -1;
	case NETLINK_LINK_KIND:
		m->refused.attribute = IFLA_LINKINFO;
		if (!m->kinds)
			return wrong(m, POSTERN_MESSAGE_MISSING);
		if (m->paired)
			return peer_enter(m);
		break;
	case NETLINK_PEER:
		/* Without one the kernel would choose it. */
		m->refused.attribute = IFLA_IFNAME;
		if (!m->named)
			return wrong(m, POSTERN_MESSAGE_MISSING);
		break;
	}
	m->level = NETLINK_MESSAGE;
	m->next = m->outer;
	m->limit = m->end;
	return 0;
}

/* The header of a next hop, at m->next: struct rtnexthop. */
static __always_inline int hop_enter(struct netlink_message *m,
				     const struct postern_netlink_rule *rule)
{
	__u32 at = m->next, left = m->limit - at;
	__u8 *bytes;
	__u16 len;

	m->refused.fault = POSTERN_MESSAGE_MALFORMED;
	bytes = left < NEXT_HOP ? NULL : look(m, at, NEXT_HOP);
	if (!bytes)
		return 1;
	len = *(__u16 *)bytes;
	if (len < NEXT_HOP || len > left)
		return 1;
	m->hop_end = at + len;
	m->next = at + NEXT_HOP;
	return netlink_interface(m, rule, &rule->checks[m->check & (POSTERN_NETLINK_CHECKS - 1)],
				 *(__u32 *)(bytes + 4));
}

/* One attribute, on whatever level, or the end of one. */
static __always_inline int step(struct netlink_message *m, const struct postern_netlink_rule *rule)
{
	__u32 limit = m->limit;
	__u8 level = m->level;
	int type;

	if (m->next >= limit)
		return leave(m);
	if (level == NETLINK_NEXT_HOPS) {
		if (m->next >= m->hop_end)
			return hop_enter(m, rule);
		limit = m->hop_end;
	}
	type = attribute_read(m, limit);
	if (type < 0)
		return 1;
	if (level == NETLINK_LINK_KIND)
		return kind_part(m, rule, type);
	if (level == NETLINK_PEER && type == IFLA_IFNAME)
		m->named = 1;
	if (granted_part(m, rule, type))
		return 1;
	/* What stands further down is not what the kernel takes for the message's own. */
	if (level == NETLINK_MESSAGE)
		m->seen[type >> 6 & 1] |= 1ull << (type & 63);
	return 0;
}

static long attribute_step(__u32 i, struct attributes *a)
{
	int r = step(a->message, a->rule);

	a->refused = r != -1;
	return r != 0;
}

static __always_inline int missing(struct netlink_message *m, __u64 lacks, __u16 first)
{
	for (__u16 i = 0; i < 64; i++)
		if (lacks >> i & 1)
			m->refused.attribute = first + i;
	return wrong(m, POSTERN_MESSAGE_MISSING);
}

__noinline int netlink_attributes(struct netlink_message *m,
				  const struct postern_netlink_rule *rule)
{
	struct attributes a = {.message = m, .rule = rule};

	if (!m || !rule)
		return 1;
	m->level = NETLINK_MESSAGE;
	m->limit = m->end;
	m->seen[0] = 0;
	m->seen[1] = 0;
	if (bpf_loop(ATTRIBUTES_MAX, attribute_step, &a, 0) == ATTRIBUTES_MAX)
		return wrong(m, POSTERN_MESSAGE_TOO_MANY);
	if (a.refused)
		return 1;
	if (rule->required[0] & ~m->seen[0])
		return missing(m, rule->required[0] & ~m->seen[0], 0);
	if (rule->required[1] & ~m->seen[1])
		return missing(m, rule->required[1] & ~m->seen[1], 64);
	return 0;
}
