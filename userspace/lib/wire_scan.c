/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A walk over a msgpack object before the msgpack library may allocate for it.
 *
 * The library takes an array's count at its word: five bytes make it ask for gigabytes. Here every
 * count must be covered by bytes that are there (an element takes at least one) and by a bound.
 */
#include <errno.h>

#include "lib/wire.h"

enum head_class { HEAD_SCALAR, HEAD_TEXT, HEAD_ARRAY, HEAD_MAP, HEAD_REFUSED };

/* How a first byte from 0xc0 to 0xdf is read (msgpack specification, "Formats"): the class, and
 * the bytes that follow at once: a scalar's value, or a length or count in big-endian order. */
static const struct {
	unsigned char class;
	unsigned char follow;
} heads[32] = {
	[0x00] = {HEAD_SCALAR, 0},  /* nil */
	[0x01] = {HEAD_REFUSED, 0}, /* never used */
	[0x02] = {HEAD_SCALAR, 0},  /* false */
	[0x03] = {HEAD_SCALAR, 0},  /* true */
	[0x04] = {HEAD_TEXT, 1},    /* bin 8, 16, 32 */
	[0x05] = {HEAD_TEXT, 2},    [0x06] = {HEAD_TEXT, 4},
	[0x07] = {HEAD_REFUSED, 0}, /* ext 8, 16, 32 */
	[0x08] = {HEAD_REFUSED, 0}, [0x09] = {HEAD_REFUSED, 0},
	[0x0a] = {HEAD_REFUSED, 0},			       /* float 32, 64 */
	[0x0b] = {HEAD_REFUSED, 0}, [0x0c] = {HEAD_SCALAR, 1}, /* uint 8, 16, 32, 64 */
	[0x0d] = {HEAD_SCALAR, 2},  [0x0e] = {HEAD_SCALAR, 4},
	[0x0f] = {HEAD_SCALAR, 8},  [0x10] = {HEAD_SCALAR, 1}, /* int 8, 16, 32, 64 */
	[0x11] = {HEAD_SCALAR, 2},  [0x12] = {HEAD_SCALAR, 4},
	[0x13] = {HEAD_SCALAR, 8},  [0x14] = {HEAD_REFUSED, 0}, /* fixext 1, 2, 4, 8, 16 */
	[0x15] = {HEAD_REFUSED, 0}, [0x16] = {HEAD_REFUSED, 0},
	[0x17] = {HEAD_REFUSED, 0}, [0x18] = {HEAD_REFUSED, 0},
	[0x19] = {HEAD_TEXT, 1}, /* str 8, 16, 32 */
	[0x1a] = {HEAD_TEXT, 2},    [0x1b] = {HEAD_TEXT, 4},
	[0x1c] = {HEAD_ARRAY, 2},			    /* array 16, 32 */
	[0x1d] = {HEAD_ARRAY, 4},   [0x1e] = {HEAD_MAP, 2}, /* map 16, 32 */
	[0x1f] = {HEAD_MAP, 4},
};

struct walk {
	const unsigned char *at;
	size_t left;
};

/* Reads the head of a value: its class, and its length in bytes or its count. */
static enum head_class walk_head(struct walk *w, size_t *ret_len)
{
	unsigned char first;
	size_t follow, len = 0;
	enum head_class class;

	if (!w->left)
		return HEAD_REFUSED;
	first = *w->at++;
	w->left--;
	*ret_len = 0;
	if (first < 0x80 || first >= 0xe0)
		return HEAD_SCALAR;
	if (first < 0xa0) {
		*ret_len = first & 0x0f;
		return first < 0x90 ? HEAD_MAP : HEAD_ARRAY;
	}
	if (first < 0xc0) {
		*ret_len = first & 0x1f;
		return HEAD_TEXT;
	}
	class = (enum head_class)heads[first - 0xc0].class;
	follow = heads[first - 0xc0].follow;
	if (w->left < follow)
		return HEAD_REFUSED;
	if (class != HEAD_SCALAR)
		for (size_t i = 0; i < follow; i++)
			len = len << 8 | w->at[i];
	w->at += follow;
	w->left -= follow;
	*ret_len = len;
	return class;
}

/* Passes over one value's own bytes. Returns 0 and how many values lie in it, or -EBADMSG. */
static int walk_value(struct walk *w, unsigned flags, struct wire_extent *extent,
		      size_t *ret_children)
{
	size_t len;

	*ret_children = 0;
	switch (walk_head(w, &len)) {
	case HEAD_SCALAR:
		return 0;
	case HEAD_TEXT:
		if (len > w->left)
			return -EBADMSG;
		w->at += len;
		w->left -= len;
		extent->text += len + 1;
		return 0;
	case HEAD_MAP:
		if (!(flags & WIRE_MAPS) || len > WIRE_MAP_MAX)
			return -EBADMSG;
		*ret_children = 2 * len;
		return 0;
	case HEAD_ARRAY:
		*ret_children = len;
		return 0;
	case HEAD_REFUSED:
	default:
		return -EBADMSG;
	}
}

int wire_scan(const void *data, size_t len, unsigned flags, struct wire_extent *ret)
{
	size_t pending[WIRE_DEPTH_MAX] = {1}; /* values still to come, per level */
	struct wire_extent extent = {};
	struct walk w = {data, len};
	size_t depth = 1, children;

	if (len > POSTERN_RECORD_MAX)
		return -EBADMSG;
	while (depth > 0) {
		if (!pending[depth - 1]) {
			depth--;
			continue;
		}
		pending[depth - 1]--;
		if (++extent.values > WIRE_VALUES_MAX)
			return -EBADMSG;
		if (walk_value(&w, flags, &extent, &children) < 0)
			return -EBADMSG;
		if (!children)
			continue;
		if (children > w.left || children > WIRE_VALUES_MAX || depth == WIRE_DEPTH_MAX)
			return -EBADMSG;
		pending[depth++] = children;
	}
	if (w.left)
		return -EBADMSG;
	*ret = extent;
	return 0;
}
