/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the headers of `postern gen module` are made with: lists and records as plain C. */
#ifndef POSTERN_GENERATED_MODULE_H
#define POSTERN_GENERATED_MODULE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "postern-entrypoint.h"
#include "postern-generated-fields.h"

/* Room for a list's items. Returns 1, 0 when the argument was not given, or -ENOMEM. */
static inline int postern_list_room(const struct postern_invocation *call, const char *name,
				    size_t size, void **ret, size_t *ret_len)
{
	size_t len = postern_arg_list_len(call, name);

	if (!postern_arg_given(call, name))
		return 0;
	*ret = calloc(len + 1, size);
	if (!*ret)
		return -ENOMEM;
	*ret_len = len;
	return 1;
}

/* All: NULL and 0 when the argument was not given. *ret is to be freed, what it points to lives as
 * long as the call. Returns 0 or -ENOMEM. */
static inline int postern_list_strings(const struct postern_invocation *call, const char *name,
				       const char ***ret, size_t *ret_len)
{
	void *room = NULL;
	int r = postern_list_room(call, name, sizeof(**ret), &room, ret_len);

	if (r <= 0)
		return r;
	*ret = (const char **)room;
	for (size_t i = 0; i < *ret_len; i++)
		(*ret)[i] = postern_arg_list_string(call, name, i);
	return 0;
}

static inline int postern_list_integers(const struct postern_invocation *call, const char *name,
					int64_t **ret, size_t *ret_len)
{
	void *room = NULL;
	int r = postern_list_room(call, name, sizeof(**ret), &room, ret_len);

	if (r <= 0)
		return r;
	*ret = (int64_t *)room;
	for (size_t i = 0; i < *ret_len; i++)
		(*ret)[i] = postern_arg_list_integer(call, name, i);
	return 0;
}

static inline int postern_list_booleans(const struct postern_invocation *call, const char *name,
					bool **ret, size_t *ret_len)
{
	void *room = NULL;
	int r = postern_list_room(call, name, sizeof(**ret), &room, ret_len);

	if (r <= 0)
		return r;
	*ret = (bool *)room;
	for (size_t i = 0; i < *ret_len; i++)
		(*ret)[i] = postern_arg_list_boolean(call, name, i);
	return 0;
}

static inline int postern_list_bytes_list(const struct postern_invocation *call, const char *name,
					  struct postern_bytes **ret, size_t *ret_len)
{
	void *room = NULL;
	int r = postern_list_room(call, name, sizeof(**ret), &room, ret_len);

	if (r <= 0)
		return r;
	*ret = (struct postern_bytes *)room;
	for (size_t i = 0; i < *ret_len; i++)
		(*ret)[i].data = postern_arg_list_bytes(call, name, i, &(*ret)[i].len);
	return 0;
}

static inline int postern_fetch_item(const struct postern_record *from,
				     const struct postern_field *f, char *to, size_t i)
{
	struct postern_bytes bytes = {NULL, 0};
	const char *text;
	int64_t integer;
	bool boolean;
	unsigned word = 0;
	int r = 0;

	switch (f->kind) {
	case POSTERN_FIELD_BOOLEANS:
		boolean = postern_record_list_boolean(from, f->name, i);
		memcpy(to + i * sizeof(boolean), &boolean, sizeof(boolean));
		break;
	case POSTERN_FIELD_INTEGERS:
		integer = postern_record_list_integer(from, f->name, i);
		memcpy(to + i * sizeof(integer), &integer, sizeof(integer));
		break;
	case POSTERN_FIELD_BYTES_LIST:
		bytes.data = postern_record_list_bytes(from, f->name, i, &bytes.len);
		memcpy(to + i * sizeof(bytes), &bytes, sizeof(bytes));
		break;
	case POSTERN_FIELD_WORDS:
		r = postern_field_word(f, postern_record_list_string(from, f->name, i), &word);
		memcpy(to + i * sizeof(word), &word, sizeof(word));
		break;
	case POSTERN_FIELD_STRINGS:
	case POSTERN_FIELD_BOOLEAN: /* no lists, as those that follow */
	case POSTERN_FIELD_INTEGER:
	case POSTERN_FIELD_STRING:
	case POSTERN_FIELD_BYTES:
	case POSTERN_FIELD_WORD:
	default:
		text = postern_record_list_string(from, f->name, i);
		memcpy(to + i * sizeof(text), &text, sizeof(text));
		break;
	}
	return r;
}

static inline int postern_fetch_items(const struct postern_record *from,
				      const struct postern_field *f, void *record,
				      struct postern_room *room)
{
	size_t len = postern_record_list_len(from, f->name);
	char *to = (char *)postern_room_wide(room, f->kind, len);
	int r = 0;

	for (size_t i = 0; i < len && to && r == 0; i++)
		r = postern_fetch_item(from, f, to, i);
	postern_field_store_list(f, record, to, len);
	return r;
}

/* record: NULL while room is counted. Returns -EPROTO for a word that the module was not built for.
 */
static inline int postern_fetch_field(const struct postern_record *from,
				      const struct postern_field *f, void *record,
				      struct postern_room *room)
{
	const void *data;
	int64_t integer;
	bool boolean;
	unsigned word = 0;
	size_t len = 0;
	int r = 0;

	if (!postern_record_given(from, f->name))
		return 0;
	switch (f->kind) {
	case POSTERN_FIELD_BOOLEAN:
		boolean = postern_record_boolean(from, f->name);
		postern_field_store(f, record, room, &boolean, sizeof(boolean));
		break;
	case POSTERN_FIELD_INTEGER:
		integer = postern_record_integer(from, f->name);
		postern_field_store(f, record, room, &integer, sizeof(integer));
		break;
	case POSTERN_FIELD_WORD:
		r = postern_field_word(f, postern_record_string(from, f->name), &word);
		postern_field_store(f, record, room, &word, sizeof(word));
		break;
	case POSTERN_FIELD_STRING:
		if (record)
			postern_field_point(record, f->at, postern_record_string(from, f->name));
		break;
	case POSTERN_FIELD_BYTES:
		data = postern_record_bytes(from, f->name, &len);
		postern_field_store_list(f, record, data, len);
		break;
	case POSTERN_FIELD_BOOLEANS:
	case POSTERN_FIELD_INTEGERS:
	case POSTERN_FIELD_STRINGS:
	case POSTERN_FIELD_BYTES_LIST:
	case POSTERN_FIELD_WORDS:
		r = postern_fetch_items(from, f, record, room);
		break;
	}
	return r;
}

/* The records of an argument into one block, which is to be freed; texts live as long as the call.
 * ret_len: NULL for one record. *ret stays NULL when it was not given. */
static inline int postern_fetch_records(struct postern_invocation *call, const char *name,
					const struct postern_field *fields, size_t fields_len,
					size_t size, void **ret, size_t *ret_len)
{
	size_t len = ret_len ? postern_arg_list_len(call, name) : 1;
	struct postern_room room = {NULL, NULL, 0, 0};
	void *records = NULL;
	int r = 0;

	if (!postern_arg_given(call, name))
		return 0;
	for (int pass = 0; pass < 2 && r == 0; pass++) {
		for (size_t i = 0; i < len * fields_len && r == 0; i++) {
			size_t at = i / fields_len;
			char *to = records ? (char *)records + at * size : NULL;

			r = postern_fetch_field(ret_len ? postern_arg_list_record(call, name, at)
							: postern_arg_record(call, name),
						&fields[i % fields_len], to, &room);
		}
		if (r == 0 && pass == 0)
			r = postern_room_make(&room, size, len, &records);
	}
	if (r < 0) {
		free(records);
		return r == -EPROTO ? postern_fail(call, EINVAL,
						   "%s: the module was built for other words", name)
				    : r;
	}
	*ret = records;
	if (ret_len)
		*ret_len = len;
	return 0;
}

static inline void postern_give_words(struct postern_fields *to, const struct postern_field *f,
				      const void *numbers, size_t len)
{
	const char **words = postern_field_words(f, numbers, len);

	/* Without memory it is an error of its own: NULL is no list. */
	postern_set_strings(to, f->name, words, len ? len : (size_t)!words);
	free((void *)words);
}

static inline void postern_give_field(struct postern_fields *to, const struct postern_field *f,
				      const void *record)
{
	const char *in = (const char *)record + f->at;
	const void *at = NULL;
	int64_t integer;
	bool boolean;
	unsigned word;

	if (f->optional || (f->kind != POSTERN_FIELD_BOOLEAN && f->kind != POSTERN_FIELD_INTEGER &&
			    f->kind != POSTERN_FIELD_WORD))
		at = postern_field_pointer(record, f->at);
	if (f->optional && !at)
		return;
	switch (f->kind) {
	case POSTERN_FIELD_BOOLEAN:
		memcpy(&boolean, at ? at : in, sizeof(boolean));
		postern_set_boolean(to, f->name, boolean);
		break;
	case POSTERN_FIELD_INTEGER:
		memcpy(&integer, at ? at : in, sizeof(integer));
		postern_set_integer(to, f->name, integer);
		break;
	case POSTERN_FIELD_WORD:
		memcpy(&word, at ? at : in, sizeof(word));
		postern_set_string(to, f->name, postern_field_word_of(f, word));
		break;
	case POSTERN_FIELD_STRING:
		postern_set_string(to, f->name, (const char *)at);
		break;
	case POSTERN_FIELD_BYTES:
		postern_set_bytes(to, f->name, at, postern_field_len(record, f));
		break;
	case POSTERN_FIELD_BOOLEANS:
		postern_set_booleans(to, f->name, (const bool *)at,
				     at ? postern_field_len(record, f) : 0);
		break;
	case POSTERN_FIELD_BYTES_LIST:
		postern_set_bytes_list(to, f->name, (const struct postern_bytes *)at,
				       at ? postern_field_len(record, f) : 0);
		break;
	case POSTERN_FIELD_INTEGERS:
		postern_set_integers(to, f->name, (const int64_t *)at,
				     at ? postern_field_len(record, f) : 0);
		break;
	case POSTERN_FIELD_STRINGS:
		postern_set_strings(to, f->name, (const char *const *)at,
				    at ? postern_field_len(record, f) : 0);
		break;
	case POSTERN_FIELD_WORDS:
		postern_give_words(to, f, at, at ? postern_field_len(record, f) : 0);
		break;
	}
}

/* Gives a result of so many records. */
static inline int postern_give_records(struct postern_invocation *call,
				       const struct postern_field *fields, size_t fields_len,
				       const void *records, size_t size, size_t len)
{
	for (size_t i = 0; i < len && records; i++) {
		struct postern_fields *to = postern_result_record(call);

		for (size_t k = 0; k < fields_len && to; k++)
			postern_give_field(to, &fields[k], (const char *)records + i * size);
	}
	return postern_return_records(call);
}

/* A word that the worker let through, and the module was not built for. */
static inline int postern_word_unknown(struct postern_invocation *call, const char *name)
{
	return postern_fail(call, EINVAL, "%s: the module was built for other words", name);
}

#endif
