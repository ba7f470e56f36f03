/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The codec: records and values to bytes and back. docs/protocol.md says the same in words.
 *
 * Whatever is decoded here comes from somebody hostile: a client towards worker and supervisor, a
 * worker towards a client. Every length is held against the bytes that are there, every count and
 * depth against a bound, before anything is allocated for it.
 */
#ifndef POSTERN_LIB_WIRE_H
#define POSTERN_LIB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/postern.h"
#include "lib/protocol.h"

#define WIRE_DEPTH_MAX	8     /* values within values */
#define WIRE_VALUES_MAX 16384 /* in one object, map keys counted */
#define WIRE_MAP_MAX	32    /* entries of one map */
#define WIRE_HEAD_MAX	9     /* bytes before a value's own: its first, and a number */
/* Of one message, whose records are put together: 64 MiB of texts, and what else there is. */
#define WIRE_PAYLOAD_MAX ((size_t)64 * 1024 * 1024 + 64 * 1024)

/*
 * A value. A decoded tree is one block of memory that starts with its root: free the root with
 * postern_value_free(), and nothing else.
 */
struct postern_value {
	enum postern_kind kind;
	union {
		bool boolean;
		int64_t integer;
		struct {
			const char *data; /* a decoded one is followed by a NUL */
			size_t len;
		} text; /* STRING, BYTES */
		struct {
			const struct postern_value *items;
			size_t len; /* items; twice the entries of a map */
		} list;		    /* LIST; RECORD, which is a map: key, value, key, value... */
	};
};

/* Makes items of a list of integers or booleans, as kind says. */
void wire_items(struct postern_value *items, enum postern_kind kind, const void *values,
		size_t len);

/* What a scan found out about an object: the memory that its tree needs. */
struct wire_extent {
	size_t values;
};

enum wire_decode_flags {
	WIRE_MAPS = 1 << 0,   /* maps are allowed: not in LOG */
	WIRE_SECRET = 1 << 1, /* the tree is wiped before its memory is given back */
};

/*
 * Walks over one msgpack object without allocating: lengths, counts, depth, no ext, no float, the
 * one byte that msgpack leaves undefined, nothing behind the object. Returns 0 and the extent, or
 * -EBADMSG.
 */
int wire_scan(const void *data, size_t len, unsigned flags, struct wire_extent *ret);

/*
 * Decodes one object. Integers must fit int64, str be UTF-8 without NUL, a map's keys be str and
 * distinct. Returns 0, -EBADMSG or -ENOMEM.
 */
int wire_decode(const void *data, size_t len, unsigned flags, struct postern_value **ret);

/*
 * The same without a copy: the tree's texts are in data, which is overwritten and has room for a
 * byte behind its len ones; values: room for the tree, its root first; WIRE_VALUES_MAX are always
 * enough. Returns 0 or -EBADMSG, also when there are more values than room.
 */
int wire_decode_in_place(uint8_t *data, size_t len, unsigned flags, struct postern_value *values,
			 size_t room);

/* wire_decode() of what is at block + offset, in a block from malloc() that the tree takes over,
 * also on failure; it has room for a byte behind. */
int wire_decode_take(uint8_t *block, size_t offset, size_t len, unsigned flags,
		     struct postern_value **ret);

/* Would wire_decode() take it? Returns 0, -EBADMSG or -ENOMEM. */
int wire_check(const void *data, size_t len, unsigned flags);

/* The value of a map's key, or NULL when `map` is no map or lacks the key. */
const struct postern_value *wire_map_get(const struct postern_value *map, const char *key);

/*
 * Writes a record, or a part of one, into a caller's buffer. An error sticks: what follows is
 * dropped, and wire_finish() reports it, so that only the end has to be checked.
 */
struct wire_writer {
	uint8_t *data;
	size_t size;
	size_t len;
	int error; /* 0 or a negative errno */
};

/* size: room at buf. */
void wire_start(struct wire_writer *w, void *buf, size_t size, enum postern_record_type type,
		uint64_t call, uint64_t deadline);
/* Sets the flags of a record that was started, which else has none. */
void wire_set_flags(struct wire_writer *w, uint16_t flags);
/* The same without a header, for a payload's parts. */
void wire_start_part(struct wire_writer *w, void *buf, size_t size);
void wire_put_nil(struct wire_writer *w);
void wire_put_boolean(struct wire_writer *w, bool value);
void wire_put_integer(struct wire_writer *w, int64_t value);
/* -EILSEQ sticks when it is not UTF-8 or holds a NUL. */
void wire_put_string(struct wire_writer *w, const char *s, size_t len);
void wire_put_bytes(struct wire_writer *w, const void *data, size_t len);
/* The elements, or keys and values, follow. */
void wire_put_array(struct wire_writer *w, size_t len);
void wire_put_map(struct wire_writer *w, size_t entries);
void wire_put_value(struct wire_writer *w, const struct postern_value *v);
/* What stands before a string or bytes of that length, or before the elements of an array. Both
 * return how many bytes they wrote: WIRE_HEAD_MAX at most. */
size_t wire_text_head(uint8_t *to, bool string, size_t len);
size_t wire_array_head(uint8_t *to, size_t len);
/* Bytes that are msgpack already. */
void wire_put_part(struct wire_writer *w, const void *data, size_t len);
/* Returns 0 and the whole length, or the first error: -E2BIG when it did not fit, -EILSEQ. */
int wire_finish(const struct wire_writer *w, size_t *ret_len);

/*
 * Reads and checks a record's header: long enough, a type that follows OPEN, no flag that
 * the type does not know, reserved fields zero, a deadline in a CALL only, a call number where one
 * belongs. Returns 0 or -EBADMSG.
 */
int wire_header(const void *record, size_t len, struct postern_header *ret);

/* Is it a context's or entrypoint's name: [a-z][a-z0-9_-]{0,62}? */
bool wire_name_valid(const char *name);

/*
 * Fills in an OPEN. network may be NULL. Returns 0, or -EINVAL when a name cannot be one. The
 * fields are little-endian, ready to be sent.
 */
int wire_open_write(struct postern_open *open, const char *entrypoint, const char *network);

/*
 * Checks what came as an OPEN: size, magic, type, flags and padding zero, names that end, are valid
 * and padded with NULs. Returns 0 and the record with its numbers in the host's order, -EPROTO when
 * it is an OPEN of another version (then ret->version says which), or -EBADMSG.
 */
int wire_open_read(const void *record, size_t len, struct postern_open *ret);

#endif
