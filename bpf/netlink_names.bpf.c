/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a netlink message names: interfaces, generic families, and texts, against the lists of a
 * policy.
 *
 * Interfaces and families are numbers on the wire, which the kernel gives anew when they come and
 * go. They are looked up in the kernel's own tables when the message is sent, so that no copy of
 * ours can be out of date.
 */
#include "bpf/lib/netlink.bpf.h"
#include "bpf/lib/words.bpf.h"

/* include/linux/netdevice.h: NETDEV_HASHENTRIES; what dev_index_hash() takes of an index. */
#define DEVICES_MASK	255
#define DEVICES_MAX	4096 /* in one bucket */
#define INTERFACE_BYTES 16   /* IFNAMSIZ */
/* include/linux/xarray.h */
#define XA_CHUNK_MASK 63
#define XA_LEVELS_MAX 4
#define XA_NODE_TAG   2
#define XA_TAG_MASK   3

static __always_inline bool among_own(struct netlink_message *m,
				      const struct postern_netlink_rule *rule,
				      const struct postern_netlink_check *check)
{
	for (__u32 i = 0; i < POSTERN_NETLINK_OWN; i++) {
		if (i >= check->own_len)
			break;
		if (word_matches(&m->name,
				 &rule->own[(check->own + i) & (POSTERN_NETLINK_OWN - 1)]))
			return true;
	}
	return false;
}

__noinline int netlink_name(struct netlink_message *m, const struct postern_netlink_rule *rule,
			    const struct postern_netlink_check *check)
{
	if (!m || !rule || !check)
		return 1;
	if (!check->list)
		return 0;
	if (check->own_len ? among_own(m, rule, check)
			   : words_hold(&m->name, m->policy, check->list))
		return 0;
	name_report(m);
	return wrong(m, POSTERN_MESSAGE_NAME);
}

__noinline int netlink_number(struct netlink_message *m, __u32 number, __u32 list)
{
	struct postern_list_key key = {.list = list};
	struct postern_numbers *found;

	if (!m)
		return 1;
	if (!list)
		return 0;
	key.policy = m->policy;
	found = bpf_map_lookup_elem(&numbers, &key);
	m->refused.index = number;
	for (int i = 0; found && i < POSTERN_NUMBERS_MAX && i < found->len; i++)
		if (number >= found->range[i].first && number <= found->range[i].last)
			return 0;
	return wrong(m, POSTERN_MESSAGE_NUMBER);
}

/* What the callback of a loop is given must lie on the stack. */
struct search {
	struct netlink_message *message;
};

static long device_step(__u32 i, struct search *search)
{
	struct netlink_message *m = search->message;
	/* Copied, since BPF_CORE_READ() would relocate the members of our own structures as well.
	 */
	struct hlist_node *entry = (struct hlist_node *)m->entry;
	struct net_device *device;

	if (!entry)
		return 1;
	device = (void *)entry - bpf_core_field_offset(struct net_device, index_hlist);
	if (BPF_CORE_READ(device, ifindex) == m->index) {
		m->device = (__u64)device;
		return 1;
	}
	m->entry = (__u64)BPF_CORE_READ(entry, next);
	return 0;
}

__noinline int netlink_device(struct netlink_message *m, __u32 index)
{
	struct search search = {.message = m};
	struct hlist_head *heads;
	struct net *net;
	long len;

	if (!m)
		return 1;
	net = (struct net *)m->net;
	heads = BPF_CORE_READ(net, dev_index_head);
	m->index = index;
	m->device = 0;
	m->entry = (__u64)BPF_CORE_READ(&heads[index & DEVICES_MASK], first);
	bpf_loop(DEVICES_MAX, device_step, &search, 0);
	m->refused.index = index;
	__builtin_memset(m->name.text, 0, SHORT_BYTES);
	if (!m->device)
		return wrong(m, POSTERN_MESSAGE_INTERFACE);
	len = bpf_probe_read_kernel_str(m->name.text, INTERFACE_BYTES,
					((struct net_device *)m->device)->name);
	if (len < 2)
		return wrong(m, POSTERN_MESSAGE_INTERFACE);
	m->name.len = len - 1;
	return 0;
}

/* The kernel's table of families is a radix tree of their numbers (include/linux/idr.h). */
static __always_inline struct genl_family *family_find(__u32 number)
{
	__u64 entry = (__u64)BPF_CORE_READ((struct idr *)genl_fam_idr, idr_rt.xa_head);

	for (int i = 0; i < XA_LEVELS_MAX; i++) {
		struct xa_node *node = (struct xa_node *)(entry - XA_NODE_TAG);
		__u32 at;

		if ((entry & XA_TAG_MASK) != XA_NODE_TAG)
			break;
		at = number >> BPF_CORE_READ(node, shift);
		if (at > XA_CHUNK_MASK && i == 0)
			return NULL;
		entry = (__u64)BPF_CORE_READ(node, slots[at & XA_CHUNK_MASK]);
	}
	return entry & XA_TAG_MASK ? NULL : (struct genl_family *)entry;
}

__noinline int netlink_generic(struct netlink_message *m)
{
	struct postern_generic_key key = {};
	struct genl_family *family;
	__u32 *number;

	if (!m)
		return 0;
	m->refused.fault = POSTERN_MESSAGE_GENERIC;
	m->refused.command = m->body[0];
	family = family_find(m->header.nlmsg_type);
	if (!family || BPF_CORE_READ(family, id) != m->header.nlmsg_type ||
	    BPF_CORE_READ_STR_INTO(&key.name, family, name) < 2)
		return 0;
	__builtin_memcpy(m->refused.family, key.name, sizeof(key.name));
	key.policy = m->policy;
	number = bpf_map_lookup_elem(&generic_families, &key);
	m->refused.fault = POSTERN_MESSAGE_NOT_GRANTED;
	return number ? *number : 0;
}
