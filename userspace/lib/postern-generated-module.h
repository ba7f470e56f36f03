/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the headers of `postern gen module` are made with: lists as plain C. */
#ifndef POSTERN_GENERATED_MODULE_H
#define POSTERN_GENERATED_MODULE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "postern-entrypoint.h"

/* Both: NULL and 0 when the argument was not given. *ret is to be freed, what it points to lives as
 * long as the call. Returns 0 or -ENOMEM. */
static inline int postern_list_strings(const struct postern_invocation *call, const char *name,
				       const char ***ret, size_t *ret_len)
{
	size_t len = postern_arg_list_len(call, name);
	const char **items;

	if (!postern_arg_given(call, name))
		return 0;
	items = (const char **)calloc(len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		items[i] = postern_arg_list_string(call, name, i);
	*ret = items;
	*ret_len = len;
	return 0;
}

static inline int postern_list_integers(const struct postern_invocation *call, const char *name,
					int64_t **ret, size_t *ret_len)
{
	size_t len = postern_arg_list_len(call, name);
	int64_t *items;

	if (!postern_arg_given(call, name))
		return 0;
	items = (int64_t *)calloc(len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		items[i] = postern_arg_list_integer(call, name, i);
	*ret = items;
	*ret_len = len;
	return 0;
}

/* A word that the worker let through, and the module was not built for. */
static inline int postern_word_unknown(struct postern_invocation *call, const char *name)
{
	return postern_fail(call, EINVAL, "%s: the module was built for other words", name);
}

#endif
