/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps of netlink rules: messages, generic families, lists of names and numbers. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "supervisor/enforcement_private.h"

#define KEY_BYTES 24
_Static_assert(sizeof(struct postern_generic_key) == KEY_BYTES &&
		       sizeof(struct postern_netlink_key) <= KEY_BYTES &&
		       sizeof(struct postern_list_key) <= KEY_BYTES,
	       "the longest key of these maps");

/* A key of any of these maps; all begin with the policy's id. */
union netlink_key {
	uint64_t policy;
	struct postern_netlink_key message;
	struct postern_generic_key family;
	struct postern_list_key list;
	char bytes[KEY_BYTES];
};

static void forget(const struct bpf_map *map, const void *key)
{
	(void)bpf_map_delete_elem(bpf_map__fd(map), key);
}

static struct postern_netlink_key message_key(const struct policy_netlink *n, size_t i, uint64_t id)
{
	struct postern_netlink_key key = n->messages[i].key;

	key.policy = id;
	return key;
}

static struct postern_generic_key family_key(const struct policy_netlink *n, size_t i, uint64_t id)
{
	struct postern_generic_key key = n->families[i];

	key.policy = id;
	return key;
}

static struct postern_list_key list_key(size_t i, uint64_t id)
{
	return (struct postern_list_key){.policy = id, .list = (uint32_t)i + 1};
}

/* Deletes the keys that are not to stay. */
typedef bool (*stays_fn)(void *userdata, const union netlink_key *key);

static int thin(const struct bpf_map *map, stays_fn stays, void *userdata)
{
	union netlink_key key, next;
	int fd = bpf_map__fd(map);
	int r = bpf_map_get_next_key(fd, NULL, &next);

	while (r == 0) {
		key = next;
		/* Before the key goes: from one that is gone the kernel begins anew. */
		r = bpf_map_get_next_key(fd, &key, &next);
		if (!stays(userdata, &key))
			forget(map, &key);
	}
	return r == -ENOENT ? 0 : r;
}

static bool of_other_policy(void *userdata, const union netlink_key *key)
{
	return key->policy != *(const uint64_t *)userdata;
}

/* Is there something else where an item is to be put? */
static bool differs(const struct bpf_map *map, const void *key, const void *value, void *found,
		    size_t size)
{
	return bpf_map_lookup_elem(bpf_map__fd(map), key, found) == 0 &&
	       memcmp(found, value, size) != 0;
}

/* A rule whose list were another's meanwhile would allow what neither does. So where what stands
 * differs (a supervisor that compiles otherwise left it), the rules go first. */
static int lists_differ(struct enforcement *e, uint64_t id, const struct policy_netlink *n)
{
	struct postern_words words;
	struct postern_numbers numbers;
	uint32_t number;
	bool found = false;

	for (size_t i = 0; i < n->families_len && !found; i++) {
		struct postern_generic_key key = family_key(n, i, id);
		uint32_t value = (uint32_t)i + 1;

		found = differs(e->skeleton->maps.generic_families, &key, &value, &number,
				sizeof(number));
	}
	for (size_t i = 0; i < n->words_len && !found; i++) {
		struct postern_list_key key = list_key(i, id);

		found = differs(e->skeleton->maps.words, &key, &n->words[i], &words, sizeof(words));
	}
	for (size_t i = 0; i < n->numbers_len && !found; i++) {
		struct postern_list_key key = list_key(i, id);

		found = differs(e->skeleton->maps.numbers, &key, &n->numbers[i], &numbers,
				sizeof(numbers));
	}
	return found ? thin(e->skeleton->maps.netlink_rules, of_other_policy, &id) : 0;
}

static int lists_set(struct enforcement *e, uint64_t id, const struct policy_netlink *n)
{
	int r = 0;

	for (size_t i = 0; i < n->families_len && r == 0; i++) {
		struct postern_generic_key key = family_key(n, i, id);
		uint32_t value = (uint32_t)i + 1;

		r = enforcement_set(e, e->skeleton->maps.generic_families, &key, &value);
	}
	for (size_t i = 0; i < n->words_len && r == 0; i++) {
		struct postern_list_key key = list_key(i, id);

		r = enforcement_set(e, e->skeleton->maps.words, &key, &n->words[i]);
	}
	for (size_t i = 0; i < n->numbers_len && r == 0; i++) {
		struct postern_list_key key = list_key(i, id);

		r = enforcement_set(e, e->skeleton->maps.numbers, &key, &n->numbers[i]);
	}
	return r;
}

int enforcement_netlink_set(struct enforcement *e, uint64_t id, const struct policy_netlink *n)
{
	int r = lists_differ(e, id, n);

	if (r == 0)
		r = lists_set(e, id, n);
	for (size_t i = 0; i < n->messages_len && r == 0; i++) {
		struct postern_netlink_key key = message_key(n, i, id);

		r = enforcement_set(e, e->skeleton->maps.netlink_rules, &key, &n->messages[i].rule);
	}
	return r;
}

void enforcement_netlink_delete(struct enforcement *e, uint64_t id, const struct policy_netlink *n)
{
	for (size_t i = 0; i < n->messages_len; i++) {
		struct postern_netlink_key key = message_key(n, i, id);

		forget(e->skeleton->maps.netlink_rules, &key);
	}
	for (size_t i = 0; i < n->families_len; i++) {
		struct postern_generic_key key = family_key(n, i, id);

		forget(e->skeleton->maps.generic_families, &key);
	}
	for (size_t i = 0; i < n->words_len; i++) {
		struct postern_list_key key = list_key(i, id);

		forget(e->skeleton->maps.words, &key);
	}
	for (size_t i = 0; i < n->numbers_len; i++) {
		struct postern_list_key key = list_key(i, id);

		forget(e->skeleton->maps.numbers, &key);
	}
}

/* -- what an earlier supervisor left */

struct sweep {
	enforcement_netlink_fn ask;
	void *userdata;
};

/* false: the policy is not wanted. ret: NULL when all of it stays. */
static bool ask(const struct sweep *s, const union netlink_key *key,
		const struct policy_netlink **ret)
{
	return s->ask(s->userdata, key->policy, ret);
}

static bool message_stays(void *userdata, const union netlink_key *key)
{
	const struct policy_netlink *n;

	if (!ask(userdata, key, &n))
		return false;
	if (!n)
		return true;
	for (size_t i = 0; i < n->messages_len; i++) {
		struct postern_netlink_key own = message_key(n, i, key->policy);

		if (memcmp(&own, &key->message, sizeof(own)) == 0)
			return true;
	}
	return false;
}

static bool family_stays(void *userdata, const union netlink_key *key)
{
	const struct policy_netlink *n;

	if (!ask(userdata, key, &n))
		return false;
	if (!n)
		return true;
	for (size_t i = 0; i < n->families_len; i++)
		if (memcmp(n->families[i].name, key->family.name, sizeof(key->family.name)) == 0)
			return true;
	return false;
}

static bool words_stay(void *userdata, const union netlink_key *key)
{
	const struct policy_netlink *n;

	/* Those of sockets are not netlink's: enforcement_sweep() has looked at them. */
	return ask(userdata, key, &n) &&
	       (!n || key->list.list <= n->words_len || key->list.list >= POSTERN_LIST_SOCKETS);
}

static bool numbers_stay(void *userdata, const union netlink_key *key)
{
	const struct policy_netlink *n;

	return ask(userdata, key, &n) && (!n || key->list.list <= n->numbers_len);
}

int enforcement_netlink_sweep(struct enforcement *e, enforcement_netlink_fn fn, void *userdata)
{
	struct sweep s = {.ask = fn, .userdata = userdata};
	int r = thin(e->skeleton->maps.netlink_rules, message_stays, &s);

	if (r == 0)
		r = thin(e->skeleton->maps.generic_families, family_stays, &s);
	if (r == 0)
		r = thin(e->skeleton->maps.words, words_stay, &s);
	return r < 0 ? r : thin(e->skeleton->maps.numbers, numbers_stay, &s);
}
