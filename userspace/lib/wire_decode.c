/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A msgpack object to a tree of values, in one pass over bytes that the tree's texts stay in. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/util.h"
#include "lib/wire.h"
#include "lib/wire_head.h"

#define UNSCANNED_MAX 64 /* bytes for which room for as many values is cheaper than counting */

struct decoder {
	uint8_t *at, *end;
	struct postern_value *values;
	size_t values_left;
	unsigned flags;
};

/* A list or map whose items are being read. */
struct level {
	struct postern_value *next, *end;
	struct postern_value *keys; /* the first item of a map; NULL: it is a list */
};

/* Big-endian, as all of msgpack. */
static uint64_t read_number(const uint8_t *from, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n << 8 | from[i];
	return n;
}

/* first: the value's first byte; number: what follows at once. */
static int scalar(struct postern_value *v, uint8_t first, const uint8_t *follow, size_t len)
{
	const unsigned unused = len ? 64 - 8 * (unsigned)len : 0;
	uint64_t n;

	v->kind = POSTERN_KIND_INTEGER;
	if (first < 0x80 || first >= 0xe0) {
		v->integer = first < 0x80 ? first : first - 0x100;
		return 0;
	}
	if (first <= WIRE_TRUE) {
		v->kind = first == WIRE_NIL ? POSTERN_KIND_NIL : POSTERN_KIND_BOOLEAN;
		v->boolean = first == WIRE_TRUE;
		return 0;
	}
	n = read_number(follow, len);
	if (first < WIRE_INT8) {
		if (n > INT64_MAX)
			return -EBADMSG;
		v->integer = (int64_t)n;
		return 0;
	}
	/* The sign is the first bit of what came. */
	v->integer = (int64_t)(n << unused) >> unused;
	return 0;
}

static int text(struct decoder *d, struct postern_value *v, bool string, size_t len)
{
	if (len > (size_t)(d->end - d->at))
		return -EBADMSG;
	v->kind = string ? POSTERN_KIND_STRING : POSTERN_KIND_BYTES;
	v->text.data = (const char *)d->at;
	v->text.len = len;
	d->at += len;
	return string && !text_utf8(v->text.data, len) ? -EBADMSG : 0;
}

/* Reads a value without those that lie in it, of which it says the number. */
static int value(struct decoder *d, struct postern_value *v, size_t *ret_children)
{
	const struct wire_head *head;
	const uint8_t *follow;
	uint8_t first;

	*ret_children = 0;
	if (d->at == d->end)
		return -EBADMSG;
	/* A text ends where the next value begins: that one's first byte makes room for its NUL. */
	first = *d->at;
	*d->at++ = 0;
	head = &wire_heads[first];
	if (head->follow > d->end - d->at)
		return -EBADMSG;
	follow = d->at;
	d->at += head->follow;
	switch (head->class) {
	case WIRE_HEAD_SCALAR:
		return scalar(v, first, follow, head->follow);
	case WIRE_HEAD_STRING:
	case WIRE_HEAD_BYTES:
		return text(d, v, head->class == WIRE_HEAD_STRING,
			    head->follow ? read_number(follow, head->follow) : first & head->mask);
	case WIRE_HEAD_MAP:
	case WIRE_HEAD_ARRAY:
		*ret_children =
			head->follow ? read_number(follow, head->follow) : first & head->mask;
		break;
	case WIRE_HEAD_REFUSED:
	default:
		return -EBADMSG;
	}
	v->kind = head->class == WIRE_HEAD_MAP ? POSTERN_KIND_RECORD : POSTERN_KIND_LIST;
	v->list.items = NULL;
	if (v->kind == POSTERN_KIND_RECORD) {
		if (!(d->flags & WIRE_MAPS) || *ret_children > WIRE_MAP_MAX)
			return -EBADMSG;
		*ret_children *= 2;
	}
	v->list.len = *ret_children;
	return 0;
}

/* Two readers could take different ones of a key that is there twice. */
static int keys_check(const struct level *map)
{
	for (const struct postern_value *a = map->keys; a < map->end; a += 2) {
		if (a->kind != POSTERN_KIND_STRING)
			return -EBADMSG;
		for (const struct postern_value *b = map->keys; b < a; b += 2) {
			if (a->text.len == b->text.len &&
			    memcmp(a->text.data, b->text.data, a->text.len) == 0)
				return -EBADMSG;
		}
	}
	return 0;
}

static int begin(struct decoder *d, struct level *level, struct postern_value *v, size_t children)
{
	/* Each takes a byte at least. */
	if (children > (size_t)(d->end - d->at) || children > d->values_left)
		return -EBADMSG;
	*level = (struct level){
		.next = d->values,
		.end = d->values + children,
		.keys = v->kind == POSTERN_KIND_RECORD ? d->values : NULL,
	};
	v->list.items = d->values;
	d->values += children;
	d->values_left -= children;
	return 0;
}

int wire_decode_in_place(uint8_t *data, size_t len, unsigned flags, struct postern_value *values,
			 size_t room)
{
	struct decoder d = {data, data + len, values + 1, MIN_OF(room, WIRE_VALUES_MAX) - 1, flags};
	struct level here = {.next = values, .end = values + 1}, inner, outer[WIRE_DEPTH_MAX - 1];
	size_t children, depth = 0;

	if (len > WIRE_PAYLOAD_MAX)
		return -EBADMSG;
	for (;;) {
		struct postern_value *v;

		if (here.next == here.end) {
			if (here.keys && keys_check(&here) < 0)
				return -EBADMSG;
			if (depth == 0)
				break;
			here = outer[--depth];
			continue;
		}
		v = here.next++;
		if (value(&d, v, &children) < 0)
			return -EBADMSG;
		if (!children)
			continue;
		if (depth == ARRAY_SIZE(outer) || begin(&d, &inner, v, children) < 0)
			return -EBADMSG;
		outer[depth++] = here;
		here = inner;
	}
	if (d.at != d.end)
		return -EBADMSG;
	*d.at = 0;
	return 0;
}

/* A tree's block of memory: its values, and a pointer to the block that its texts are in, if that
 * is another one. */
struct tree {
	uint8_t *texts;
	size_t len, texts_len; /* bytes of both that are to be wiped */
	struct postern_value values[];
};

static void tree_free(struct tree *t)
{
	if (!t)
		return;
	if (t->texts)
		explicit_bzero(t->texts, t->texts_len);
	free(t->texts);
	if (t->len)
		explicit_bzero(t, t->len);
	free(t);
}

APART int wire_decode(const void *data, size_t len, unsigned flags, struct postern_value **ret)
{
	struct wire_extent extent = {.values = len};
	struct tree *t;
	uint8_t *copy;
	size_t size;
	int r;

	if (len == 0 || (len > UNSCANNED_MAX && wire_scan(data, len, flags, &extent) < 0))
		return -EBADMSG;
	size = sizeof(*t) + extent.values * sizeof(t->values[0]) + len + 1;
	t = malloc(size);
	if (!t)
		return -ENOMEM;
	t->texts = NULL;
	t->len = flags & WIRE_SECRET ? size : 0;
	copy = (uint8_t *)(t->values + extent.values);
	memcpy(copy, data, len);
	r = wire_decode_in_place(copy, len, flags, t->values, extent.values);
	if (r < 0) {
		tree_free(t);
		return r;
	}
	*ret = t->values;
	/* cppcheck-suppress memleak ; postern_value_free() frees it */
	return 0;
}

APART int wire_decode_take(uint8_t *block, size_t offset, size_t len, unsigned flags,
			   struct postern_value **ret)
{
	size_t secret = flags & WIRE_SECRET ? offset + len + 1 : 0, size = 0;
	struct wire_extent extent;
	struct tree *t = NULL;
	int r;

	r = wire_scan(block + offset, len, flags, &extent);
	if (r == 0) {
		size = sizeof(*t) + extent.values * sizeof(t->values[0]);
		t = malloc(size);
		r = t ? 0 : -ENOMEM;
	}
	if (r < 0 || !t) {
		explicit_bzero(block, secret);
		free(block);
		return r;
	}
	t->texts = block;
	t->texts_len = secret;
	t->len = secret ? size : 0;
	r = wire_decode_in_place(block + offset, len, flags, t->values, extent.values);
	if (r < 0) {
		tree_free(t);
		return r;
	}
	*ret = t->values;
	return 0;
}

int wire_check(const void *data, size_t len, unsigned flags)
{
	static const uint8_t nil = WIRE_NIL;
	struct postern_value *v;
	int r;

	if (len == 1 && memcmp(data, &nil, 1) == 0)
		return 0;
	r = wire_decode(data, len, flags, &v);
	if (r == 0)
		postern_value_free(v);
	return r;
}

void postern_value_free(struct postern_value *v)
{
	if (!v)
		return;
	/* A result's, which nobody took. */
	if (v->kind == POSTERN_KIND_FD && v->integer >= 0)
		(void)close((int)v->integer);
	tree_free((struct tree *)(void *)((char *)v - offsetof(struct tree, values)));
}

const struct postern_value *wire_map_get(const struct postern_value *map, const char *key)
{
	size_t len = strlen(key);

	if (map->kind != POSTERN_KIND_RECORD)
		return NULL;
	for (size_t i = 0; i < map->list.len; i += 2) {
		const struct postern_value *k = &map->list.items[i];

		if (k->text.len == len && memcmp(k->text.data, key, len) == 0)
			return k + 1;
	}
	return NULL;
}
