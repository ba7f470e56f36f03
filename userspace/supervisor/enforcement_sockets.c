/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What policies grant of sockets, in the kernel's maps. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "policy/sockets.h"
#include "supervisor/enforcement_private.h"

static int addresses_set(struct enforcement *e, uint64_t id, uint32_t list,
			 const struct postern_addresses *addresses)
{
	const struct postern_list_key key = {.policy = id, .list = list};

	return addresses->len ? enforcement_set(e, e->skeleton->maps.address_lists, &key, addresses)
			      : 0;
}

/* What an entry points to comes before it. */
int enforcement_sockets_set(struct enforcement *e, uint64_t id, const struct policy_sockets *s)
{
	int r = 0;

	for (size_t i = 0; i < s->names_len && r == 0; i++) {
		const struct postern_list_key key = {.policy = id,
						     .list = POSTERN_LIST_SOCKETS + (uint32_t)i};

		r = enforcement_set(e, e->skeleton->maps.words, &key, &s->names[i]);
	}
	if (r == 0)
		r = addresses_set(e, id, POSTERN_ADDRESSES_CONNECT, &s->connect);
	if (r == 0)
		r = addresses_set(e, id, POSTERN_ADDRESSES_BIND, &s->bind);
	for (size_t i = 0; i < s->len && r == 0; i++) {
		struct postern_socket_key key = s->entries[i].key;

		key.policy = id;
		r = enforcement_set(e, e->skeleton->maps.socket_rules, &key, &s->entries[i].rule);
	}
	return r;
}

void enforcement_sockets_delete(struct enforcement *e, uint64_t id, const struct policy_sockets *s)
{
	struct postern_list_key list = {.policy = id};

	for (size_t i = 0; i < s->len; i++) {
		struct postern_socket_key key = s->entries[i].key;

		key.policy = id;
		(void)bpf_map_delete_elem(bpf_map__fd(e->skeleton->maps.socket_rules), &key);
	}
	for (list.list = POSTERN_ADDRESSES_CONNECT; list.list <= POSTERN_ADDRESSES_BIND;
	     list.list++)
		(void)bpf_map_delete_elem(bpf_map__fd(e->skeleton->maps.address_lists), &list);
	for (size_t i = 0; i < s->names_len; i++) {
		list.list = POSTERN_LIST_SOCKETS + (uint32_t)i;
		(void)bpf_map_delete_elem(bpf_map__fd(e->skeleton->maps.words), &list);
	}
}
