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
 * mask: the bits that are the length or count, of those that have it in their first byte. */
struct wire_head {
	uint8_t class;
	uint8_t follow;
	uint8_t mask;
};

/* By the first byte (wire_scan.c). */
extern const struct wire_head wire_heads[256];

#endif
