/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records among a call's arguments, and the getters by which modules read them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/argument_path.h"
#include "helper/call.h"

/* What a module holds: the value, and what the manifest says of it. */
struct postern_record {
	const struct postern_invocation *call;
	const struct argument *argument; /* whose record it is, by its name in messages */
	const struct argument *type;
	const struct postern_value *value;
};

/* The records of one argument. */
struct record_block {
	struct record_block *next;
	const struct argument *argument;
	size_t len;
	struct postern_record records[];
};

APART static int block_make(struct postern_invocation *call, const struct argument *a,
			    const struct postern_value *v)
{
	bool list = a->type == ARGUMENT_LIST;
	size_t len = list ? v->list.len : 1;
	struct record_block *block = malloc(sizeof(*block) + len * sizeof(block->records[0]));

	if (!block)
		return -ENOMEM;
	block->next = call->records;
	block->argument = a;
	block->len = len;
	for (size_t i = 0; i < len; i++)
		block->records[i] = (struct postern_record){
			.call = call,
			.argument = a,
			.type = argument_record(a),
			.value = list ? &v->list.items[i] : v,
		};
	call->records = block;
	return 0;
}

int invocation_records_make(struct postern_invocation *call)
{
	const struct manifest_entrypoint *e = call->target->entrypoint;
	int r = 0;

	if (!argument_checks_records(call->checks))
		return 0;
	for (size_t i = 0; i < e->arguments_len && r == 0; i++)
		if (argument_record(&e->arguments[i]) && call->values[i].kind != POSTERN_KIND_NIL)
			r = block_make(call, &e->arguments[i], &call->values[i]);
	return r;
}

APART void invocation_records_free(struct postern_invocation *call)
{
	while (call->records) {
		struct record_block *next = call->records->next;

		free(call->records);
		call->records = next;
	}
}

/* NULL: it was not given. */
static const struct record_block *block_find(const struct postern_invocation *call,
					     const char *name, enum argument_type type)
{
	const struct argument *a =
		&call->target->entrypoint->arguments[invocation_argument(call, name)];
	const struct record_block *block = call->records;

	if (a->type != type || !argument_record(a))
		invocation_abort(call, name, "as a record, which the manifest does not say");
	while (block && block->argument != a)
		block = block->next;
	return block;
}

const struct postern_record *postern_arg_record(const struct postern_invocation *call,
						const char *name)
{
	const struct record_block *block = block_find(call, name, ARGUMENT_RECORD);

	return block ? block->records : NULL;
}

const struct postern_record *postern_arg_list_record(const struct postern_invocation *call,
						     const char *name, size_t i)
{
	const struct record_block *block = block_find(call, name, ARGUMENT_LIST);

	if (!block || i >= block->len)
		invocation_abort(call, name, "beyond the end of the list");
	return &block->records[i];
}

static _Noreturn void field_abort(const struct postern_record *r, const char *name,
				  const char *what)
{
	char whole[2 * ARGUMENT_NAME_MAX + 64];

	(void)snprintf(whole, sizeof(whole), "%s.%s", r->argument->name, name);
	invocation_abort(r->call, whole, what);
}

static const struct argument *field_type(const struct postern_record *r, const char *name)
{
	for (size_t i = 0; i < r->type->fields_len; i++)
		if (strcmp(r->type->fields[i].name, name) == 0)
			return &r->type->fields[i];
	field_abort(r, name, "that the manifest does not declare");
}

static bool given(const struct postern_record *r, const char *name)
{
	const struct postern_value *v = wire_map_get(r->value, name);

	return v && v->kind != POSTERN_KIND_NIL;
}

bool postern_record_given(const struct postern_record *r, const char *name)
{
	return field_type(r, name)->has_default || given(r, name);
}

/* The value, or its default; kind NIL: there is none. */
static struct postern_value field_value(const struct postern_record *r, const char *name,
					enum postern_kind kind, const char *as)
{
	const struct argument *field = field_type(r, name);

	if (argument_kind(field->type) != kind)
		field_abort(r, name, as);
	if (given(r, name))
		return *wire_map_get(r->value, name);
	return field->has_default ? argument_default(field) : (struct postern_value){};
}

bool postern_record_boolean(const struct postern_record *r, const char *name)
{
	const struct postern_value v = field_value(r, name, POSTERN_KIND_BOOLEAN,
						   "as a boolean, which the manifest does not say");

	return v.kind == POSTERN_KIND_BOOLEAN && v.boolean;
}

int64_t postern_record_integer(const struct postern_record *r, const char *name)
{
	const struct postern_value v = field_value(
		r, name, POSTERN_KIND_INTEGER, "as an integer, which the manifest does not say");

	return v.kind == POSTERN_KIND_INTEGER ? v.integer : 0;
}

const char *postern_record_string(const struct postern_record *r, const char *name)
{
	const struct postern_value v = field_value(r, name, POSTERN_KIND_STRING,
						   "as a string, which the manifest does not say");

	return v.kind == POSTERN_KIND_STRING ? v.text.data : NULL;
}

const void *postern_record_bytes(const struct postern_record *r, const char *name, size_t *ret_len)
{
	const struct postern_value v = field_value(r, name, POSTERN_KIND_BYTES,
						   "as bytes, which the manifest does not say");

	*ret_len = v.kind == POSTERN_KIND_BYTES ? v.text.len : 0;
	return v.kind == POSTERN_KIND_BYTES ? v.text.data : NULL;
}

int postern_record_path_open(const struct postern_record *r, const char *name, int flags,
			     mode_t mode)
{
	const struct argument *field = field_type(r, name);
	const char *path;

	if (field->type != ARGUMENT_PATH)
		field_abort(r, name, "as a path, which the manifest does not say");
	path = postern_record_string(r, name);
	return path ? path_open(path, field->below, field->exists, flags, mode) : -EINVAL;
}

size_t postern_record_list_len(const struct postern_record *r, const char *name)
{
	const struct postern_value v = field_value(r, name, POSTERN_KIND_LIST,
						   "as a list, which the manifest does not say");

	return v.kind == POSTERN_KIND_LIST ? v.list.len : 0;
}

static const struct postern_value *element(const struct postern_record *r, const char *name,
					   size_t i, enum postern_kind kind)
{
	const struct postern_value v = field_value(r, name, POSTERN_KIND_LIST,
						   "as a list, which the manifest does not say");

	if (argument_kind(field_type(r, name)->element->type) != kind)
		field_abort(r, name, "by elements of a kind that the manifest does not say");
	if (v.kind != POSTERN_KIND_LIST || i >= v.list.len)
		field_abort(r, name, "beyond the end of the list");
	return v.list.items + i;
}

const char *postern_record_list_string(const struct postern_record *r, const char *name, size_t i)
{
	return element(r, name, i, POSTERN_KIND_STRING)->text.data;
}

int64_t postern_record_list_integer(const struct postern_record *r, const char *name, size_t i)
{
	return element(r, name, i, POSTERN_KIND_INTEGER)->integer;
}

bool postern_record_list_boolean(const struct postern_record *r, const char *name, size_t i)
{
	return element(r, name, i, POSTERN_KIND_BOOLEAN)->boolean;
}

const void *postern_record_list_bytes(const struct postern_record *r, const char *name, size_t i,
				      size_t *ret_len)
{
	const struct postern_value *v = element(r, name, i, POSTERN_KIND_BYTES);

	*ret_len = v->text.len;
	return v->text.data;
}

int postern_record_list_path_open(const struct postern_record *r, const char *name, size_t i,
				  int flags, mode_t mode)
{
	const char *path = element(r, name, i, POSTERN_KIND_STRING)->text.data;
	const struct argument *a = field_type(r, name)->element;

	if (a->type != ARGUMENT_PATH)
		field_abort(r, name, "as paths, which the manifest does not say");
	return path_open(path, a->below, a->exists, flags, mode);
}
