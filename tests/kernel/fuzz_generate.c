/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random netlink messages: drafts put into bytes, and what is done to those. */
#include <ctype.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "tests/kernel/fuzz.h"

/* splitmix64 */
static uint64_t next(struct fuzz_random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

uint32_t fuzz_below(struct fuzz_random *r, uint32_t limit)
{
	return (uint32_t)((next(r) >> 32) * limit >> 32);
}

bool fuzz_chance(struct fuzz_random *r, uint32_t percent)
{
	return fuzz_below(r, 100) < percent;
}

bool fuzz_tame(struct fuzz_random *r)
{
	return fuzz_chance(r, r->tame);
}

void fuzz_part(struct fuzz_draft *d, uint16_t type, const void *value, size_t len)
{
	struct fuzz_part *part = &d->parts[d->len];

	if (d->len >= FUZZ_PARTS || len > sizeof(part->data))
		return;
	d->len++;
	part->type = type;
	part->len = len;
	if (len > 0)
		memcpy(part->data, value, len);
}

void fuzz_part_number(struct fuzz_draft *d, uint16_t type, uint32_t number)
{
	fuzz_part(d, type, &number, sizeof(number));
}

void fuzz_part_text(struct fuzz_draft *d, uint16_t type, const char *text)
{
	fuzz_part(d, type, text, strlen(text) + 1);
}

size_t fuzz_nest(char *to, size_t at, size_t size, uint16_t type, const void *value, size_t len)
{
	struct nlattr header = {.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + len)};

	if (at + NLA_HDRLEN + NLA_ALIGN(len) > size)
		return at;
	memset(to + at, 0, NLA_HDRLEN + NLA_ALIGN(len));
	memcpy(to + at, &header, sizeof(header));
	if (len > 0)
		memcpy(to + at + NLA_HDRLEN, value, len);
	return at + NLA_HDRLEN + NLA_ALIGN(len);
}

/* What is done to attributes before they are bytes. */
static void mutate_draft(struct fuzz_random *r, struct fuzz_draft *d)
{
	struct fuzz_part *part, spare;

	if (d->len == 0)
		return;
	part = &d->parts[fuzz_below(r, (uint32_t)d->len)];
	switch (fuzz_below(r, 7)) {
	case 0: /* once more, behind or in front */
		fuzz_part(d, part->type, part->data, part->len);
		if (part->len > 0 && fuzz_chance(r, 50))
			part->data[fuzz_below(r, (uint32_t)part->len)] ^= (char)fuzz_below(r, 256);
		break;
	case 1:
		part->type |= NLA_F_NESTED;
		break;
	case 2:
		part->type |= NLA_F_NET_BYTEORDER;
		break;
	case 3: /* longer or shorter than it should be */
		part->len = fuzz_below(r, (uint32_t)part->len + 8) % FUZZ_PART_BYTES;
		break;
	case 4: /* another type */
		part->type = (uint16_t)fuzz_below(r, 80);
		break;
	case 5: /* left out */
		*part = d->parts[--d->len];
		break;
	default: /* another order */
		spare = *part;
		*part = d->parts[0];
		d->parts[0] = spare;
	}
}

static size_t draft_put(const struct fuzz_draft *d, struct fuzz_message *m, uint32_t sequence)
{
	struct nlmsghdr header = {
		.nlmsg_type = d->type, .nlmsg_flags = d->flags, .nlmsg_seq = sequence};
	size_t began = m->len, need = NLMSG_HDRLEN + NLMSG_ALIGN(d->header_len);

	for (size_t i = 0; i < d->len; i++)
		need += NLA_HDRLEN + NLA_ALIGN(d->parts[i].len);
	if (m->len + need > sizeof(m->data))
		return began;
	header.nlmsg_len = (uint32_t)need;
	memset(m->data + m->len, 0, need);
	memcpy(m->data + m->len, &header, sizeof(header));
	memcpy(m->data + m->len + NLMSG_HDRLEN, d->header, d->header_len);
	m->len += NLMSG_HDRLEN + NLMSG_ALIGN(d->header_len);
	for (size_t i = 0; i < d->len; i++)
		m->len = fuzz_nest(m->data, m->len, sizeof(m->data), d->parts[i].type,
				   d->parts[i].data, d->parts[i].len);
	return began;
}

static uint16_t *length_of_attribute(struct fuzz_random *r, struct fuzz_message *m, size_t began,
				     size_t header_len)
{
	size_t at = began + NLMSG_HDRLEN + NLMSG_ALIGN(header_len);
	uint16_t *found = NULL;

	while (at + NLA_HDRLEN <= m->len) {
		struct nlattr *a = (struct nlattr *)(void *)(m->data + at);

		if (!found || fuzz_chance(r, 40))
			found = &a->nla_len;
		if (a->nla_len < NLA_HDRLEN)
			break;
		at += NLA_ALIGN(a->nla_len);
	}
	return found;
}

/* What is done to the bytes of the last message. */
static void mutate_bytes(struct fuzz_random *r, struct fuzz_message *m, size_t began,
			 size_t header_len)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)(m->data + began);
	size_t len = m->len - began;
	uint16_t *attribute;

	switch (fuzz_below(r, 7)) {
	case 0:
		header->nlmsg_len += fuzz_below(r, 24) - 12;
		break;
	case 1:
		header->nlmsg_flags ^= (uint16_t)(1u << fuzz_below(r, 12));
		break;
	case 2: /* the header, with its family */
		m->data[began + NLMSG_HDRLEN + fuzz_below(r, (uint32_t)header_len + 1)] =
			(char)fuzz_below(r, 256);
		break;
	case 3:
	case 4:
		attribute = length_of_attribute(r, m, began, header_len);
		if (attribute)
			*attribute = (uint16_t)(*attribute + fuzz_below(r, 16) - 8);
		break;
	case 5: /* cut */
		m->len = began + NLMSG_HDRLEN + fuzz_below(r, (uint32_t)(len - NLMSG_HDRLEN + 1));
		if (fuzz_chance(r, 50))
			header->nlmsg_len = (uint32_t)(m->len - began);
		break;
	default:
		if (len > NLMSG_HDRLEN)
			m->data[began + NLMSG_HDRLEN +
				fuzz_below(r, (uint32_t)(len - NLMSG_HDRLEN))] ^=
				(char)(1u << fuzz_below(r, 8));
	}
}

/* Between others: NLMSG_NOOP, ERROR, DONE, OVERRUN, with odd lengths as well. */
static void put_control(struct fuzz_random *r, struct fuzz_message *m)
{
	struct nlmsghdr header = {.nlmsg_len = NLMSG_HDRLEN + (fuzz_chance(r, 30) ? 1 : 0),
				  .nlmsg_type = (uint16_t)fuzz_below(r, 16),
				  .nlmsg_flags = (uint16_t)fuzz_below(r, 8)};
	size_t len = NLMSG_ALIGN(header.nlmsg_len);

	if (m->len + len > sizeof(m->data))
		return;
	memset(m->data + m->len, 0, len);
	memcpy(m->data + m->len, &header, sizeof(header));
	m->len += len;
}

static void put_bound(struct fuzz_random *r, struct fuzz_message *m, uint16_t type)
{
	struct fuzz_draft d = {.type = type, .flags = NLM_F_REQUEST, .header_len = 4};

	/* res_id, in the order of the network, and as some programs get it wrong */
	d.header[fuzz_tame(r) || fuzz_chance(r, 50) ? 3 : 2] = NFNL_SUBSYS_NFTABLES;
	if (fuzz_chance(r, 3))
		d.flags |= NLM_F_ACK;
	(void)draft_put(&d, m, 0);
}

static void put_one(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_message *m,
		    uint32_t sequence)
{
	static struct fuzz_draft d;
	size_t began;

	d = (struct fuzz_draft){.flags = NLM_F_REQUEST | NLM_F_ACK};
	if (m->protocol == NETLINK_ROUTE)
		fuzz_route(r, p, &d);
	else
		fuzz_filter(r, &d);
	while (!fuzz_tame(r) && fuzz_chance(r, 50))
		mutate_draft(r, &d);
	began = draft_put(&d, m, sequence);
	if (m->len > began && !fuzz_tame(r) && fuzz_chance(r, 40))
		mutate_bytes(r, m, began, d.header_len);
}

void fuzz_generate(uint64_t seed, uint64_t number, const struct fuzz_places *p,
		   struct fuzz_message *ret)
{
	struct fuzz_random r = {.state = seed * 0x2545f4914f6cdd1dull ^ number};
	bool filter = fuzz_chance(&r, 30);
	/* What is wrong in one place alone finds more than what is wrong in all. */
	static const uint32_t tame[] = {100, 94, 90, 90, 85, 80, 40};
	uint32_t messages = fuzz_chance(&r, 80) ? 1 : 2 + fuzz_below(&r, 4);

	r.tame = tame[fuzz_below(&r, ARRAY_SIZE(tame))];
	ret->protocol = filter ? NETLINK_NETFILTER : NETLINK_ROUTE;
	ret->len = 0;
	if (filter)
		put_bound(&r, ret, NFNL_MSG_BATCH_BEGIN);
	for (uint32_t i = 0; i < messages; i++) {
		if (!fuzz_tame(&r) && fuzz_chance(&r, 30))
			put_control(&r, ret);
		if (filter && !fuzz_tame(&r) && fuzz_chance(&r, 30))
			put_bound(&r, ret,
				  fuzz_chance(&r, 50) ? NFNL_MSG_BATCH_BEGIN : NFNL_MSG_BATCH_END);
		put_one(&r, p, ret, i + 1);
	}
	if (filter && fuzz_chance(&r, 97))
		put_bound(&r, ret, NFNL_MSG_BATCH_END);
}

static void print_attributes(const struct fuzz_message *m, size_t at, size_t end)
{
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *a = (const void *)(m->data + at);
		size_t len = a->nla_len;

		printf("#     attribute %u (flags %x), %zu bytes:", a->nla_type & NLA_TYPE_MASK,
		       a->nla_type >> 14, len);
		for (size_t i = NLA_HDRLEN; i < len && at + i < end && i < 64; i++)
			printf(isalnum((unsigned char)m->data[at + i]) ? " %c" : " %02x",
			       (unsigned char)m->data[at + i]);
		printf("\n");
		if (len < NLA_HDRLEN)
			return;
		at += NLA_ALIGN(len);
	}
}

void fuzz_print(const struct fuzz_message *m)
{
	size_t at = 0, end;

	printf("# protocol %u, hex ", m->protocol);
	for (size_t i = 0; i < m->len; i++)
		printf("%02x", (unsigned char)m->data[i]);
	printf("\n");
	while (at + NLMSG_HDRLEN <= m->len) {
		const struct nlmsghdr *h = (const void *)(m->data + at);
		size_t header = m->protocol == NETLINK_ROUTE ? 16 : 4;

		end = h->nlmsg_len > m->len - at ? m->len : at + h->nlmsg_len;
		printf("#   message type %u flags %x length %u, header", h->nlmsg_type,
		       h->nlmsg_flags, h->nlmsg_len);
		if (m->protocol == NETLINK_ROUTE && (h->nlmsg_type & ~3) == 20)
			header = 8;
		else if (m->protocol == NETLINK_ROUTE && h->nlmsg_type >= 24 && h->nlmsg_type < 36)
			header = 12;
		for (size_t i = NLMSG_HDRLEN; i < NLMSG_HDRLEN + header && at + i < end; i++)
			printf(" %02x", (unsigned char)m->data[at + i]);
		printf("\n");
		print_attributes(m, at + NLMSG_HDRLEN + header, end);
		if (h->nlmsg_len < NLMSG_HDRLEN)
			break;
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
}
