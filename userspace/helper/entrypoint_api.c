/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The functions that modules call (lib/postern-entrypoint.h). The helper's program exports them, by
 * the list in postern-helper.dynlist, to the modules that it loads.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "helper/argument_path.h"
#include "helper/call.h"

/* There is no value that would be right, and a wrong one could do harm. */
_Noreturn void invocation_abort(const struct postern_invocation *call, const char *name,
				const char *what)
{
	(void)fprintf(stderr,
		      "postern: the module of context %s has a mistake: entrypoint %s asks for "
		      "argument \"%s\" %s\n",
		      call->target->context, call->target->entrypoint->name, name, what);
	abort();
}

size_t invocation_argument(const struct postern_invocation *call, const char *name)
{
	const struct manifest_entrypoint *e = call->target->entrypoint;

	for (size_t i = 0; i < e->arguments_len; i++)
		if (strcmp(e->arguments[i].name, name) == 0)
			return i;
	invocation_abort(call, name, "that the manifest does not declare");
}

/* The value, of that kind, or NULL for an optional argument that was not given. */
static const struct postern_value *argument_value(const struct postern_invocation *call,
						  const char *name, enum postern_kind kind,
						  const char *as)
{
	size_t i = invocation_argument(call, name);

	if (argument_kind(call->target->entrypoint->arguments[i].type) != kind)
		invocation_abort(call, name, as);
	return call->values[i].kind == kind ? &call->values[i] : NULL;
}

bool postern_arg_given(const struct postern_invocation *call, const char *name)
{
	return call->values[invocation_argument(call, name)].kind != POSTERN_KIND_NIL;
}

bool postern_arg_boolean(const struct postern_invocation *call, const char *name)
{
	const struct postern_value *v = argument_value(
		call, name, POSTERN_KIND_BOOLEAN, "as a boolean, which the manifest does not say");

	return v && v->boolean;
}

int64_t postern_arg_integer(const struct postern_invocation *call, const char *name)
{
	const struct postern_value *v = argument_value(
		call, name, POSTERN_KIND_INTEGER, "as an integer, which the manifest does not say");

	return v ? v->integer : 0;
}

const char *postern_arg_string(const struct postern_invocation *call, const char *name)
{
	const struct postern_value *v = argument_value(
		call, name, POSTERN_KIND_STRING, "as a string, which the manifest does not say");

	return v ? v->text.data : NULL;
}

const void *postern_arg_bytes(const struct postern_invocation *call, const char *name,
			      size_t *ret_len)
{
	const struct postern_value *v = argument_value(call, name, POSTERN_KIND_BYTES,
						       "as bytes, which the manifest does not say");

	*ret_len = v ? v->text.len : 0;
	return v ? v->text.data : NULL;
}

int postern_arg_path_open(const struct postern_invocation *call, const char *name, int flags,
			  mode_t mode)
{
	size_t i = invocation_argument(call, name);
	const struct argument *a = &call->target->entrypoint->arguments[i];

	if (a->type != ARGUMENT_PATH)
		invocation_abort(call, name, "as a path, which the manifest does not say");
	if (call->values[i].kind != POSTERN_KIND_STRING)
		return -EINVAL;
	return path_open(call->values[i].text.data, a->below, a->exists, flags, mode);
}

static const struct postern_value *argument_list(const struct postern_invocation *call,
						 const char *name)
{
	return argument_value(call, name, POSTERN_KIND_LIST,
			      "as a list, which the manifest does not say");
}

size_t postern_arg_list_len(const struct postern_invocation *call, const char *name)
{
	const struct postern_value *v = argument_list(call, name);

	return v ? v->list.len : 0;
}

static const struct postern_value *list_item(const struct postern_invocation *call,
					     const char *name, size_t i, enum postern_kind kind)
{
	const struct postern_value *v = argument_list(call, name);
	const struct argument *a =
		&call->target->entrypoint->arguments[invocation_argument(call, name)];

	if (argument_kind(a->element->type) != kind)
		invocation_abort(call, name,
				 "by elements of a kind that the manifest does not say");
	if (!v || i >= v->list.len)
		invocation_abort(call, name, "beyond the end of the list");
	return &v->list.items[i];
}

const char *postern_arg_list_string(const struct postern_invocation *call, const char *name,
				    size_t i)
{
	return list_item(call, name, i, POSTERN_KIND_STRING)->text.data;
}

int64_t postern_arg_list_integer(const struct postern_invocation *call, const char *name, size_t i)
{
	return list_item(call, name, i, POSTERN_KIND_INTEGER)->integer;
}

bool postern_arg_list_boolean(const struct postern_invocation *call, const char *name, size_t i)
{
	return list_item(call, name, i, POSTERN_KIND_BOOLEAN)->boolean;
}

const void *postern_arg_list_bytes(const struct postern_invocation *call, const char *name,
				   size_t i, size_t *ret_len)
{
	const struct postern_value *v = list_item(call, name, i, POSTERN_KIND_BYTES);

	*ret_len = v->text.len;
	return v->text.data;
}

int postern_arg_list_path_open(const struct postern_invocation *call, const char *name, size_t i,
			       int flags, mode_t mode)
{
	const char *path = list_item(call, name, i, POSTERN_KIND_STRING)->text.data;
	const struct argument *a =
		call->target->entrypoint->arguments[invocation_argument(call, name)].element;

	if (a->type != ARGUMENT_PATH)
		invocation_abort(call, name, "as paths, which the manifest does not say");
	return path_open(path, a->below, a->exists, flags, mode);
}

uid_t postern_caller_uid(const struct postern_invocation *call)
{
	return call->caller->uid;
}

gid_t postern_caller_gid(const struct postern_invocation *call)
{
	return call->caller->gid;
}

pid_t postern_caller_pid(const struct postern_invocation *call)
{
	return call->caller->pid;
}

static int wrong_at(struct postern_invocation *call, int error, const char *where, const char *what)
{
	(void)snprintf(call->mistake, sizeof(call->mistake),
		       "the module's mistake: %s's result%s: %s", call->target->entrypoint->name,
		       where, what);
	return error;
}

int invocation_wrong_result(struct postern_invocation *call, int error, const char *what)
{
	return wrong_at(call, error, "", what);
}

/* The most that a value takes on the wire. */
/* NOLINTNEXTLINE(misc-no-recursion): what a module gives is not deep */
static size_t value_room(const struct postern_value *v)
{
	size_t room = 9; /* its first byte, and a number */

	if (v->kind == POSTERN_KIND_STRING || v->kind == POSTERN_KIND_BYTES)
		return room + v->text.len;
	if (v->kind != POSTERN_KIND_LIST && v->kind != POSTERN_KIND_RECORD)
		return room;
	for (size_t i = 0; i < v->list.len; i++)
		room += value_room(&v->list.items[i]);
	return room;
}

/* Begins the RETURN where there is room for it. */
static int return_start(const struct postern_invocation *call, size_t room, struct wire_writer *w)
{
	struct invocation_reply *reply = call->reply;
	void *to = reply->record;

	invocation_reply_clear(reply);
	if (room > reply->most + 9) /* no need to look closer: it does not fit */
		return -E2BIG;
	room += sizeof(struct postern_header);
	if (room > POSTERN_RECORD_MAX && reply->most > POSTERN_RECORD_MAX) {
		to = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (to == MAP_FAILED)
			return -ENOMEM;
		reply->large = to;
		reply->large_size = room;
	}
	wire_start(w, to, reply->large ? room : POSTERN_RECORD_MAX, POSTERN_RETURN, call->call, 0);
	return 0;
}

static int too_large(struct postern_invocation *call, size_t most)
{
	char what[64];

	if (most <= POSTERN_RECORD_MAX)
		return invocation_wrong_result(call, -E2BIG,
					       "it does not fit into a record of 64 KiB");
	(void)snprintf(what, sizeof(what), "it does not fit into %zu MiB", most >> 20);
	return invocation_wrong_result(call, -E2BIG, what);
}

static int return_write(struct postern_invocation *call, const struct postern_value *v)
{
	struct invocation_reply *reply = call->reply;
	struct argument_misfit misfit;
	struct wire_writer w;
	int r;

	/* Before the check, which takes strings to be UTF-8 and terminated, as decoded ones are. */
	r = return_start(call, value_room(v), &w);
	if (r == -ENOMEM)
		return invocation_wrong_result(call, r, "there is no memory for it");
	if (r == 0)
		wire_put_value(&w, v);
	if (r == -E2BIG || w.error == -E2BIG || w.len > sizeof(struct postern_header) + reply->most)
		return too_large(call, reply->most);
	if (w.error)
		return invocation_wrong_result(call, w.error, "it is not valid UTF-8");
	r = argument_check_result(call->checks, v, &misfit);
	if (r < 0)
		return wrong_at(call, r, misfit.where, misfit.message);
	return wire_finish(&w, &reply->len);
}

int invocation_give(struct postern_invocation *call, const struct postern_value *v)
{
	int r;

	invocation_reply_clear(call->reply);
	call->mistake[0] = '\0';
	if (call->target->entrypoint->result.type == ARGUMENT_NONE)
		return invocation_wrong_result(call, -EINVAL,
					       "the manifest declares none, but one was set");
	r = return_write(call, v);
	if (r < 0)
		invocation_reply_clear(call->reply);
	return r;
}

int postern_return_boolean(struct postern_invocation *call, bool value)
{
	const struct postern_value v = {.kind = POSTERN_KIND_BOOLEAN, .boolean = value};

	return invocation_give(call, &v);
}

int postern_return_integer(struct postern_invocation *call, int64_t value)
{
	const struct postern_value v = {.kind = POSTERN_KIND_INTEGER, .integer = value};

	return invocation_give(call, &v);
}

int postern_return_string(struct postern_invocation *call, const char *value)
{
	const struct postern_value v = {
		.kind = POSTERN_KIND_STRING,
		.text = {value, value ? strlen(value) : 0},
	};

	if (!value)
		return invocation_wrong_result(call, -EINVAL, "NULL is no string");
	return invocation_give(call, &v);
}

int postern_return_bytes(struct postern_invocation *call, const void *data, size_t len)
{
	const struct postern_value v = {.kind = POSTERN_KIND_BYTES, .text = {data, len}};

	if (!data && len > 0)
		return invocation_wrong_result(call, -EINVAL, "NULL is no data");
	return invocation_give(call, &v);
}

/* A result's list, to be filled in; its items are the caller's. */
static int list_new(struct postern_invocation *call, size_t len, struct postern_value **ret)
{
	if (len >= WIRE_VALUES_MAX)
		return invocation_wrong_result(call, -E2BIG,
					       "the list has too many elements for a record");
	*ret = calloc(len + 1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static int give_list(struct postern_invocation *call, const struct postern_value *items, size_t len)
{
	const struct postern_value v = {.kind = POSTERN_KIND_LIST, .list = {items, len}};

	return invocation_give(call, &v);
}

int postern_return_strings(struct postern_invocation *call, const char *const *values, size_t len)
{
	cleanup_free struct postern_value *items = NULL;
	int r = list_new(call, len, &items);

	for (size_t i = 0; i < len && r == 0; i++) {
		if (!values[i])
			return invocation_wrong_result(call, -EINVAL, "NULL is no string");
		items[i].kind = POSTERN_KIND_STRING;
		items[i].text.data = values[i];
		items[i].text.len = strlen(values[i]);
	}
	return r < 0 ? r : give_list(call, items, len);
}

static int give_scalars(struct postern_invocation *call, enum postern_kind kind, const void *values,
			size_t len)
{
	cleanup_free struct postern_value *items = NULL;
	int r = list_new(call, len, &items);

	if (r < 0)
		return r;
	wire_items(items, kind, values, len);
	return give_list(call, items, len);
}

int postern_return_integers(struct postern_invocation *call, const int64_t *values, size_t len)
{
	return give_scalars(call, POSTERN_KIND_INTEGER, values, len);
}

int postern_return_booleans(struct postern_invocation *call, const bool *values, size_t len)
{
	return give_scalars(call, POSTERN_KIND_BOOLEAN, values, len);
}

int postern_return_bytes_list(struct postern_invocation *call, const struct postern_bytes *values,
			      size_t len)
{
	cleanup_free struct postern_value *items = NULL;
	int r = list_new(call, len, &items);

	for (size_t i = 0; i < len && r == 0; i++) {
		if (!values[i].data && values[i].len > 0)
			return invocation_wrong_result(call, -EINVAL, "NULL is no data");
		items[i].kind = POSTERN_KIND_BYTES;
		items[i].text.data = values[i].data;
		items[i].text.len = values[i].len;
	}
	return r < 0 ? r : give_list(call, items, len);
}
