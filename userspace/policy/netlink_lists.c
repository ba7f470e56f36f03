/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists that netlink rules refer to. */
#include <errno.h>
#include <string.h>

#include "manifest/rule_path.h"
#include "policy/netlink_lists.h"
#include "policy/policy.h"
#include "policy/word.h"

/* The number of an item of that value, which is added unless it is there. */
static int item_number(void *array_field, size_t *len, const void *item, size_t size, uint16_t *ret)
{
	void **array = array_field;
	char *grown = *array;

	for (size_t i = 0; i < *len; i++) {
		if (memcmp(grown + i * size, item, size) != 0)
			continue;
		*ret = (uint16_t)(i + 1);
		return 0;
	}
	if (*len == UINT16_MAX)
		return -E2BIG;
	grown = reallocarray(*array, *len + 1, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	memcpy(grown + *len * size, item, size);
	(*len)++;
	*ret = (uint16_t)*len;
	return 0;
}

int netlink_words(struct policy_netlink *netlink, const struct manifest_entrypoint *e,
		  const struct manifest_words *words, uint16_t *ret)
{
	struct postern_words list = {.len = (uint32_t)words->len};
	int r = words->len <= POSTERN_WORDS_MAX ? 0 : -EINVAL;

	for (size_t i = 0; i < words->len && r == 0; i++)
		r = policy_word(e, words->items[i], &list.word[i]);
	return r < 0 ? r
		     : item_number(&netlink->words, &netlink->words_len, &list, sizeof(list), ret);
}

int netlink_numbers(struct policy_netlink *netlink, const struct manifest_words *tables,
		    uint16_t *ret)
{
	struct postern_numbers list = {.len = (uint32_t)tables->len};
	uint32_t number;

	if (tables->len > POSTERN_NUMBERS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < tables->len; i++) {
		if (!netlink_table(tables->items[i], &number))
			return -EINVAL;
		list.range[i].first = list.range[i].last = number;
	}
	return item_number(&netlink->numbers, &netlink->numbers_len, &list, sizeof(list), ret);
}

int netlink_only(struct policy_netlink *netlink, uint32_t number, uint16_t *ret)
{
	const struct postern_numbers list = {.len = 1, .range[0] = {number, number}};

	return item_number(&netlink->numbers, &netlink->numbers_len, &list, sizeof(list), ret);
}

int netlink_family(struct policy_netlink *netlink, const char *name, uint16_t *ret)
{
	struct postern_generic_key key = {};

	if (strlen(name) >= sizeof(key.name))
		return -EINVAL;
	memcpy(key.name, name, strlen(name));
	return item_number(&netlink->families, &netlink->families_len, &key, sizeof(key), ret);
}
