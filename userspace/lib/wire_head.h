/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a msgpack value's first byte is read and written (msgpack specification, "Formats"). Internal
 * to the codec. */
#ifndef POSTERN_LIB_WIRE_HEAD_H
#define POSTERN_LIB_WIRE_HEAD_H

#include <stdint.h>

enum {
	WIRE_FIXMAP = 0x80,
	WIRE_FIXARRAY = 0x90,
	WIRE_FIXSTR = 0xa0,
	WIRE_NIL = 0xc0,
	WIRE_FALSE = 0xc2,
	WIRE_TRUE = 0xc3,
	WIRE_BIN8 = 0xc4,
	WIRE_UINT8 = 0xcc,
	WIRE_INT8 = 0xd0,
	WIRE_STR8 = 0xd9,
	WIRE_ARRAY16 = 0xdc,
	WIRE_MAP16 = 0xde,
};

enum wire_head_class {
	WIRE_HEAD_SCALAR,
	WIRE_HEAD_STRING,
	WIRE_HEAD_BYTES,
	WIRE_HEAD_ARRAY,
	WIRE_HEAD_MAP,
	WIRE_HEAD_REFUSED, /* floats, extension types, the one that is never used */
};

/* follow: bytes that follow at once: a scalar's value, or a length or count in big-endian order.
 * len: the length or count of those that have it in their first byte. */
struct wire_head {
	uint8_t class;
	uint8_t follow;
	uint8_t len;
};

/* Of the first bytes from 0xc0 to 0xdf (wire_scan.c). */
extern const struct wire_head wire_heads[32];

static inline struct wire_head wire_head(uint8_t first)
{
	if (first < 0x80 || first >= 0xe0)
		return (struct wire_head){WIRE_HEAD_SCALAR, 0, 0};
	if (first < 0x90)
		return (struct wire_head){WIRE_HEAD_MAP, 0, first & 0x0f};
	if (first < 0xa0)
		return (struct wire_head){WIRE_HEAD_ARRAY, 0, first & 0x0f};
	if (first < 0xc0)
		return (struct wire_head){WIRE_HEAD_STRING, 0, first & 0x1f};
	return wire_heads[first - 0xc0];
}

#endif
