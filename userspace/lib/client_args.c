/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: arguments by name, each kept as the bytes that will travel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "lib/client.h"

#define VALUE_HEAD_MAX	 9 /* a value's first byte, and at most eight of a number or length */
#define VALUES_BYTES_MAX (POSTERN_RECORD_MAX - sizeof(struct postern_header) - VALUE_HEAD_MAX)

struct postern_args *postern_args_new(void)
{
	return calloc(1, sizeof(struct postern_args));
}

static void argument_free(struct client_argument *a)
{
	if (a->data)
		explicit_bzero(a->data, a->len); /* it may be a secret */
	free(a->data);
	free(a->name);
}

void postern_args_free(struct postern_args *args)
{
	if (!args)
		return;
	for (size_t i = 0; i < args->len; i++)
		argument_free(&args->items[i]);
	free(args->items);
	free(args);
}

int client_args_error(struct postern_args *args, const char *name, int error)
{
	if (args->error)
		return args->error;
	args->error = error;
	if (name)
		(void)text_clean(args->error_name, sizeof(args->error_name), name, strlen(name));
	return error;
}

static int args_name(const struct postern_args *args, const char *name)
{
	if (!name || !*name || strlen(name) > REPLY_WORD_MAX)
		return -EINVAL;
	for (size_t i = 0; i < args->len; i++)
		if (strcmp(args->items[i].name, name) == 0)
			return -EEXIST;
	return 0;
}

static int args_append(struct postern_args *args, const char *name, uint8_t *data, size_t len)
{
	struct client_argument *items;
	char *copy;

	items = reallocarray(args->items, args->len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	args->items = items;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	items[args->len].name = copy;
	items[args->len].data = data;
	items[args->len].len = len;
	args->len++;
	args->bytes += len;
	return 0;
}

int client_args_add(struct postern_args *args, const char *name, uint8_t *data, size_t len,
		    size_t elements)
{
	int r = args->error;

	if (!data)
		return client_args_error(args, name, -ENOMEM);
	if (r == 0)
		r = args_name(args, name);
	if (r == 0 && len > VALUES_BYTES_MAX - args->bytes)
		r = -E2BIG;
	if (r == 0)
		r = args_append(args, name, data, len);
	if (r < 0) {
		explicit_bzero(data, len);
		free(data);
		return client_args_error(args, name, r);
	}
	args->elements += elements;
	return 0;
}

/* Adds a value. It is a tree of one or two levels, built by the setters below; bound: bytes that
 * it takes at most. */
static int args_put(struct postern_args *args, const char *name, const struct postern_value *v,
		    size_t bound)
{
	cleanup_free uint8_t *data = NULL;
	struct wire_writer w;
	size_t len;
	int r;

	if (!args)
		return -ENOMEM;
	if (args->error)
		return args->error;
	data = malloc(bound);
	if (!data)
		return client_args_error(args, name, -ENOMEM);
	wire_start_part(&w, data, bound);
	wire_put_value(&w, v);
	r = wire_finish(&w, &len);
	if (r < 0)
		return client_args_error(args, name, r);
	return client_args_add(args, name, steal_ptr(data), len,
			       v->kind == POSTERN_KIND_LIST ? v->list.len : 0);
}

int postern_args_boolean(struct postern_args *args, const char *name, bool value)
{
	const struct postern_value v = {.kind = POSTERN_KIND_BOOLEAN, .boolean = value};

	return args_put(args, name, &v, VALUE_HEAD_MAX);
}

int postern_args_integer(struct postern_args *args, const char *name, int64_t value)
{
	const struct postern_value v = {.kind = POSTERN_KIND_INTEGER, .integer = value};

	return args_put(args, name, &v, VALUE_HEAD_MAX);
}

static int args_text(struct postern_args *args, const char *name, enum postern_kind kind,
		     const char *data, size_t len)
{
	const struct postern_value v = {.kind = kind, .text = {data, len}};

	if (!args)
		return -ENOMEM;
	if (!data && len > 0)
		return client_args_error(args, name, -EINVAL);
	if (len > VALUES_BYTES_MAX)
		return client_args_error(args, name, -E2BIG);
	return args_put(args, name, &v, VALUE_HEAD_MAX + len);
}

int postern_args_string(struct postern_args *args, const char *name, const char *value)
{
	if (!args)
		return -ENOMEM;
	if (!value)
		return client_args_error(args, name, -EINVAL);
	return args_text(args, name, POSTERN_KIND_STRING, value, strlen(value));
}

int postern_args_bytes(struct postern_args *args, const char *name, const void *data, size_t len)
{
	return args_text(args, name, POSTERN_KIND_BYTES, data, len);
}

static int args_list(struct postern_args *args, const char *name, const struct postern_value *items,
		     size_t len, size_t bytes)
{
	const struct postern_value v = {.kind = POSTERN_KIND_LIST, .list = {items, len}};

	if (bytes > VALUES_BYTES_MAX)
		return client_args_error(args, name, -E2BIG);
	return args_put(args, name, &v, (len + 1) * VALUE_HEAD_MAX + bytes);
}

/* Room for a list's items, which also refuses one that cannot travel. */
static int args_items(const struct postern_args *args, const void *values, size_t len,
		      struct postern_value **ret)
{
	if (!args)
		return -ENOMEM;
	if (!values && len > 0)
		return -EINVAL;
	if (len >= WIRE_VALUES_MAX)
		return -E2BIG;
	*ret = calloc(len + 1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

int postern_args_strings(struct postern_args *args, const char *name, const char *const *values,
			 size_t len)
{
	cleanup_free struct postern_value *items = NULL;
	size_t bytes = 0;
	int r = args_items(args, values, len, &items);

	if (!args)
		return r;
	for (size_t i = 0; i < len && r == 0; i++) {
		if (!values[i])
			return client_args_error(args, name, -EINVAL);
		items[i].kind = POSTERN_KIND_STRING;
		items[i].text.data = values[i];
		items[i].text.len = strlen(values[i]);
		bytes += items[i].text.len;
		if (bytes > VALUES_BYTES_MAX)
			r = -E2BIG;
	}
	return r < 0 ? client_args_error(args, name, r) : args_list(args, name, items, len, bytes);
}

int postern_args_integers(struct postern_args *args, const char *name, const int64_t *values,
			  size_t len)
{
	cleanup_free struct postern_value *items = NULL;
	int r = args_items(args, values, len, &items);

	if (!args)
		return r;
	for (size_t i = 0; i < len && r == 0; i++) {
		items[i].kind = POSTERN_KIND_INTEGER;
		items[i].integer = values[i];
	}
	return r < 0 ? client_args_error(args, name, r) : args_list(args, name, items, len, 0);
}
