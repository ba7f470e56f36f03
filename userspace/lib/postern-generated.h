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

#include "postern-generated-fields.h"
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

static inline int postern_take_fd(struct postern_value *v, int *ret, const char *entrypoint,
				  struct postern_failure **failure)
{
	int fd = postern_value_fd(v);

	if (fd >= 0)
		*ret = fd;
	return postern_taken(v, fd < 0 ? fd : 0, entrypoint, failure);
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

/* Room for the items of a list. Returns 0, -EPROTO when it is none, or -ENOMEM. */
static inline int postern_take_room(const struct postern_value *v, size_t size, void **ret,
				    size_t *ret_len)
{
	size_t len = postern_value_list_len(v);

	if (postern_value_kind(v) != POSTERN_KIND_LIST)
		return -EPROTO;
	*ret = calloc(len + 1, size);
	if (!*ret)
		return -ENOMEM;
	*ret_len = len;
	return 0;
}

static inline int postern_take_integers(struct postern_value *v, int64_t **ret, size_t *ret_len,
					const char *entrypoint, struct postern_failure **failure)
{
	size_t len = 0;
	void *room = NULL;
	int r = postern_take_room(v, sizeof(**ret), &room, &len);

	for (size_t i = 0; i < len && r == 0; i++)
		r = postern_value_integer(postern_value_list_item(v, i), (int64_t *)room + i);
	if (r < 0) {
		free(room);
		return postern_taken(v, r, entrypoint, failure);
	}
	*ret = (int64_t *)room;
	*ret_len = len;
	return postern_taken(v, 0, entrypoint, failure);
}

static inline int postern_take_booleans(struct postern_value *v, bool **ret, size_t *ret_len,
					const char *entrypoint, struct postern_failure **failure)
{
	size_t len = 0;
	void *room = NULL;
	int r = postern_take_room(v, sizeof(**ret), &room, &len);

	for (size_t i = 0; i < len && r == 0; i++)
		r = postern_value_boolean(postern_value_list_item(v, i), (bool *)room + i);
	if (r < 0) {
		free(room);
		return postern_taken(v, r, entrypoint, failure);
	}
	*ret = (bool *)room;
	*ret_len = len;
	return postern_taken(v, 0, entrypoint, failure);
}

/* One block: the items, and behind them their bytes. */
static inline int postern_take_bytes_list(struct postern_value *v, struct postern_bytes **ret,
					  size_t *ret_len, const char *entrypoint,
					  struct postern_failure **failure)
{
	size_t len = postern_value_list_len(v), size = (len + 1) * sizeof(struct postern_bytes);
	int r = postern_value_kind(v) == POSTERN_KIND_LIST ? 0 : -EPROTO;
	struct postern_bytes item = {NULL, 0}, *items;
	char *to;

	for (size_t i = 0; i < len && r == 0; i++) {
		r = postern_value_bytes(postern_value_list_item(v, i), &item.data, &item.len);
		size += item.len;
	}
	if (r < 0)
		return postern_taken(v, r, entrypoint, failure);
	items = (struct postern_bytes *)calloc(1, size);
	if (!items)
		return postern_taken(v, -ENOMEM, entrypoint, failure);
	to = (char *)(items + len + 1);
	for (size_t i = 0; i < len; i++) {
		(void)postern_value_bytes(postern_value_list_item(v, i), &item.data, &item.len);
		if (item.len > 0)
			memcpy(to, item.data, item.len);
		items[i].data = to;
		items[i].len = item.len;
		to += item.len;
	}
	*ret = items;
	*ret_len = len;
	return postern_taken(v, 0, entrypoint, failure);
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

static inline void postern_put_words(struct postern_args *args, const struct postern_field *f,
				     const void *numbers, size_t len)
{
	const char **words = postern_field_words(f, numbers, len);

	/* Without memory it is an error of its own: NULL is no list. */
	postern_args_strings(args, f->name, words, len ? len : (size_t)!words);
	free((void *)words);
}

static inline void postern_put_field(struct postern_args *args, const struct postern_field *f,
				     const void *record)
{
	const char *in = (const char *)record + f->at;
	const void *to = NULL;
	int64_t integer;
	bool boolean;
	unsigned word;

	if (f->optional || (f->kind != POSTERN_FIELD_BOOLEAN && f->kind != POSTERN_FIELD_INTEGER &&
			    f->kind != POSTERN_FIELD_WORD))
		to = postern_field_pointer(record, f->at);
	if (f->optional && !to)
		return;
	switch (f->kind) {
	case POSTERN_FIELD_BOOLEAN:
		memcpy(&boolean, to ? to : in, sizeof(boolean));
		postern_args_boolean(args, f->name, boolean);
		break;
	case POSTERN_FIELD_INTEGER:
		memcpy(&integer, to ? to : in, sizeof(integer));
		postern_args_integer(args, f->name, integer);
		break;
	case POSTERN_FIELD_WORD:
		memcpy(&word, to ? to : in, sizeof(word));
		postern_args_string(args, f->name, postern_field_word_of(f, word));
		break;
	case POSTERN_FIELD_STRING:
		postern_args_string(args, f->name, (const char *)to);
		break;
	case POSTERN_FIELD_BYTES:
		postern_args_bytes(args, f->name, to, postern_field_len(record, f));
		break;
	case POSTERN_FIELD_BOOLEANS:
		postern_args_booleans(args, f->name, (const bool *)to,
				      postern_field_len(record, f));
		break;
	case POSTERN_FIELD_BYTES_LIST:
		postern_args_bytes_list(args, f->name, (const struct postern_bytes *)to,
					postern_field_len(record, f));
		break;
	case POSTERN_FIELD_INTEGERS:
		postern_args_integers(args, f->name, (const int64_t *)to,
				      postern_field_len(record, f));
		break;
	case POSTERN_FIELD_STRINGS:
		postern_args_strings(args, f->name, (const char *const *)to,
				     postern_field_len(record, f));
		break;
	case POSTERN_FIELD_WORDS:
		postern_put_words(args, f, to, postern_field_len(record, f));
		break;
	}
}

/* NULL: memory was lacking, or there is no record. */
static inline struct postern_args *postern_record_new(const struct postern_field *fields,
						      size_t fields_len, const void *record)
{
	struct postern_args *args = record ? postern_args_new() : NULL;

	for (size_t i = 0; args && i < fields_len; i++)
		postern_put_field(args, &fields[i], record);
	return args;
}

/* The setters keep what goes wrong. */
static inline void postern_put_record(struct postern_args *args, const char *name,
				      const struct postern_field *fields, size_t fields_len,
				      const void *record)
{
	struct postern_args *one = postern_record_new(fields, fields_len, record);

	postern_args_record(args, name, one);
	postern_args_free(one);
}

static inline void postern_put_records(struct postern_args *args, const char *name,
				       const struct postern_field *fields, size_t fields_len,
				       const void *records, size_t size, size_t len)
{
	struct postern_args **all = (struct postern_args **)calloc(len + 1, sizeof(*all));

	for (size_t i = 0; all && records && i < len; i++)
		all[i] = postern_record_new(fields, fields_len, (const char *)records + i * size);
	postern_args_records(args, name, (const struct postern_args *const *)all,
			     len ? len : (size_t)!all);
	for (size_t i = 0; all && i < len; i++)
		postern_args_free(all[i]);
	free(all);
}

/* to: the list's items; NULL while room is counted. */
static inline void postern_take_store(char *to, size_t i, const void *item, size_t size)
{
	if (to)
		memcpy(to + i * size, item, size);
}

static inline int postern_take_item(const struct postern_value *item, const struct postern_field *f,
				    char *to, size_t i, struct postern_room *room)
{
	struct postern_bytes bytes = {NULL, 0};
	const char *text = NULL;
	int64_t integer = 0;
	bool boolean = false;
	unsigned word = 0;
	size_t len = 0;
	int r;

	switch (f->kind) {
	case POSTERN_FIELD_BOOLEANS:
		r = postern_value_boolean(item, &boolean);
		postern_take_store(to, i, &boolean, sizeof(boolean));
		return r;
	case POSTERN_FIELD_INTEGERS:
		r = postern_value_integer(item, &integer);
		postern_take_store(to, i, &integer, sizeof(integer));
		return r;
	case POSTERN_FIELD_BYTES_LIST:
		r = postern_value_bytes(item, &bytes.data, &bytes.len);
		bytes.data = postern_room_text(room, bytes.data, bytes.len);
		postern_take_store(to, i, &bytes, sizeof(bytes));
		return r;
	case POSTERN_FIELD_WORDS:
		r = postern_value_string(item, &text, &len);
		if (r == 0)
			r = postern_field_word(f, text, &word);
		postern_take_store(to, i, &word, sizeof(word));
		return r;
	case POSTERN_FIELD_STRINGS:
	case POSTERN_FIELD_BOOLEAN: /* no lists, as those that follow */
	case POSTERN_FIELD_INTEGER:
	case POSTERN_FIELD_STRING:
	case POSTERN_FIELD_BYTES:
	case POSTERN_FIELD_WORD:
	default:
		r = postern_value_string(item, &text, &len);
		text = (const char *)postern_room_text(room, text, len);
		postern_take_store(to, i, &text, sizeof(text));
		return r;
	}
}

static inline int postern_take_items(const struct postern_value *v, const struct postern_field *f,
				     void *record, struct postern_room *room)
{
	size_t len = postern_value_list_len(v);
	char *to = (char *)postern_room_wide(room, f->kind, len);
	int r = postern_value_kind(v) == POSTERN_KIND_LIST ? 0 : -EPROTO;

	for (size_t i = 0; i < len && r == 0; i++)
		r = postern_take_item(postern_value_list_item(v, i), f, to, i, room);
	postern_field_store_list(f, record, to, len);
	return r;
}

/* record: NULL while room is counted. */
static inline int postern_take_field(const struct postern_value *v, const struct postern_field *f,
				     void *record, struct postern_room *room)
{
	const char *text = NULL;
	const void *data = NULL;
	int64_t integer = 0;
	bool boolean = false;
	unsigned word = 0;
	size_t len = 0;
	int r;

	if (!v)
		return f->optional ? 0 : -EPROTO;
	switch (f->kind) {
	case POSTERN_FIELD_BOOLEAN:
		r = postern_value_boolean(v, &boolean);
		postern_field_store(f, record, room, &boolean, sizeof(boolean));
		return r;
	case POSTERN_FIELD_INTEGER:
		r = postern_value_integer(v, &integer);
		postern_field_store(f, record, room, &integer, sizeof(integer));
		return r;
	case POSTERN_FIELD_WORD:
		r = postern_value_string(v, &text, &len);
		if (r == 0)
			r = postern_field_word(f, text, &word);
		postern_field_store(f, record, room, &word, sizeof(word));
		return r;
	case POSTERN_FIELD_STRING:
		r = postern_value_string(v, &text, &len);
		data = postern_room_text(room, text, len);
		if (record)
			postern_field_point(record, f->at, data);
		return r;
	case POSTERN_FIELD_BYTES:
		r = postern_value_bytes(v, &data, &len);
		postern_field_store_list(f, record, postern_room_text(room, data, len), len);
		return r;
	case POSTERN_FIELD_BOOLEANS:
	case POSTERN_FIELD_INTEGERS:
	case POSTERN_FIELD_STRINGS:
	case POSTERN_FIELD_BYTES_LIST:
	case POSTERN_FIELD_WORDS:
		return postern_take_items(v, f, record, room);
	}
	return -EPROTO;
}

static inline int postern_take_fields(const struct postern_value *v,
				      const struct postern_field *fields, size_t fields_len,
				      void *record, struct postern_room *room)
{
	int r = postern_value_kind(v) == POSTERN_KIND_RECORD ? 0 : -EPROTO;

	for (size_t i = 0; i < fields_len && r == 0; i++)
		r = postern_take_field(postern_value_record_get(v, fields[i].name), &fields[i],
				       record, room);
	return r;
}

/* ret_len: NULL for one record, else it is a list of them. *ret: one block. */
static inline int postern_take_records(struct postern_value *v, const struct postern_field *fields,
				       size_t fields_len, size_t size, void **ret, size_t *ret_len,
				       const char *entrypoint, struct postern_failure **failure)
{
	size_t len = ret_len ? postern_value_list_len(v) : 1;
	struct postern_room room = {NULL, NULL, 0, 0};
	void *records = NULL;
	int r = !ret_len || postern_value_kind(v) == POSTERN_KIND_LIST ? 0 : -EPROTO;

	for (size_t i = 0; i < len && r == 0; i++)
		r = postern_take_fields(ret_len ? postern_value_list_item(v, i) : v, fields,
					fields_len, NULL, &room);
	if (r == 0)
		r = postern_room_make(&room, size, len, &records);
	for (size_t i = 0; i < len && r == 0; i++)
		r = postern_take_fields(ret_len ? postern_value_list_item(v, i) : v, fields,
					fields_len, (char *)records + i * size, &room);
	if (r == 0) {
		*ret = records;
		if (ret_len)
			*ret_len = len;
	}
	return postern_taken(v, r, entrypoint, failure);
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
