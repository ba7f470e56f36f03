/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Results that are records: a module adds them and sets their fields, and gives them all at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/call.h"

/* One record on its way. Its values are copies, so that the module's may go. */
struct postern_fields {
	struct postern_invocation *call;
	struct postern_fields *next;
	size_t len; /* items: names and values */
	struct postern_value items[2 * FIELDS_MAX];
	void *owned[2 * FIELDS_MAX];
	char names[FIELDS_MAX][ARGUMENT_NAME_MAX + 1];
};

struct result_build {
	struct postern_fields *first, **end;
	size_t len;
	int error; /* the first one, for postern_return_records() */
};

static void fields_free(struct postern_fields *f)
{
	for (size_t i = 0; i < f->len; i++)
		free(f->owned[i]);
	free(f);
}

APART void invocation_build_free(struct postern_invocation *call)
{
	struct result_build *b = call->build;

	while (b && b->first) {
		struct postern_fields *next = b->first->next;

		fields_free(b->first);
		b->first = next;
	}
	free(b);
	call->build = NULL;
}

static struct result_build *build_of(struct postern_invocation *call)
{
	if (!call->build) {
		call->build = calloc(1, sizeof(*call->build));
		if (call->build)
			call->build->end = &call->build->first;
	}
	return call->build;
}

/* Keeps the first error. */
static int build_error(struct postern_invocation *call, int error, const char *what)
{
	if (!call->build->error)
		call->build->error = what ? invocation_wrong_result(call, error, what) : error;
	return call->build->error;
}

struct postern_fields *postern_result_record(struct postern_invocation *call)
{
	struct result_build *b = build_of(call);
	struct postern_fields *f;

	if (!b)
		return NULL;
	if (b->len >= WIRE_VALUES_MAX) {
		(void)build_error(call, -E2BIG, "it has too many records");
		return NULL;
	}
	f = malloc(sizeof(*f));
	if (!f) {
		(void)build_error(call, -ENOMEM, NULL);
		return NULL;
	}
	f->call = call;
	f->next = NULL;
	f->len = 0;
	*b->end = f;
	b->end = &f->next;
	b->len++;
	return f;
}

/* Takes `owned` over. The last value of a name counts. */
static int field_set(struct postern_fields *f, const char *name, struct postern_value v,
		     void *owned)
{
	size_t i = 0;

	while (i < f->len && strcmp(f->items[i].text.data, name) != 0)
		i += 2;
	if (i == 2 * (size_t)FIELDS_MAX || strlen(name) > ARGUMENT_NAME_MAX) {
		free(owned);
		return build_error(f->call, -EINVAL,
				   "a field was set that the manifest does not declare");
	}
	if (i == f->len) {
		memcpy(f->names[i / 2], name, strlen(name) + 1);
		f->items[i] = (struct postern_value){.kind = POSTERN_KIND_STRING,
						     .text = {f->names[i / 2], strlen(name)}};
		f->owned[i] = f->owned[i + 1] = NULL;
		f->len += 2;
	}
	free(f->owned[i + 1]);
	f->owned[i + 1] = owned;
	f->items[i + 1] = v;
	return 0;
}

int postern_set_boolean(struct postern_fields *f, const char *name, bool value)
{
	const struct postern_value v = {.kind = POSTERN_KIND_BOOLEAN, .boolean = value};

	return f ? field_set(f, name, v, NULL) : -ENOMEM;
}

int postern_set_integer(struct postern_fields *f, const char *name, int64_t value)
{
	const struct postern_value v = {.kind = POSTERN_KIND_INTEGER, .integer = value};

	return f ? field_set(f, name, v, NULL) : -ENOMEM;
}

static int set_text(struct postern_fields *f, const char *name, enum postern_kind kind,
		    const void *data, size_t len)
{
	char *copy;

	if (!f)
		return -ENOMEM;
	if (!data && len > 0)
		return build_error(f->call, -EINVAL, "NULL is no data");
	if (len > WIRE_PAYLOAD_MAX)
		return build_error(f->call, -E2BIG, "it does not fit into 64 MiB");
	copy = malloc(len + 1);
	if (!copy)
		return build_error(f->call, -ENOMEM, NULL);
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return field_set(f, name, (struct postern_value){.kind = kind, .text = {copy, len}}, copy);
}

int postern_set_string(struct postern_fields *f, const char *name, const char *value)
{
	if (f && !value)
		return build_error(f->call, -EINVAL, "NULL is no string");
	return set_text(f, name, POSTERN_KIND_STRING, value, value ? strlen(value) : 0);
}

int postern_set_bytes(struct postern_fields *f, const char *name, const void *data, size_t len)
{
	return set_text(f, name, POSTERN_KIND_BYTES, data, len);
}

/* The items of a list, and room behind them for their texts: one block. */
static struct postern_value *list_new(struct postern_fields *f, size_t len, size_t text)
{
	struct postern_value *items;

	if (len >= WIRE_VALUES_MAX || text > WIRE_PAYLOAD_MAX) {
		(void)build_error(f->call, -E2BIG, "it does not fit into 64 MiB");
		return NULL;
	}
	items = calloc(1, len * sizeof(*items) + text + 1);
	if (!items)
		(void)build_error(f->call, -ENOMEM, NULL);
	return items;
}

/* Can that be made a list? Without memory there are no fields. */
static int list_check(const struct postern_fields *f, const void *values, size_t len)
{
	if (!f)
		return -ENOMEM;
	return values || len == 0 ? 0 : build_error(f->call, -EINVAL, "NULL is no list");
}

static int list_set(struct postern_fields *f, const char *name, struct postern_value *items,
		    size_t len)
{
	const struct postern_value v = {.kind = POSTERN_KIND_LIST, .list = {items, len}};

	return field_set(f, name, v, items);
}

/* Makes an item of bytes, which are copied to `to`. Returns where the next ones go, behind a NUL.
 */
static char *text_put(struct postern_value *item, enum postern_kind kind, char *to,
		      const void *data, size_t len)
{
	if (len > 0)
		memcpy(to, data, len);
	*item = (struct postern_value){.kind = kind, .text = {to, len}};
	return to + len + 1;
}

int postern_set_strings(struct postern_fields *f, const char *name, const char *const *values,
			size_t len)
{
	struct postern_value *items;
	int r = list_check(f, values, len);
	size_t text = 0;
	char *to;

	if (r < 0)
		return r;
	for (size_t i = 0; i < len && text <= WIRE_PAYLOAD_MAX; i++) {
		if (!values[i])
			return build_error(f->call, -EINVAL, "NULL is no string");
		text += strlen(values[i]) + 1;
	}
	items = list_new(f, len, text);
	if (!items)
		return f->call->build->error;
	to = (char *)(items + len);
	for (size_t i = 0; i < len; i++)
		to = text_put(&items[i], POSTERN_KIND_STRING, to, values[i], strlen(values[i]));
	return list_set(f, name, items, len);
}

static int scalars_set(struct postern_fields *f, const char *name, enum postern_kind kind,
		       const void *values, size_t len)
{
	int r = list_check(f, values, len);
	struct postern_value *items;

	if (r < 0)
		return r;
	items = list_new(f, len, 0);
	if (!items)
		return f->call->build->error;
	wire_items(items, kind, values, len);
	return list_set(f, name, items, len);
}

int postern_set_integers(struct postern_fields *f, const char *name, const int64_t *values,
			 size_t len)
{
	return scalars_set(f, name, POSTERN_KIND_INTEGER, values, len);
}

int postern_set_booleans(struct postern_fields *f, const char *name, const bool *values, size_t len)
{
	return scalars_set(f, name, POSTERN_KIND_BOOLEAN, values, len);
}

int postern_set_bytes_list(struct postern_fields *f, const char *name,
			   const struct postern_bytes *values, size_t len)
{
	struct postern_value *items;
	int r = list_check(f, values, len);
	size_t text = 0;
	char *to;

	if (r < 0)
		return r;
	for (size_t i = 0; i < len && text <= WIRE_PAYLOAD_MAX; i++) {
		if (!values[i].data && values[i].len > 0)
			return build_error(f->call, -EINVAL, "NULL is no data");
		text += MIN_OF(values[i].len, WIRE_PAYLOAD_MAX) + 1;
	}
	items = list_new(f, len, text);
	if (!items)
		return f->call->build->error;
	to = (char *)(items + len);
	for (size_t i = 0; i < len; i++)
		to = text_put(&items[i], POSTERN_KIND_BYTES, to, values[i].data, values[i].len);
	return list_set(f, name, items, len);
}

static int give_list(struct postern_invocation *call, const struct result_build *b)
{
	cleanup_free struct postern_value *items = calloc(b->len + 1, sizeof(*items));
	const struct postern_value v = {.kind = POSTERN_KIND_LIST, .list = {items, b->len}};
	size_t i = 0;

	if (!items)
		return -ENOMEM;
	for (const struct postern_fields *f = b->first; f; f = f->next)
		items[i++] = (struct postern_value){.kind = POSTERN_KIND_RECORD,
						    .list = {f->items, f->len}};
	return invocation_give(call, &v);
}

/* Of all records, with the list and the names. */
static size_t values_count(const struct result_build *b)
{
	size_t count = 1;

	for (const struct postern_fields *f = b->first; f; f = f->next) {
		count += 1 + f->len;
		for (size_t i = 1; i < f->len; i += 2)
			if (f->items[i].kind == POSTERN_KIND_LIST)
				count += f->items[i].list.len;
	}
	return count;
}

int postern_return_records(struct postern_invocation *call)
{
	const struct result_build *b = build_of(call);
	struct postern_value v = {.kind = POSTERN_KIND_RECORD};
	int r;

	if (!b)
		return -ENOMEM;
	if (b->error) {
		r = b->error;
	} else if (values_count(b) > WIRE_VALUES_MAX) {
		r = invocation_wrong_result(call, -E2BIG, "it has too many values");
	} else if (call->target->entrypoint->result.type == ARGUMENT_LIST) {
		r = give_list(call, b);
	} else if (call->target->entrypoint->result.type == ARGUMENT_RECORD && b->len != 1) {
		r = invocation_wrong_result(call, -EINVAL,
					    "one record has to be added before it is given");
	} else {
		v.list.items = b->first ? b->first->items : NULL;
		v.list.len = b->first ? b->first->len : 0;
		r = invocation_give(call, &v);
	}
	invocation_build_free(call);
	return r;
}
