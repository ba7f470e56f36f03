/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A walk over a msgpack object before anything is allocated for it.
 *
 * An array's count cannot be taken at its word: five bytes could ask for gigabytes. Every count
 * must be covered by bytes that are there (an element takes at least one) and by a bound.
 */
#include <errno.h>

#include "lib/wire.h"
#include "lib/wire_head.h"

const struct wire_head wire_heads[256] = {
	[0x00 ... 0x7f] = {WIRE_HEAD_SCALAR, 0, 0}, /* itself */
	[0x80 ... 0x8f] = {WIRE_HEAD_MAP, 0, 0x0f},
	[0x90 ... 0x9f] = {WIRE_HEAD_ARRAY, 0, 0x0f},
	[0xa0 ... 0xbf] = {WIRE_HEAD_STRING, 0, 0x1f},
	[0xc0] = {WIRE_HEAD_SCALAR, 0, 0},  /* nil */
	[0xc1] = {WIRE_HEAD_REFUSED, 0, 0}, /* never used */
	[0xc2] = {WIRE_HEAD_SCALAR, 0, 0},  /* false */
	[0xc3] = {WIRE_HEAD_SCALAR, 0, 0},  /* true */
	[0xc4] = {WIRE_HEAD_BYTES, 1, 0},   /* bin 8, 16, 32 */
	[0xc5] = {WIRE_HEAD_BYTES, 2, 0},
	[0xc6] = {WIRE_HEAD_BYTES, 4, 0},
	[0xc7] = {WIRE_HEAD_REFUSED, 0, 0}, /* ext 8, 16, 32 */
	[0xc8] = {WIRE_HEAD_REFUSED, 0, 0},
	[0xc9] = {WIRE_HEAD_REFUSED, 0, 0},
	[0xca] = {WIRE_HEAD_REFUSED, 0, 0}, /* float 32, 64 */
	[0xcb] = {WIRE_HEAD_REFUSED, 0, 0},
	[0xcc] = {WIRE_HEAD_SCALAR, 1, 0}, /* uint 8, 16, 32, 64 */
	[0xcd] = {WIRE_HEAD_SCALAR, 2, 0},
	[0xce] = {WIRE_HEAD_SCALAR, 4, 0},
	[0xcf] = {WIRE_HEAD_SCALAR, 8, 0},
	[0xd0] = {WIRE_HEAD_SCALAR, 1, 0}, /* int 8, 16, 32, 64 */
	[0xd1] = {WIRE_HEAD_SCALAR, 2, 0},
	[0xd2] = {WIRE_HEAD_SCALAR, 4, 0},
	[0xd3] = {WIRE_HEAD_SCALAR, 8, 0},
	[0xd4] = {WIRE_HEAD_REFUSED, 0, 0}, /* fixext 1, 2, 4, 8, 16 */
	[0xd5] = {WIRE_HEAD_REFUSED, 0, 0},
	[0xd6] = {WIRE_HEAD_REFUSED, 0, 0},
	[0xd7] = {WIRE_HEAD_REFUSED, 0, 0},
	[0xd8] = {WIRE_HEAD_REFUSED, 0, 0},
	[0xd9] = {WIRE_HEAD_STRING, 1, 0}, /* str 8, 16, 32 */
	[0xda] = {WIRE_HEAD_STRING, 2, 0},
	[0xdb] = {WIRE_HEAD_STRING, 4, 0},
	[0xdc] = {WIRE_HEAD_ARRAY, 2, 0}, /* array 16, 32 */
	[0xdd] = {WIRE_HEAD_ARRAY, 4, 0},
	[0xde] = {WIRE_HEAD_MAP, 2, 0}, /* map 16, 32 */
	[0xdf] = {WIRE_HEAD_MAP, 4, 0},
	[0xe0 ... 0xff] = {WIRE_HEAD_SCALAR, 0, 0}, /* itself, negative */
};

struct walk {
	const unsigned char *at;
	size_t left;
};

/* Reads the head of a value: its class, and its length in bytes or its count. */
static enum wire_head_class walk_head(struct walk *w, size_t *ret_len)
{
	const struct wire_head *head;
	uint8_t first;
	size_t len;

	if (!w->left)
		return WIRE_HEAD_REFUSED;
	first = *w->at++;
	head = &wire_heads[first];
	w->left--;
	if (w->left < head->follow)
		return WIRE_HEAD_REFUSED;
	len = first & head->mask;
	if (head->class != WIRE_HEAD_SCALAR)
		for (size_t i = 0; i < head->follow; i++)
			len = len << 8 | w->at[i];
	w->at += head->follow;
	w->left -= head->follow;
	*ret_len = len;
	return (enum wire_head_class)head->class;
}

/* Passes over one value's own bytes. Returns 0 and how many values lie in it, or -EBADMSG. */
static int walk_value(struct walk *w, unsigned flags, size_t *ret_children)
{
	size_t len;

	*ret_children = 0;
	switch (walk_head(w, &len)) {
	case WIRE_HEAD_SCALAR:
		return 0;
	case WIRE_HEAD_STRING:
	case WIRE_HEAD_BYTES:
		if (len > w->left)
			return -EBADMSG;
		w->at += len;
		w->left -= len;
		return 0;
	case WIRE_HEAD_MAP:
		if (!(flags & WIRE_MAPS) || len > WIRE_MAP_MAX)
			return -EBADMSG;
		*ret_children = 2 * len;
		return 0;
	case WIRE_HEAD_ARRAY:
		*ret_children = len;
		return 0;
	case WIRE_HEAD_REFUSED:
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

	if (len > WIRE_PAYLOAD_MAX)
		return -EBADMSG;
	while (depth > 0) {
		if (!pending[depth - 1]) {
			depth--;
			continue;
		}
		pending[depth - 1]--;
		if (++extent.values > WIRE_VALUES_MAX)
			return -EBADMSG;
		if (walk_value(&w, flags, &children) < 0)
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
