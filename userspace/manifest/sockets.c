/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of an entrypoint's sockets, by family. */
#include <assert.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/nearest.h"
#include "base/socket_names.h"
#include "manifest/sockets.h"
#include "manifest/values.h"

void socket_name_unknown(struct reader *r, const struct scalar *v, const struct socket_name *names,
			 uint16_t level, const char *kind)
{
	struct nearest n = {.text = v->text, .len = v->len};

	for (; names->name; names++)
		if (level == UINT16_MAX || names->level == level)
			nearest_offer(&n, names->name);
	problem(r, v->place, text_make("%s is no %s", QUOTE(v->text, v->len), kind),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make("docs/manifest.md tells where the names come from"));
}

static void take_type(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	const struct socket_name *type = socket_name_find(socket_types, 0, v->text);
	struct manifest_socket_family *family = field;
	const struct word *word = word_find(s, v->text);

	if (!type || !word) {
		word_problem(r, s, v);
		return;
	}
	if (family->types & SOCKET_TYPE(type->number))
		problem(r, v->place, text_make("the type \"%s\" is listed twice", type->name),
			text_make("remove one"));
	family->types |= SOCKET_TYPE(type->number);
}

static void protocol_take(struct reader *r, const struct scalar *v, uint16_t of,
			  struct manifest_socket_family *family)
{
	const struct socket_name *name = socket_name_find(socket_protocols, of, v->text);
	uint16_t *added;

	if (!name) {
		socket_name_unknown(r, v, socket_protocols, of, "protocol of these sockets");
		return;
	}
	for (size_t i = 0; i < family->protocols_len; i++)
		if (family->protocols[i] == name->number)
			problem(r, v->place,
				text_make("the protocol \"%s\" is listed twice", name->name),
				text_make("remove one"));
	added = array_add(r, &family->protocols, &family->protocols_len, sizeof(*added));
	if (added)
		*added = (uint16_t)name->number;
}

#define TAKE_PROTOCOL(name_, family_)                                                              \
	static void name_(struct reader *r, const struct shape *s, const struct scalar *v,         \
			  void *field)                                                             \
	{                                                                                          \
		(void)s;                                                                           \
		protocol_take(r, v, family_, field);                                               \
	}

TAKE_PROTOCOL(take_inet_protocol, AF_INET)
TAKE_PROTOCOL(take_packet_protocol, AF_PACKET)
TAKE_PROTOCOL(take_can_protocol, AF_CAN)

#define PROTOCOLS_SHAPE(prefix, take_, pattern_, example_)                                         \
	static const struct shape prefix##_protocol_shape = {                                      \
		.form = FORM_SCALAR,                                                               \
		.look = LOOK_STRING,                                                               \
		.pattern = (pattern_),                                                             \
		.wants = "a protocol's name",                                                      \
		.example = (example_),                                                             \
		.take = (take_),                                                                   \
	};                                                                                         \
	static const struct shape prefix##_protocols_shape = {                                     \
		.form = FORM_LIST,                                                                 \
		.wants = "a list of protocols",                                                    \
		.example = "[" example_ "]",                                                       \
		.element = &prefix##_protocol_shape,                                               \
		.least = 1,                                                                        \
		.most = MANIFEST_PROTOCOLS_MAX,                                                    \
	}

PROTOCOLS_SHAPE(inet, take_inet_protocol,
		"^(tcp|udp|mptcp|icmp|icmpv6|igmp|ipip|ipv6|gre|esp|ah|ospf|pim|vrrp|raw)$", "tcp");
PROTOCOLS_SHAPE(packet, take_packet_protocol, "^(all|ip|arp|ipv6|vlan|lldp|eapol)$", "arp");
PROTOCOLS_SHAPE(can, take_can_protocol, "^(raw|bcm|isotp|j1939)$", "raw");

static const struct word stream_dgram_raw[] = {
	{.word = "stream"},
	{.word = "dgram"},
	{.word = "raw"},
};
static const struct word dgram_raw[] = {{.word = "dgram"}, {.word = "raw"}};
static const struct word stream_dgram_seqpacket[] = {
	{.word = "stream"},
	{.word = "dgram"},
	{.word = "seqpacket"},
};
static const struct word seqpacket[] = {{.word = "seqpacket"}};
static const struct word raw[] = {{.word = "raw"}};
static const struct word dgram[] = {{.word = "dgram"}};
static const struct word tipc_words[] = {
	{.word = "stream"},
	{.word = "dgram"},
	{.word = "seqpacket"},
	{.word = "rdm"},
};
static const struct word bluetooth_words[] = {
	{.word = "stream"},
	{.word = "dgram"},
	{.word = "raw"},
	{.word = "seqpacket"},
};

#define TYPES_SHAPE(prefix, words_)                                                                \
	static const struct shape prefix##_type_shape = {                                          \
		.form = FORM_SCALAR,                                                               \
		.look = LOOK_STRING,                                                               \
		.wants = "a type of socket",                                                       \
		.example = "dgram",                                                                \
		.take = take_type,                                                                 \
		.words = (words_),                                                                 \
		.words_len = ARRAY_SIZE(words_),                                                   \
	};                                                                                         \
	static const struct shape prefix##_types_shape = {                                         \
		.form = FORM_LIST,                                                                 \
		.wants = "a list of types",                                                        \
		.example = "[dgram]",                                                              \
		.element = &prefix##_type_shape,                                                   \
		.least = 1,                                                                        \
		.most = ARRAY_SIZE(words_),                                                        \
	}

#define FAMILY(field) offsetof(struct manifest_socket_family, field)
#define TYPES_DOC     "Types. Default: all that the family has."
#define PROTOCOLS_DOC "Protocols by name."

#define TYPES_KEY(prefix, required_)                                                               \
	{                                                                                          \
		"types", &prefix##_types_shape, 0, .required = (required_), .doc = TYPES_DOC       \
	}
#define PROTOCOLS_KEY(prefix)                                                                      \
	{                                                                                          \
		"protocols", &prefix##_protocols_shape, 0, .doc = PROTOCOLS_DOC,                   \
							   .place = FAMILY(protocols_place)        \
	}

#define FAMILY_SHAPE(prefix, empty)                                                                \
	static const struct shape prefix##_shape = {                                               \
		.form = FORM_KEYED,                                                                \
		.wants = "a mapping",                                                              \
		.example = "{types: [dgram]}",                                                     \
		.keys = prefix##_keys,                                                             \
		.keys_len = ARRAY_SIZE(prefix##_keys),                                             \
		.may_be_empty = (empty),                                                           \
	}

TYPES_SHAPE(inet, stream_dgram_raw);

#define INET_KEYS(prefix)                                                                          \
	static const struct key prefix##_keys[] = {                                                \
		TYPES_KEY(inet, true),                                                             \
		{"protocols", &inet_protocols_shape, 0,                                            \
		 .doc = "Protocols by name. Default: tcp for stream, udp for dgram.",              \
		 .place = FAMILY(protocols_place)},                                                \
		{"connect", &prefix##_addresses_shape, FAMILY(connect),                            \
		 .doc = "Addresses that may be connected and sent to. Default: none."},            \
		{"bind", &prefix##_addresses_shape, FAMILY(bind),                                  \
		 .doc = "Addresses that sockets may be bound to. Default: none."},                 \
	};                                                                                         \
	FAMILY_SHAPE(prefix, false)

INET_KEYS(inet);
INET_KEYS(inet6);

TYPES_SHAPE(packet, dgram_raw);
static const struct key packet_keys[] = {TYPES_KEY(packet, true), PROTOCOLS_KEY(packet)};
FAMILY_SHAPE(packet, false);

TYPES_SHAPE(can, dgram_raw);
static const struct key can_keys[] = {TYPES_KEY(can, false), PROTOCOLS_KEY(can)};
FAMILY_SHAPE(can, true);

#define PLAIN_FAMILY(prefix, words_)                                                               \
	TYPES_SHAPE(prefix, words_);                                                               \
	static const struct key prefix##_keys[] = {TYPES_KEY(prefix, false)};                      \
	FAMILY_SHAPE(prefix, true)

PLAIN_FAMILY(vsock, stream_dgram_seqpacket);
PLAIN_FAMILY(alg, seqpacket);
PLAIN_FAMILY(xdp, raw);
PLAIN_FAMILY(key, raw);
PLAIN_FAMILY(tipc, tipc_words);
PLAIN_FAMILY(bluetooth, bluetooth_words);
PLAIN_FAMILY(qipcrtr, dgram);

#define FAMILY_AT(i) offsetof(struct manifest_sockets, families[i])
#define FAMILY_KEY(i, name)                                                                        \
#name, &name##_shape, FAMILY_AT(i), .place = FAMILY_AT(i) + FAMILY(place)

/* In the order of socket_families[]. */
static const struct key sockets_keys[] = {
	{FAMILY_KEY(0, inet), .doc = "IPv4."},
	{FAMILY_KEY(1, inet6), .doc = "IPv6."},
	{FAMILY_KEY(2, packet), .doc = "Packets as they come from and go to interfaces."},
	{FAMILY_KEY(3, vsock), .doc = "Between virtual machines and their host."},
	{FAMILY_KEY(4, alg), .doc = "The kernel's cryptography."},
	{FAMILY_KEY(5, xdp), .doc = "Rings of packets, past the network stack."},
	{FAMILY_KEY(6, key), .doc = "IPsec's tables by PF_KEY, which is not narrowed further."},
	{FAMILY_KEY(7, can), .doc = "Controller area networks."},
	{FAMILY_KEY(8, tipc), .doc = "TIPC."},
	{FAMILY_KEY(9, bluetooth), .doc = "Bluetooth."},
	{FAMILY_KEY(10, qipcrtr), .doc = "Qualcomm's router."},
};
static_assert(ARRAY_SIZE(sockets_keys) == MANIFEST_SOCKET_FAMILIES, "a key for each family");

const struct shape sockets_shape = {
	.form = FORM_KEYED,
	.wants = "a mapping from families to what is allowed of them",
	.example = "{inet: {types: [stream], connect: [\"192.0.2.1:443\"]}}",
	.least = 1,
	.keys = sockets_keys,
	.keys_len = ARRAY_SIZE(sockets_keys),
};

/* Which protocol a raw socket is for is never left to chance, and one that writes the header itself
 * sends where it likes. */
static void inet_finish(struct reader *r, const struct manifest_socket_family *f)
{
	bool raw_protocol = false;

	for (size_t i = 0; i < f->protocols_len; i++)
		raw_protocol |= f->protocols[i] == IPPROTO_RAW;
	if (f->types & SOCKET_TYPE(SOCK_RAW) && f->protocols_len == 0)
		problem(r, f->place, text_make("raw sockets without \"protocols\""),
			text_make("name them, such as protocols: [icmp]"));
	if (raw_protocol && f->connect.len > 0)
		problem(r, f->protocols_place,
			text_make("sockets of the protocol raw send to any address"),
			text_make("remove raw or \"connect\""));
}

/* Addresses of both families are in one list. */
static void addresses_finish(struct reader *r, const struct manifest_sockets *s)
{
	if (s->families[0].connect.len + s->families[1].connect.len <= MANIFEST_ADDRESSES_MAX &&
	    s->families[0].bind.len + s->families[1].bind.len <= MANIFEST_ADDRESSES_MAX)
		return;
	problem(r, s->place, text_make("inet and inet6 list too many addresses together"),
		text_make("at most %d for connect, and for bind", MANIFEST_ADDRESSES_MAX));
}

void sockets_finish(struct reader *r, const struct manifest_sockets *s)
{
	inet_finish(r, &s->families[0]);
	inet_finish(r, &s->families[1]);
	addresses_finish(r, s);
}

bool manifest_has_sockets(const struct manifest_entrypoint *e)
{
	for (size_t i = 0; i < MANIFEST_SOCKET_FAMILIES; i++)
		if (e->sockets.families[i].place.line)
			return true;
	return e->netlink.messages_len > 0 || e->netlink.listens_len > 0;
}

bool manifest_has_socket_ioctls(const struct manifest *m)
{
	for (size_t i = 0; i < m->entrypoints_len; i++)
		if (m->entrypoints[i].sockets.ioctls_len > 0)
			return true;
	return false;
}

static void addresses_clear(struct manifest_addresses *a)
{
	for (size_t i = 0; i < a->len; i++)
		free(a->items[i].text);
	free(a->items);
}

static void short_names_clear(struct manifest_name *names, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(names[i].name);
	free(names);
}

void sockets_clear(struct manifest_sockets *s)
{
	for (size_t i = 0; i < MANIFEST_SOCKET_FAMILIES; i++) {
		free(s->families[i].protocols);
		addresses_clear(&s->families[i].connect);
		addresses_clear(&s->families[i].bind);
	}
	for (size_t i = 0; i < s->ioctls_len; i++)
		short_names_clear(s->ioctls[i].interfaces, s->ioctls[i].interfaces_len);
	free(s->ioctls);
	free(s->options);
	short_names_clear(s->modules, s->modules_len);
}
