/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A msgpack object to a tree of values, in one block of memory. */
#include <errno.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lib/wire.h"

/* The block: values first, their texts behind. wire_scan() has counted both. */
struct tree {
	struct postern_value *values;
	size_t values_left;
	char *text;
	size_t text_left;
};

static int tree_value(struct tree *t, const msgpack_object *from, struct postern_value *to);

static struct postern_value *tree_take(struct tree *t, size_t len)
{
	struct postern_value *taken = t->values;

	if (len > t->values_left)
		return NULL;
	t->values += len;
	t->values_left -= len;
	return taken;
}

static int tree_text(struct tree *t, const char *data, size_t len, struct postern_value *to)
{
	if (len >= t->text_left)
		return -EBADMSG;
	if (len > 0)
		memcpy(t->text, data, len);
	t->text[len] = '\0';
	to->text.data = t->text;
	to->text.len = len;
	t->text += len + 1;
	t->text_left -= len + 1;
	return 0;
}

static int tree_array(struct tree *t, const msgpack_object_array *from, struct postern_value *to)
{
	struct postern_value *items = tree_take(t, from->size);

	if (!items)
		return -EBADMSG;
	to->kind = POSTERN_KIND_LIST;
	to->list.items = items;
	to->list.len = from->size;
	for (uint32_t i = 0; i < from->size; i++) {
		int r = tree_value(t, &from->ptr[i], &items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool same_key(const struct postern_value *a, const struct postern_value *b)
{
	return a->text.len == b->text.len && memcmp(a->text.data, b->text.data, a->text.len) == 0;
}

static int tree_map(struct tree *t, const msgpack_object_map *from, struct postern_value *to)
{
	size_t len = 2 * (size_t)from->size;
	struct postern_value *items;

	if (from->size > WIRE_MAP_MAX)
		return -EBADMSG;
	items = tree_take(t, len);
	if (!items)
		return -EBADMSG;
	to->kind = POSTERN_KIND_RECORD;
	to->list.items = items;
	to->list.len = len;
	for (size_t i = 0; i < len; i += 2) {
		int r = tree_value(t, &from->ptr[i / 2].key, &items[i]);

		if (r < 0)
			return r;
		if (items[i].kind != POSTERN_KIND_STRING)
			return -EBADMSG;
		/* Two readers could take different ones of a key that is there twice. */
		for (size_t j = 0; j < i; j += 2)
			if (same_key(&items[i], &items[j]))
				return -EBADMSG;
		r = tree_value(t, &from->ptr[i / 2].val, &items[i + 1]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Recursion is bounded: wire_scan() has checked the depth. */
static int tree_value(struct tree *t, const msgpack_object *from, struct postern_value *to)
{
	switch ((int)from->type) {
	case MSGPACK_OBJECT_NIL:
		to->kind = POSTERN_KIND_NIL;
		return 0;
	case MSGPACK_OBJECT_BOOLEAN:
		to->kind = POSTERN_KIND_BOOLEAN;
		to->boolean = from->via.boolean;
		return 0;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		if (from->via.u64 > INT64_MAX)
			return -EBADMSG;
		to->kind = POSTERN_KIND_INTEGER;
		to->integer = (int64_t)from->via.u64;
		return 0;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		to->kind = POSTERN_KIND_INTEGER;
		to->integer = from->via.i64;
		return 0;
	case MSGPACK_OBJECT_STR:
		if (!text_utf8(from->via.str.ptr, from->via.str.size))
			return -EBADMSG;
		to->kind = POSTERN_KIND_STRING;
		return tree_text(t, from->via.str.ptr, from->via.str.size, to);
	case MSGPACK_OBJECT_BIN:
		to->kind = POSTERN_KIND_BYTES;
		return tree_text(t, from->via.bin.ptr, from->via.bin.size, to);
	case MSGPACK_OBJECT_ARRAY:
		return tree_array(t, &from->via.array, to);
	case MSGPACK_OBJECT_MAP:
		return tree_map(t, &from->via.map, to);
	default:
		return -EBADMSG;
	}
}

static int unpack(const void *data, size_t len, msgpack_unpacked *object)
{
	size_t end = 0;

	switch ((int)msgpack_unpack_next(object, data, len, &end)) {
	case MSGPACK_UNPACK_SUCCESS:
		return end == len ? 0 : -EBADMSG;
	case MSGPACK_UNPACK_NOMEM_ERROR:
		return -ENOMEM;
	default:
		return -EBADMSG;
	}
}

int wire_decode(const void *data, size_t len, unsigned flags, struct postern_value **ret)
{
	struct postern_value *root;
	struct wire_extent extent;
	msgpack_unpacked object;
	struct tree t;
	int r;

	r = wire_scan(data, len, flags, &extent);
	if (r < 0)
		return r;
	/* Of the texts each byte is written below, so they are not cleared first. */
	root = malloc(extent.values * sizeof(*root) + extent.text);
	if (!root)
		return -ENOMEM;
	memset(root, 0, extent.values * sizeof(*root));
	t = (struct tree){root, extent.values, (char *)(root + extent.values), extent.text};
	msgpack_unpacked_init(&object);
	r = unpack(data, len, &object);
	if (r == 0)
		r = tree_value(&t, &object.data, tree_take(&t, 1));
	msgpack_unpacked_destroy(&object);
	if (r < 0) {
		free(root);
		return r;
	}
	*ret = root;
	return 0;
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
