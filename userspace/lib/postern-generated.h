/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the headers of `postern gen c` are made with: results out of their value, as plain C. Each
 * postern_take_x() frees the value in any case, and returns 0, -ENOMEM, or -EPROTO with *failure
 * set when the result is of another type than the header was made for.
 */
#ifndef POSTERN_GENERATED_H
#define POSTERN_GENERATED_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "postern.h"

static inline int postern_taken(struct postern_value *v, int r, const char *entrypoint,
				struct postern_failure **failure)
{
	postern_value_free(v);
	return r == -EPROTO ? postern_result_mismatch(failure, entrypoint) : r;
}

static inline int postern_take_boolean(struct postern_value *v, bool *ret, const char *entrypoint,
				       struct postern_failure **failure)
{
	return postern_taken(v, postern_value_boolean(v, ret), entrypoint, failure);
}

static inline int postern_take_integer(struct postern_value *v, int64_t *ret,
				       const char *entrypoint, struct postern_failure **failure)
{
	return postern_taken(v, postern_value_integer(v, ret), entrypoint, failure);
}

static inline int postern_take_string(struct postern_value *v, char **ret, const char *entrypoint,
				      struct postern_failure **failure)
{
	const char *text = NULL;
	size_t len = 0;
	int r = postern_value_string(v, &text, &len);
	char *copy;

	if (r == 0) {
		copy = (char *)malloc(len + 1);
		if (copy) {
			memcpy(copy, text, len);
			copy[len] = '\0';
			*ret = copy;
		} else {
			r = -ENOMEM;
		}
	}
	return postern_taken(v, r, entrypoint, failure);
}

static inline int postern_take_bytes(struct postern_value *v, void **ret, size_t *ret_len,
				     const char *entrypoint, struct postern_failure **failure)
{
	const void *data = NULL;
	size_t len = 0;
	int r = postern_value_bytes(v, &data, &len);
	void *copy;

	if (r == 0) {
		copy = malloc(len + 1);
		if (copy) {
			if (len > 0)
				memcpy(copy, data, len);
			*ret = copy;
			*ret_len = len;
		} else {
			r = -ENOMEM;
		}
	}
	return postern_taken(v, r, entrypoint, failure);
}

static inline int postern_take_integers(struct postern_value *v, int64_t **ret, size_t *ret_len,
					const char *entrypoint, struct postern_failure **failure)
{
	size_t len = postern_value_list_len(v);
	int r = postern_value_kind(v) == POSTERN_KIND_LIST ? 0 : -EPROTO;
	int64_t *items = (int64_t *)calloc(len + 1, sizeof(*items));

	if (!items)
		return postern_taken(v, -ENOMEM, entrypoint, failure);
	for (size_t i = 0; i < len && r == 0; i++)
		r = postern_value_integer(postern_value_list_item(v, i), &items[i]);
	if (r == 0) {
		*ret = items;
		*ret_len = len;
	} else {
		free(items);
	}
	return postern_taken(v, r, entrypoint, failure);
}

/* One block: len pointers and a NULL, and behind them the texts. */
static inline int postern_take_strings(struct postern_value *v, char ***ret, size_t *ret_len,
				       const char *entrypoint, struct postern_failure **failure)
{
	size_t len = postern_value_list_len(v), size = (len + 1) * sizeof(char *), item_len = 0;
	int r = postern_value_kind(v) == POSTERN_KIND_LIST ? 0 : -EPROTO;
	const char *text = NULL;
	char **items, *to;

	for (size_t i = 0; i < len && r == 0; i++) {
		r = postern_value_string(postern_value_list_item(v, i), &text, &item_len);
		size += item_len + 1;
	}
	if (r < 0)
		return postern_taken(v, r, entrypoint, failure);
	items = (char **)calloc(1, size);
	if (!items)
		return postern_taken(v, -ENOMEM, entrypoint, failure);
	to = (char *)(items + len + 1);
	for (size_t i = 0; i < len; i++) {
		(void)postern_value_string(postern_value_list_item(v, i), &text, &item_len);
		memcpy(to, text, item_len);
		items[i] = to;
		to += item_len + 1;
	}
	*ret = items;
	*ret_len = len;
	return postern_taken(v, 0, entrypoint, failure);
}

/* A string as it is in the value; "" for any other value. */
static inline const char *postern_value_word(const struct postern_value *v)
{
	const char *text = "";
	size_t len;

	(void)postern_value_string(v, &text, &len);
	return text;
}

/* Room for the words of an enum's list. */
static inline const char **postern_words_new(size_t len)
{
	return (const char **)calloc(len + 1, sizeof(const char *));
}

#endif
