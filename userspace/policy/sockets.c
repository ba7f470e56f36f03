/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From an entrypoint's sockets to entries of the kernel's maps. */
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/socket_names.h"
#include "base/util.h"
#include "policy/sockets.h"
#include "policy/word.h"

static_assert(MANIFEST_ADDRESSES_MAX == POSTERN_ADDRESSES_MAX &&
		      MANIFEST_INTERFACES_MAX == POSTERN_WORDS_MAX &&
		      MANIFEST_MODULES_MAX == POSTERN_WORDS_MAX &&
		      MANIFEST_SHORT_NAME_MAX == POSTERN_WORD_BYTES,
	      "what a manifest may say fits the kernel's lists");

#define PROTOCOL_MPTCP 262

static struct policy_socket_entry *entry_add(struct policy_sockets *s, uint16_t kind,
					     uint16_t family, uint32_t number)
{
	struct policy_socket_entry *entries =
		reallocarray(s->entries, s->len + 1, sizeof(*entries));

	if (!entries)
		return NULL;
	s->entries = entries;
	entries[s->len] = (struct policy_socket_entry){
		.key = {.kind = kind, .family = family, .number = number}};
	return &entries[s->len++];
}

static int make_add(struct policy_sockets *s, uint16_t kind, uint16_t family, unsigned type,
		    unsigned protocol)
{
	return entry_add(s, kind, family, postern_socket_number(type, protocol)) ? 0 : -ENOMEM;
}

/* Which protocols a type of internet sockets can have; 0 stands for its usual one. */
static bool type_has(unsigned type, unsigned protocol)
{
	switch (type) {
	case SOCK_STREAM:
		return protocol == IPPROTO_TCP || protocol == PROTOCOL_MPTCP;
	case SOCK_DGRAM:
		return protocol == IPPROTO_UDP || protocol == IPPROTO_ICMP ||
		       protocol == IPPROTO_ICMPV6;
	default:
		return true;
	}
}

/* tcp for stream and udp for dgram, by their number and by 0. */
static int usual_add(struct policy_sockets *s, uint16_t family, unsigned type)
{
	unsigned protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
	int r = make_add(s, POSTERN_SOCKET_MAKE, family, type, protocol);

	return r < 0 ? r : make_add(s, POSTERN_SOCKET_MAKE, family, type, 0);
}

static int inet_add(struct policy_sockets *s, uint16_t family, unsigned type,
		    const struct manifest_socket_family *f)
{
	int r = 0;

	if (f->protocols_len == 0 && type != SOCK_RAW)
		return usual_add(s, family, type);
	for (size_t i = 0; i < f->protocols_len && r == 0; i++) {
		unsigned protocol = f->protocols[i];

		if (!type_has(type, protocol))
			continue;
		if ((type == SOCK_STREAM && protocol == IPPROTO_TCP) ||
		    (type == SOCK_DGRAM && protocol == IPPROTO_UDP))
			r = usual_add(s, family, type);
		else
			r = make_add(s, POSTERN_SOCKET_MAKE, family, type, protocol);
	}
	return r;
}

/* A packet socket of protocol 0 receives nothing before it is bound to one. */
static int other_add(struct policy_sockets *s, uint16_t family, unsigned type,
		     const struct manifest_socket_family *f)
{
	int r = 0;

	if (f->protocols_len == 0)
		return make_add(s, POSTERN_SOCKET_MAKE_ANY, family, type, 0);
	for (size_t i = 0; i < f->protocols_len && r == 0; i++)
		r = make_add(s, POSTERN_SOCKET_MAKE, family, type, f->protocols[i]);
	if (r == 0 && family == AF_PACKET)
		r = make_add(s, POSTERN_SOCKET_MAKE, family, type, 0);
	return r;
}

static uint64_t word_at(const uint8_t bytes[8])
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static void addresses_add(struct postern_addresses *to, const struct manifest_addresses *from)
{
	for (size_t i = 0; i < from->len && to->len < POSTERN_ADDRESSES_MAX; i++) {
		const struct manifest_address *a = &from->items[i];
		struct postern_address *new = &to->address[to->len++];
		uint8_t mask[16] = {};

		for (unsigned bit = 0; bit < a->prefix; bit++)
			mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		for (unsigned half = 0; half < 2; half++) {
			new->address[half] = word_at(&a->bytes[8 * half]);
			new->mask[half] = word_at(&mask[8 * half]);
		}
		new->first = a->first;
		new->last = a->last;
		new->family = a->family;
	}
}

static int family_add(struct policy_sockets *s, const struct socket_family *known,
		      const struct manifest_socket_family *f)
{
	uint32_t types = f->types ? f->types : known->types;
	bool inet = known->family == AF_INET || known->family == AF_INET6;
	int r = 0;

	s->any = true;
	for (unsigned type = 0; type < 32 && r == 0; type++)
		if (types & SOCKET_TYPE(type))
			r = inet ? inet_add(s, known->family, type, f)
				 : other_add(s, known->family, type, f);
	addresses_add(&s->connect, &f->connect);
	addresses_add(&s->bind, &f->bind);
	return r;
}

/* Makes a list; its number, or a negative errno. */
static long names_add(struct policy_sockets *s, const struct manifest_entrypoint *e,
		      const struct manifest_name *names, size_t len)
{
	struct postern_words *lists = reallocarray(s->names, s->names_len + 1, sizeof(*lists));
	struct postern_words *new;
	int r = 0;

	if (!lists)
		return -ENOMEM;
	s->names = lists;
	new = &lists[s->names_len];
	*new = (struct postern_words){.len = (uint32_t)len};
	for (size_t i = 0; i < len && r == 0; i++)
		r = policy_word(e, names[i].name, &new->word[i]);
	return r < 0 ? r : (long)(POSTERN_LIST_SOCKETS + s->names_len++);
}

/* An entry whose list may be empty, which narrows nothing. */
static int named_add(struct policy_sockets *s, const struct manifest_entrypoint *e, uint16_t kind,
		     uint32_t number, const struct manifest_name *names, size_t len)
{
	long list = len > 0 ? names_add(s, e, names, len) : 0;
	struct policy_socket_entry *entry;

	if (list < 0)
		return (int)list;
	entry = entry_add(s, kind, 0, number);
	if (!entry)
		return -ENOMEM;
	entry->rule.names = (uint32_t)list;
	return 0;
}

/* The ioctl of a file, and not of a socket. */
static bool is_of_file(const struct manifest_socket_name *ioctl)
{
	return strcmp(ioctl->name, "TUNSETIFF") == 0;
}

static int names_compile(struct policy_sockets *s, const struct manifest_entrypoint *e)
{
	const struct manifest_sockets *from = &e->sockets;
	int r = 0;

	for (size_t i = 0; i < from->ioctls_len && r == 0; i++)
		r = named_add(s, e,
			      is_of_file(&from->ioctls[i]) ? POSTERN_FILE_IOCTL
							   : POSTERN_SOCKET_IOCTL,
			      from->ioctls[i].number, from->ioctls[i].interfaces,
			      from->ioctls[i].interfaces_len);
	for (size_t i = 0; i < from->options_len && r == 0; i++)
		if (!entry_add(s, POSTERN_SOCKET_OPTION, from->options[i].level,
			       from->options[i].number))
			r = -ENOMEM;
	if (r == 0 && from->modules_len > 0)
		r = named_add(s, e, POSTERN_SOCKET_MODULES, 0, from->modules, from->modules_len);
	return r;
}

static void groups_take(const struct policy_netlink *netlink, unsigned protocol,
			struct postern_socket_rule *rule)
{
	_Static_assert(sizeof(rule->groups) == sizeof(netlink->listens->groups), "all groups");

	for (size_t i = 0; i < netlink->listens_len; i++)
		if (netlink->listens[i].protocol == protocol)
			memcpy(rule->groups, netlink->listens[i].groups, sizeof(rule->groups));
}

static int netlink_compile(struct policy_sockets *s, const struct policy_netlink *netlink)
{
	for (unsigned protocol = 0; protocol < 32; protocol++) {
		struct policy_socket_entry *entry;

		if (!(netlink->protocols >> protocol & 1))
			continue;
		entry = entry_add(s, POSTERN_SOCKET_MAKE, AF_NETLINK,
				  postern_socket_number(0, protocol));
		if (!entry)
			return -ENOMEM;
		groups_take(netlink, protocol, &entry->rule);
		s->any = true;
	}
	return 0;
}

int policy_sockets_compile(const struct manifest_entrypoint *e,
			   const struct policy_netlink *netlink, struct policy_sockets *ret)
{
	int r = 0;

	*ret = (struct policy_sockets){};
	assert(socket_families_len == MANIFEST_SOCKET_FAMILIES);
	for (size_t i = 0; i < MANIFEST_SOCKET_FAMILIES && r == 0; i++)
		if (e->sockets.families[i].place.line)
			r = family_add(ret, &socket_families[i], &e->sockets.families[i]);
	if (r == 0)
		r = names_compile(ret, e);
	return r < 0 ? r : netlink_compile(ret, netlink);
}

void policy_sockets_clear(struct policy_sockets *s)
{
	free(s->entries);
	free(s->names);
	*s = (struct policy_sockets){};
}
