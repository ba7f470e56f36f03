/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a network namespace holds beside what is granted, as hashes of its objects.
 *
 * Left out is what the fuzzer's manifest grants, what follows from that by itself (routes of the
 * kernel by a granted interface), and what changes without anybody's doing (statistics, timers).
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_addrlabel.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/nexthop.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "tests/kernel/fuzz.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/message.h"

#define BIT(n)	   (UINT64_C(1) << (n))
#define LINKS_MAX  1024
#define SKIP_STATS (1u << 3) /* RTEXT_FILTER_SKIP_STATS */

/* One object of a dump. */
struct found {
	uint16_t type;
	size_t header_len;
	const char *header, *attributes;
	size_t len; /* of the attributes */
};

/* The dump that is being read. */
static struct {
	struct fuzz_state *state;
	const char *place;
	uint32_t granted[LINKS_MAX]; /* numbers of granted interfaces */
	size_t granted_len;
} now;

static uint64_t hash(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * 0x100000001b3ull;
	return h;
}

static const struct nlattr *attribute_at(const char *from, size_t at, size_t len)
{
	const struct nlattr *a = (const void *)(from + at);

	return at + NLA_HDRLEN <= len && a->nla_len >= NLA_HDRLEN && a->nla_len <= len - at ? a
											    : NULL;
}

static const void *value_of(const struct found *f, uint16_t type)
{
	const struct nlattr *a;

	for (size_t at = 0; (a = attribute_at(f->attributes, at, f->len));
	     at += NLA_ALIGN(a->nla_len))
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a + 1;
	return NULL;
}

static uint32_t number_of(const struct found *f, uint16_t type)
{
	const uint32_t *value = value_of(f, type);

	return value ? *value : 0;
}

static const char *text_of(const struct found *f, uint16_t type)
{
	const char *text = value_of(f, type);

	return text ? text : "";
}

bool fuzz_granted_name(const char *name)
{
	return strncmp(name, "tap", 3) == 0 || strcmp(name, "ok0") == 0 ||
	       (name[0] == 'p' && strlen(name) == 3);
}

static bool is_granted(uint32_t index)
{
	for (size_t i = 0; i < now.granted_len; i++)
		if (now.granted[i] == index)
			return true;
	return false;
}

/* Attributes in any order, but for those of which the bit is set. */
static uint64_t hash_attributes(const char *from, size_t len, const uint64_t skip[2])
{
	static const uint64_t skip_inet6[2] = {BIT(3) | BIT(5) | BIT(6)};
	const struct nlattr *a;
	uint64_t sum = 0;

	for (size_t at = 0; (a = attribute_at(from, at, len)); at += NLA_ALIGN(a->nla_len)) {
		uint16_t type = a->nla_type & NLA_TYPE_MASK;

		if (skip && type < 128 && skip[type / 64] & BIT(type % 64))
			continue;
		/* By family: what inet6 counts. */
		if (skip && skip[0] & BIT(IFLA_STATS64) && type == IFLA_AF_SPEC)
			sum += hash_attributes((const char *)(a + 1), a->nla_len - NLA_HDRLEN,
					       NULL);
		else if (!skip && type == AF_INET6 && a->nla_len > 64)
			sum += hash_attributes((const char *)(a + 1), a->nla_len - NLA_HDRLEN,
					       skip_inet6);
		else
			sum += hash(hash(type, a + 1, a->nla_len - NLA_HDRLEN), &type, 2);
	}
	return sum;
}

static void note(const struct found *f, size_t header_len, const uint64_t skip[2],
		 const char *format, const char *name, uint32_t number)
{
	static const uint64_t none[2];
	struct fuzz_state *s = now.state;
	struct fuzz_object *o = &s->objects[s->len];

	if (s->len >= FUZZ_OBJECTS)
		hand_bail("more objects than the fuzzer has room for");
	s->len++;
	o->hash = hash(f->type, f->header, header_len) +
		  hash_attributes(f->attributes, f->len, skip ? skip : none);
	(void)snprintf(o->text, sizeof(o->text), "%s: %s %s %u", now.place, format, name, number);
}

static void take_link(const struct found *f)
{
	static const uint64_t skip[2] = {BIT(IFLA_STATS) | BIT(IFLA_STATS64) |
					 BIT(IFLA_CARRIER_CHANGES) | BIT(IFLA_CARRIER_UP_COUNT) |
					 BIT(IFLA_CARRIER_DOWN_COUNT) | BIT(IFLA_EVENT)};
	/* What a bridge takes from its ports. */
	static const uint64_t skip_bridge[2] = {~(BIT(IFLA_IFNAME) | BIT(IFLA_IFALIAS) |
						  BIT(IFLA_PROP_LIST) | BIT(IFLA_GROUP) |
						  BIT(IFLA_MASTER) | BIT(IFLA_TXQLEN)),
						~UINT64_C(0)};
	const struct ifinfomsg *header = (const void *)f->header;
	const char *name = text_of(f, IFLA_IFNAME);

	if (fuzz_granted_name(name)) {
		if (now.granted_len < LINKS_MAX)
			now.granted[now.granted_len++] = (uint32_t)header->ifi_index;
		return;
	}
	if (header->ifi_index == FUZZ_BR0)
		note(f, offsetof(struct ifinfomsg, ifi_flags), skip_bridge, "link", name, FUZZ_BR0);
	else
		note(f, f->header_len, skip, "link", name, (uint32_t)header->ifi_index);
}

/* What else is told of a link: as a bridge's port, with its vlans. */
static void take_port(const struct found *f)
{
	const struct ifinfomsg *header = (const void *)f->header;
	static const uint64_t skip[2] = {BIT(IFLA_PROTINFO) | BIT(IFLA_OPERSTATE) |
					 BIT(IFLA_ADDRESS) | BIT(IFLA_MTU) | BIT(IFLA_MASTER)};

	if (!is_granted((uint32_t)header->ifi_index))
		note(f, offsetof(struct ifinfomsg, ifi_flags), skip, "bridge port",
		     text_of(f, IFLA_IFNAME), (uint32_t)header->ifi_index);
}

static void take_other_link(const struct found *f)
{
	const struct ifinfomsg *header = (const void *)f->header;

	note(f, offsetof(struct ifinfomsg, ifi_flags), NULL, "link", text_of(f, IFLA_IFNAME),
	     (uint32_t)header->ifi_index);
}

static void take_address(const struct found *f)
{
	static const uint64_t skip[2] = {BIT(IFA_CACHEINFO) | BIT(IFA_FLAGS)};
	const struct ifaddrmsg *header = (const void *)f->header;

	if (!is_granted(header->ifa_index))
		note(f, f->header_len, skip, "address", text_of(f, IFA_LABEL), header->ifa_index);
}

static bool hops_granted(const struct nlattr *hops)
{
	const char *from = (const char *)(hops + 1);

	for (size_t at = 0; at + sizeof(struct rtnexthop) + NLA_HDRLEN <= hops->nla_len;) {
		const struct rtnexthop *hop = (const void *)(from + at);

		if (!is_granted((uint32_t)hop->rtnh_ifindex))
			return false;
		if (hop->rtnh_len < sizeof(*hop))
			break;
		at += RTNH_ALIGN(hop->rtnh_len);
	}
	return true;
}

static void take_route(const struct found *f)
{
	static const uint64_t skip[2] = {BIT(RTA_CACHEINFO)};
	const struct rtmsg *header = (const void *)f->header;
	uint32_t table = number_of(f, RTA_TABLE), out = number_of(f, RTA_OIF);
	const struct nlattr *hops = value_of(f, RTA_MULTIPATH);
	bool in_table = table == 100 || table == 1000;
	bool by_granted = is_granted(out) || (!out && hops && hops_granted(hops - 1));

	if (header->rtm_flags & RTM_F_CLONED)
		return;
	if (by_granted && (in_table || header->rtm_protocol == RTPROT_KERNEL))
		return;
	/* IPv6 has those that drop packets by lo, whatever their message said. */
	if (in_table && header->rtm_family == AF_INET6 && header->rtm_type >= RTN_BLACKHOLE &&
	    header->rtm_type <= RTN_THROW)
		return;
	note(f, f->header_len, skip, "route in table", "", table);
}

static void take_rule(const struct found *f)
{
	uint32_t table = number_of(f, FRA_TABLE);
	const char *in = text_of(f, FRA_IIFNAME), *out = text_of(f, FRA_OIFNAME);
	/* Whether the interface is there just now. */
	static const uint64_t skip[2];
	struct fib_rule_hdr header = *(const struct fib_rule_hdr *)(const void *)f->header;
	struct found plain = *f;

	if ((table == 100 || table == 1000) && fuzz_granted_name(in) &&
	    (!out[0] || fuzz_granted_name(out)))
		return;
	header.flags &=
		~(uint32_t)(FIB_RULE_IIF_DETACHED | FIB_RULE_OIF_DETACHED | FIB_RULE_UNRESOLVED);
	plain.header = (const char *)&header;
	note(&plain, plain.header_len, skip, "policy rule for", in, table);
}

static void take_neighbour(const struct found *f)
{
	static const uint64_t skip[2] = {BIT(NDA_CACHEINFO) | BIT(NDA_PROBES)};
	const struct ndmsg *header = (const void *)f->header;
	uint32_t master = number_of(f, NDA_MASTER);

	if (is_granted((uint32_t)header->ndm_ifindex) || master == FUZZ_BR0 ||
	    header->ndm_ifindex == FUZZ_BR0)
		return;
	if (header->ndm_flags & NTF_PROXY || header->ndm_state & (NUD_PERMANENT | NUD_REACHABLE))
		note(f, f->header_len, skip, "neighbour", "", (uint32_t)header->ndm_ifindex);
}

static void take_traffic(const struct found *f)
{
	static const uint64_t skip[2] = {BIT(TCA_STATS) | BIT(TCA_STATS2) | BIT(TCA_XSTATS)};
	const struct tcmsg *header = (const void *)f->header;

	if (!is_granted((uint32_t)header->tcm_ifindex) && header->tcm_ifindex != FUZZ_BR0)
		note(f, offsetof(struct tcmsg, tcm_info), skip, "discipline", text_of(f, TCA_KIND),
		     (uint32_t)header->tcm_ifindex);
}

static void take_any(const struct found *f)
{
	note(f, f->header_len, NULL, "other object", "", f->type);
}

/* Objects of nftables are told with the number of the table's state. */
static void take_filter(const struct found *f)
{
	const struct nfgenmsg *header = (const void *)f->header;
	const char *table = text_of(f, 1);

	if (header->nfgen_family == NFPROTO_INET && strcmp(table, "postern") == 0)
		return;
	note(f, 1, NULL, "nftables object of table", table, header->nfgen_family);
}

static void take_all(int fd, size_t header_len, void (*take)(const struct found *))
{
	_Alignas(struct nlmsghdr) static char answer[65536];

	for (;;) {
		ssize_t n = recv(fd, answer, sizeof(answer), 0);

		if (n < 0)
			hand_bail("read what is there: %s", strerror(errno));
		for (size_t at = 0; at + NLMSG_HDRLEN <= (size_t)n;) {
			const struct nlmsghdr *h = (const void *)(answer + at);
			size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(header_len);
			struct found f = {.type = h->nlmsg_type, .header_len = header_len};

			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
				return;
			f.header = answer + at + NLMSG_HDRLEN;
			f.attributes = answer + at + skip;
			f.len = h->nlmsg_len > skip ? h->nlmsg_len - skip : 0;
			take(&f);
			at += NLMSG_ALIGN(h->nlmsg_len);
		}
	}
}

struct dump {
	uint16_t type;
	uint8_t family;
	size_t header_len; /* of what is asked, and of what comes */
	void (*take)(const struct found *);
	uint16_t attribute; /* IFLA_EXT_MASK, with `value` */
	uint32_t value;
	uint32_t index, flags; /* in the header: at 4, at 8 */
};

static void take_dump(int fd, const struct dump *dump)
{
	static struct message m;
	char header[32] = {[0] = (char)dump->family};

	memcpy(header + 4, &dump->index, sizeof(dump->index));
	memcpy(header + 8, &dump->flags, sizeof(dump->flags));
	m.len = m.current = 0;
	message_begin(&m, dump->type, NLM_F_REQUEST | NLM_F_DUMP, header, dump->header_len);
	if (dump->attribute)
		message_add_number(&m, dump->attribute, dump->value);
	if (send(fd, m.data, m.len, 0) < 0)
		hand_bail("ask what is there: %s", strerror(errno));
	take_all(fd, dump->header_len, dump->take);
}

#define FILTER(type) (NFNL_SUBSYS_NFTABLES << 8 | (type))

static void take_elements(int fd)
{
	static struct message m;
	const struct nfgenmsg header = {.nfgen_family = NFPROTO_INET};

	m.len = m.current = 0;
	message_begin(&m, FILTER(NFT_MSG_GETSETELEM), NLM_F_REQUEST | NLM_F_DUMP, &header,
		      sizeof(header));
	message_add_text(&m, NFTA_SET_ELEM_LIST_TABLE, "other");
	message_add_text(&m, NFTA_SET_ELEM_LIST_SET, "s");
	if (send(fd, m.data, m.len, 0) < 0)
		hand_bail("ask for elements: %s", strerror(errno));
	take_all(fd, sizeof(header), take_filter);
}

void fuzz_state_take(struct fuzz_world *w, struct fuzz_state *ret)
{
	static const struct dump routes[] = {
		{RTM_GETLINK, AF_UNSPEC, 16, take_link, IFLA_EXT_MASK, SKIP_STATS, 0, 0},
		{RTM_GETLINK, AF_BRIDGE, 16, take_port, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN, 0, 0},
		{RTM_GETADDR, AF_UNSPEC, 8, take_address, 0, 0, 0, 0},
		{RTM_GETROUTE, AF_INET, 12, take_route, 0, 0, 0, 0},
		{RTM_GETROUTE, AF_INET6, 12, take_route, 0, 0, 0, 0},
		{RTM_GETRULE, AF_INET, 12, take_rule, 0, 0, 0, 0},
		{RTM_GETRULE, AF_INET6, 12, take_rule, 0, 0, 0, 0},
		{RTM_GETNEIGH, AF_UNSPEC, 12, take_neighbour, 0, 0, 0, 0},
		{RTM_GETNEIGH, AF_INET, 12, take_neighbour, 0, 0, 0, (uint32_t)NTF_PROXY << 16},
		{RTM_GETNEIGH, AF_BRIDGE, 12, take_neighbour, 0, 0, 0, 0},
		{RTM_GETQDISC, AF_UNSPEC, 20, take_traffic, 0, 0, 0, 0},
		{RTM_GETTFILTER, AF_UNSPEC, 20, take_traffic, 0, 0, FUZZ_ETH8, 0},
		{RTM_GETNEXTHOP, AF_UNSPEC, 8, take_any, 0, 0, 0, 0},
		{RTM_GETADDRLABEL, AF_INET6, 12, take_any, 0, 0, 0, 0},
		{RTM_GETNSID, AF_UNSPEC, 4, take_any, 0, 0, 0, 0},
	};
	static const uint16_t filters[] = {NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN, NFT_MSG_GETRULE,
					   NFT_MSG_GETSET};
	static const struct dump other = {RTM_GETLINK, AF_UNSPEC, 16, take_other_link, 0, 0, 0, 0};

	ret->len = 0;
	now.state = ret;
	now.granted_len = 0;
	now.place = "the other namespace";
	take_dump(w->other_route, &other);
	now.place = "not granted";
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
		take_dump(w->route, &routes[i]);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		const struct dump d = {
			.type = FILTER(filters[i]), .header_len = 4, .take = take_filter};

		take_dump(w->filter, &d);
	}
	take_elements(w->filter);
}

static bool holds(const struct fuzz_state *s, const struct fuzz_object *o, size_t nth)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->objects[i].hash == o->hash && nth-- == 0)
			return true;
	return false;
}

static size_t alone(const struct fuzz_state *a, const struct fuzz_state *b, const char *word,
		    FILE *out)
{
	size_t differ = 0;

	for (size_t i = 0; i < a->len; i++) {
		size_t nth = 0;

		for (size_t j = 0; j < i; j++)
			nth += a->objects[j].hash == a->objects[i].hash;
		if (holds(b, &a->objects[i], nth))
			continue;
		differ++;
		if (out)
			(void)fprintf(out, "# %s: %s\n", word, a->objects[i].text);
	}
	return differ;
}

size_t fuzz_state_differ(const struct fuzz_state *before, const struct fuzz_state *after, FILE *out)
{
	return alone(before, after, "was there", out) + alone(after, before, "is there now", out);
}
