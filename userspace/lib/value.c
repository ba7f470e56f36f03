/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: reading a result. */
#include <errno.h>

#include "lib/postern.h"
#include "lib/wire.h"

enum postern_kind postern_value_kind(const struct postern_value *v)
{
	return v ? v->kind : POSTERN_KIND_NIL;
}

int postern_value_boolean(const struct postern_value *v, bool *ret)
{
	if (postern_value_kind(v) != POSTERN_KIND_BOOLEAN)
		return -EPROTO;
	*ret = v->boolean;
	return 0;
}

int postern_value_integer(const struct postern_value *v, int64_t *ret)
{
	if (postern_value_kind(v) != POSTERN_KIND_INTEGER)
		return -EPROTO;
	*ret = v->integer;
	return 0;
}

int postern_value_string(const struct postern_value *v, const char **ret, size_t *ret_len)
{
	if (postern_value_kind(v) != POSTERN_KIND_STRING)
		return -EPROTO;
	*ret = v->text.data;
	if (ret_len)
		*ret_len = v->text.len;
	return 0;
}

int postern_value_bytes(const struct postern_value *v, const void **ret, size_t *ret_len)
{
	if (postern_value_kind(v) != POSTERN_KIND_BYTES)
		return -EPROTO;
	*ret = v->text.data;
	*ret_len = v->text.len;
	return 0;
}

size_t postern_value_list_len(const struct postern_value *v)
{
	return postern_value_kind(v) == POSTERN_KIND_LIST ? v->list.len : 0;
}

const struct postern_value *postern_value_list_item(const struct postern_value *v, size_t i)
{
	return i < postern_value_list_len(v) ? &v->list.items[i] : NULL;
}

const struct postern_value *postern_value_record_get(const struct postern_value *v,
						     const char *field)
{
	return v ? wire_map_get(v, field) : NULL;
}

const struct postern_value *postern_value_record_at(const struct postern_value *v, size_t i,
						    const char **ret_field)
{
	if (postern_value_kind(v) != POSTERN_KIND_RECORD || i >= v->list.len / 2)
		return NULL;
	*ret_field = v->list.items[2 * i].text.data;
	return &v->list.items[2 * i + 1];
}

int postern_value_fd(struct postern_value *v)
{
	int fd;

	if (postern_value_kind(v) != POSTERN_KIND_FD || v->integer < 0)
		return -EPROTO;
	fd = (int)v->integer;
	v->integer = -1;
	return fd;
}
