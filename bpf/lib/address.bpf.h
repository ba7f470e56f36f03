/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses of IPv4 and IPv6 against a policy's lists. */
#ifndef POSTERN_BPF_ADDRESS_H
#define POSTERN_BPF_ADDRESS_H

#include "bpf/lib/network.bpf.h"

#include <bpf/bpf_endian.h>

/* sizeof(struct sockaddr_in), SIN6_LEN_RFC2133 (include/net/ipv6.h): less is refused by the kernel.
 */
#define ADDRESS_INET_BYTES  16
#define ADDRESS_INET6_BYTES 24

/* As it lies in memory: both families have their port in the same place. */
struct address_bytes {
	__u16 family, port;
	__u32 inet;
	__u64 inet6[2];
};

/* Where a socket is to be bound or connected to. */
struct address {
	__u64 bytes[2]; /* in network order; IPv4 behind ::ffff */
	__u32 family;	/* by which it is judged */
	__u32 port;	/* in the host's order */
	__u32 any_port; /* the port means nothing to this socket */
	__u32 granted;
};

#define MAPPED_PREFIX bpf_htonl(0xffff) /* the third word of ::ffff:0:0 */

static __always_inline bool address_is_mapped(const __u64 bytes[2])
{
	return !bytes[0] && (__u32)bytes[1] == MAPPED_PREFIX;
}

/* inet6: the kernel will read it as a struct sockaddr_in6. from: in kernel memory, `len` bytes. */
static __always_inline bool address_read(struct address *a, const void *from, int len, bool inet6)
{
	struct address_bytes read = {};

	if (len < (inet6 ? ADDRESS_INET6_BYTES : ADDRESS_INET_BYTES) ||
	    bpf_probe_read_kernel(&read, inet6 ? ADDRESS_INET6_BYTES : 8, from) < 0)
		return false;
	a->port = bpf_ntohs(read.port);
	a->family = AF_INET;
	a->bytes[0] = 0;
	a->bytes[1] = (__u64)read.inet << 32 | MAPPED_PREFIX;
	if (!inet6)
		return true;
	a->bytes[0] = read.inet6[0];
	a->bytes[1] = read.inet6[1];
	if (!address_is_mapped(a->bytes))
		a->family = AF_INET6;
	return true;
}

/* The kernel takes it for an address of this host, of which it chooses one. */
static __always_inline bool address_is_any(const struct address *a)
{
	if (a->family == AF_INET)
		return !(a->bytes[1] >> 32);
	return !a->bytes[0] && !a->bytes[1];
}

struct address_search {
	const struct postern_addresses *list;
	struct address *address;
};

static long address_try(__u32 i, struct address_search *c)
{
	const struct postern_address *in;
	struct address *a = c->address;

	if (i >= POSTERN_ADDRESSES_MAX || i >= c->list->len)
		return 1;
	in = &c->list->address[i];
	if (in->family != a->family || (a->bytes[0] ^ in->address[0]) & in->mask[0] ||
	    (a->bytes[1] ^ in->address[1]) & in->mask[1])
		return 0;
	if (!a->any_port && (a->port < in->first || a->port > in->last))
		return 0;
	a->granted = 1;
	return 1;
}

static __always_inline bool address_granted(const struct subject *s, struct address *a, __u32 list)
{
	struct postern_list_key key = {.policy = s->tag->policy, .list = list};
	struct address_search c = {.address = a};

	a->granted = 0;
	c.list = bpf_map_lookup_elem(&address_lists, &key);
	if (c.list)
		bpf_loop(POSTERN_ADDRESSES_MAX, address_try, &c, 0);
	return a->granted;
}

static __always_inline int address_refused(struct subject *s, const struct address *a,
					   struct site site)
{
	struct postern_message message = {
		.attribute = POSTERN_MESSAGE_OF_SOCKET, .command = a->family, .index = a->port};

	__builtin_memcpy(message.family, a->bytes, sizeof(message.family));
	return network_refused(s, &message, site, -EACCES);
}

#endif
