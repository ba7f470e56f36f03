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

/* Of the first bytes from 0xc0 to 0xdf. */
const struct wire_head wire_heads[32] = {
	[0x00] = {WIRE_HEAD_SCALAR, 0, 0},  /* nil */
	[0x01] = {WIRE_HEAD_REFUSED, 0, 0}, /* never used */
	[0x02] = {WIRE_HEAD_SCALAR, 0, 0},  /* false */
	[0x03] = {WIRE_HEAD_SCALAR, 0, 0},  /* true */
	[0x04] = {WIRE_HEAD_BYTES, 1, 0},   /* bin 8, 16, 32 */
	[0x05] = {WIRE_HEAD_BYTES, 2, 0},
	[0x06] = {WIRE_HEAD_BYTES, 4, 0},
	[0x07] = {WIRE_HEAD_REFUSED, 0, 0}, /* ext 8, 16, 32 */
	[0x08] = {WIRE_HEAD_REFUSED, 0, 0},
	[0x09] = {WIRE_HEAD_REFUSED, 0, 0},
	[0x0a] = {WIRE_HEAD_REFUSED, 0, 0}, /* float 32, 64 */
	[0x0b] = {WIRE_HEAD_REFUSED, 0, 0},
	[0x0c] = {WIRE_HEAD_SCALAR, 1, 0}, /* uint 8, 16, 32, 64 */
	[0x0d] = {WIRE_HEAD_SCALAR, 2, 0},
	[0x0e] = {WIRE_HEAD_SCALAR, 4, 0},
	[0x0f] = {WIRE_HEAD_SCALAR, 8, 0},
	[0x10] = {WIRE_HEAD_SCALAR, 1, 0}, /* int 8, 16, 32, 64 */
	[0x11] = {WIRE_HEAD_SCALAR, 2, 0},
	[0x12] = {WIRE_HEAD_SCALAR, 4, 0},
	[0x13] = {WIRE_HEAD_SCALAR, 8, 0},
	[0x14] = {WIRE_HEAD_REFUSED, 0, 0}, /* fixext 1, 2, 4, 8, 16 */
	[0x15] = {WIRE_HEAD_REFUSED, 0, 0},
	[0x16] = {WIRE_HEAD_REFUSED, 0, 0},
	[0x17] = {WIRE_HEAD_REFUSED, 0, 0},
	[0x18] = {WIRE_HEAD_REFUSED, 0, 0},
	[0x19] = {WIRE_HEAD_STRING, 1, 0}, /* str 8, 16, 32 */
	[0x1a] = {WIRE_HEAD_STRING, 2, 0},
	[0x1b] = {WIRE_HEAD_STRING, 4, 0},
	[0x1c] = {WIRE_HEAD_ARRAY, 2, 0}, /* array 16, 32 */
	[0x1d] = {WIRE_HEAD_ARRAY, 4, 0},
	[0x1e] = {WIRE_HEAD_MAP, 2, 0}, /* map 16, 32 */
	[0x1f] = {WIRE_HEAD_MAP, 4, 0},
};

struct walk {
	const unsigned char *at;
	size_t left;
};

/* Reads the head of a value: its class, and its length in bytes or its count. */
static enum wire_head_class walk_head(struct walk *w, size_t *ret_len)
{
	struct wire_head head;
	size_t len;

	if (!w->left)
		return WIRE_HEAD_REFUSED;
	head = wire_head(*w->at++);
	w->left--;
	if (w->left < head.follow)
		return WIRE_HEAD_REFUSED;
	len = head.len;
	if (head.class != WIRE_HEAD_SCALAR)
		for (size_t i = 0; i < head.follow; i++)
			len = len << 8 | w->at[i];
	w->at += head.follow;
	w->left -= head.follow;
	*ret_len = len;
	return (enum wire_head_class)head.class;
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
