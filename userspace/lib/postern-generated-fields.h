/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What generated headers of both kinds say of the records in them: where in a structure each field
 * stands. An optional boolean, integer or word is a pointer, NULL when it is not given; lists and
 * bytes have their length beside them; text, bytes and lists are NULL when they are not given.
 */
#ifndef POSTERN_GENERATED_FIELDS_H
#define POSTERN_GENERATED_FIELDS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "postern-bytes.h"

enum postern_field_kind {
	POSTERN_FIELD_BOOLEAN,
	POSTERN_FIELD_INTEGER,
	POSTERN_FIELD_STRING,
	POSTERN_FIELD_BYTES,
	POSTERN_FIELD_WORD, /* an enumerator, counted from 0 */
	POSTERN_FIELD_BOOLEANS,
	POSTERN_FIELD_INTEGERS,
	POSTERN_FIELD_STRINGS,
	POSTERN_FIELD_BYTES_LIST,
	POSTERN_FIELD_WORDS,
};

struct postern_field {
	const char *name;
	enum postern_field_kind kind;
	bool optional;
	size_t at, len_at; /* in the structure */
	const char *const *words;
	size_t words_len;
};

/* Room for what fields point to, behind the structures: counted while `wide` is NULL, and then
 * used. What has to be aligned comes first. */
struct postern_room {
	char *wide, *text;
	size_t wide_len, text_len;
};

/* Room for n values of a kind; NULL while it is counted. */
static inline void *postern_room_wide(struct postern_room *room, enum postern_field_kind kind,
				      size_t n)
{
	char *at = room->wide ? room->wide + room->wide_len : NULL;

	room->wide_len +=
		(kind == POSTERN_FIELD_BYTES_LIST ? sizeof(struct postern_bytes) : 8) * (n ? n : 1);
	return at;
}

static inline void *postern_room_text(struct postern_room *room, const void *data, size_t len)
{
	char *at = room->wide ? room->text + room->text_len : NULL;

	room->text_len += len + 1;
	if (at && len > 0)
		memcpy(at, data, len);
	if (at)
		at[len] = '\0';
	return at;
}

static inline void postern_field_point(void *record, size_t at, const void *to)
{
	memcpy((char *)record + at, &to, sizeof(to));
}

static inline const void *postern_field_pointer(const void *record, size_t at)
{
	const void *to;

	memcpy(&to, (const char *)record + at, sizeof(to));
	return to;
}

static inline size_t postern_field_len(const void *record, const struct postern_field *f)
{
	size_t len;

	memcpy(&len, (const char *)record + f->len_at, sizeof(len));
	return len;
}

/* Stores a boolean, an integer or a word, behind a pointer where it is optional. record: NULL while
 * room is counted. */
static inline void postern_field_store(const struct postern_field *f, void *record,
				       struct postern_room *room, const void *value, size_t size)
{
	void *to = f->optional ? postern_room_wide(room, f->kind, 1) : NULL;

	if (!record)
		return;
	memcpy(f->optional ? to : (char *)record + f->at, value, size);
	if (f->optional)
		postern_field_point(record, f->at, to);
}

static inline void postern_field_store_list(const struct postern_field *f, void *record,
					    const void *items, size_t len)
{
	if (!record)
		return;
	postern_field_point(record, f->at, items);
	memcpy((char *)record + f->len_at, &len, sizeof(len));
}

/* The number of a word; -EPROTO when it is none of the field's. */
static inline int postern_field_word(const struct postern_field *f, const char *word, unsigned *ret)
{
	for (size_t i = 0; i < f->words_len; i++)
		if (strcmp(f->words[i], word) == 0) {
			*ret = (unsigned)i;
			return 0;
		}
	return -EPROTO;
}

/* The word for a number; NULL when there is none. */
static inline const char *postern_field_word_of(const struct postern_field *f, unsigned number)
{
	return number < f->words_len ? f->words[number] : NULL;
}

/* The words of a list of them: to be freed. NULL without memory. */
static inline const char **postern_field_words(const struct postern_field *f, const void *numbers,
					       size_t len)
{
	const char **words = (const char **)calloc(len + 1, sizeof(*words));

	for (size_t i = 0; words && numbers && i < len; i++) {
		unsigned number;

		memcpy(&number, (const char *)numbers + i * sizeof(number), sizeof(number));
		words[i] = postern_field_word_of(f, number);
	}
	return words;
}

/* One block for `count` structures and what they point to. Returns 0 or -ENOMEM; room is ready to
 * be used. */
static inline int postern_room_make(struct postern_room *room, size_t size, size_t count,
				    void **ret)
{
	size_t structures = (size * count + 7) / 8 * 8;
	char *block = (char *)calloc(1, structures + room->wide_len + room->text_len + 8);

	if (!block)
		return -ENOMEM;
	room->wide = block + structures;
	room->text = room->wide + room->wide_len;
	room->wide_len = room->text_len = 0;
	*ret = block;
	return 0;
}

#endif
