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

#define TEXT_MASK  63 /* of a name's bytes: enough for both that are compared */
#define VALUE_MASK (POSTERN_VALUE_BYTES - 1)

/* include/linux/netdevice.h: NETDEV_HASHENTRIES; what dev_index_hash() takes of an index. */
#define DEVICES_MASK	255
#define DEVICES_MAX	4096 /* in one bucket */
#define INTERFACE_BYTES 16   /* IFNAMSIZ */
/* include/linux/xarray.h */
#define XA_CHUNK_MASK 63
#define XA_LEVELS_MAX 4
#define XA_NODE_TAG   2
#define XA_TAG_MASK   3

/* What the callback of a loop is given must lie on the stack. */
struct comparison {
	struct netlink_message *message;
	const struct postern_word *word;
};

static long glob_step(__u32 i, struct comparison *c)
{
	const struct netlink_message *m = c->message;
	struct postern_glob *at = &c->message->glob;

	return glob_next(at, c->word->text[at->text & TEXT_MASK], at->text >= c->word->len,
			 m->text[at->name & TEXT_MASK], at->name >= m->text_len);
}

/* Both are followed by zeros. */
static __always_inline bool is_literal(const struct netlink_message *m,
				       const struct postern_word *word)
{
	const __u32 *a = (const __u32 *)m->text, *b = (const __u32 *)word->text;

	if (m->text_len != word->len)
		return false;
	for (int i = 0; i < POSTERN_WORD_BYTES / 4; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Text with the value in it that the call bound, a byte at a time. */
static long value_step(__u32 i, struct comparison *c)
{
	const struct postern_word *word = c->word;
	struct netlink_message *m = c->message;
	__u32 slot = word->slot & (POSTERN_SLOTS - 1), len;
	struct postern_binding *binding;
	char expected;

	binding = bpf_task_storage_get(&bindings, bpf_get_current_task_btf(), NULL, 0);
	if (!binding || !(binding->bound >> slot & 1))
		return 1;
	len = binding->len[slot];
	if (m->text_len != word->len + len)
		return 1;
	if (i >= m->text_len) {
		m->glob.matches = 1;
		return 1;
	}
	if (i < word->before)
		expected = word->text[i & TEXT_MASK];
	else if (i - word->before < len)
		expected = binding->value[slot][(i - word->before) & VALUE_MASK];
	else
		expected = word->text[(i - len) & TEXT_MASK];
	return expected != m->text[i & TEXT_MASK];
}

static __always_inline bool matches(struct netlink_message *m, const struct postern_word *word)
{
	struct comparison c = {.message = m, .word = word};

	if (word->kind == POSTERN_PART_LITERAL)
		return is_literal(m, word);
	glob_begin(&m->glob, 0);
	if (word->kind == POSTERN_PART_GLOB)
		bpf_loop(GLOB_STEPS_MAX, glob_step, &c, 0);
	else
		bpf_loop(POSTERN_WORD_BYTES + 4, value_step, &c, 0);
	return m->glob.matches;
}

static __always_inline bool among_own(struct netlink_message *m,
				      const struct postern_netlink_rule *rule,
				      const struct postern_netlink_check *check)
{
	for (__u32 i = 0; i < POSTERN_NETLINK_OWN; i++) {
		if (i >= check->own_len)
			break;
		if (matches(m, &rule->own[(check->own + i) & (POSTERN_NETLINK_OWN - 1)]))
			return true;
	}
	return false;
}

static __always_inline bool among_listed(struct netlink_message *m, __u32 list)
{
	struct postern_list_key key = {.policy = m->policy, .list = list};
	struct postern_words *found = bpf_map_lookup_elem(&words, &key);

	for (__u32 i = 0; found && i < POSTERN_WORDS_MAX; i++) {
		if (i >= found->len)
			break;
		if (matches(m, &found->word[i]))
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
	if (check->own_len ? among_own(m, rule, check) : among_listed(m, check->list))
		return 0;
	__builtin_memcpy(m->refused.name, m->text, sizeof(m->refused.name));
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
	__builtin_memset(m->text, 0, sizeof(m->text));
	if (!m->device)
		return wrong(m, POSTERN_MESSAGE_INTERFACE);
	len = bpf_probe_read_kernel_str(m->text, INTERFACE_BYTES,
					((struct net_device *)m->device)->name);
	if (len < 2)
		return wrong(m, POSTERN_MESSAGE_INTERFACE);
	m->text_len = len - 1;
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
