/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values to msgpack bytes in a buffer that does not grow. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "lib/wire.h"
#include "lib/wire_head.h"

/* Takes room for `len` bytes more; NULL: there is none, or something went wrong before. */
static uint8_t *room(struct wire_writer *w, size_t len)
{
	if (w->error)
		return NULL;
	if (len > w->size - w->len) {
		w->error = -E2BIG;
		return NULL;
	}
	w->len += len;
	return w->data + w->len - len;
}

void wire_put_part(struct wire_writer *w, const void *data, size_t len)
{
	uint8_t *to = room(w, len);

	if (to && len > 0)
		memcpy(to, data, len);
}

/* A value's first byte, and a number of 1 << order bytes behind it. */
static size_t head_write(uint8_t *to, unsigned first, uint64_t number, unsigned order)
{
	size_t len = (size_t)1 << order;

	*to++ = (uint8_t)first;
	for (size_t left = len; left > 0;)
		*to++ = (uint8_t)(number >> 8 * --left);
	return 1 + len;
}

static void put_head(struct wire_writer *w, unsigned first, uint64_t number, unsigned order)
{
	uint8_t *to = room(w, 1 + ((size_t)1 << order));

	if (to)
		(void)head_write(to, first, number, order);
}

static void put_byte(struct wire_writer *w, unsigned byte)
{
	uint8_t *to = room(w, 1);

	if (to)
		*to = (uint8_t)byte;
}

/* What a number takes: 0 to 3 for 1, 2, 4 and 8 bytes. */
static unsigned order_of(uint64_t number)
{
	return number <= UINT8_MAX ? 0 : number <= UINT16_MAX ? 1 : number <= UINT32_MAX ? 2 : 3;
}

void wire_start_part(struct wire_writer *w, void *buf, size_t size)
{
	*w = (struct wire_writer){
		.data = buf,
		.size = MIN_OF(size, sizeof(struct postern_header) + WIRE_PAYLOAD_MAX)};
}

void wire_start(struct wire_writer *w, void *buf, size_t size, enum postern_record_type type,
		uint64_t call, uint64_t deadline)
{
	const struct postern_header h = {
		.type = htole16((uint16_t)type),
		.call = htole64(call),
		.deadline = htole64(deadline),
	};

	uint8_t *to;

	wire_start_part(w, buf, size);
	to = room(w, sizeof(h));
	if (to)
		memcpy(to, &h, sizeof(h));
}

void wire_set_flags(struct wire_writer *w, uint16_t flags)
{
	const uint16_t le = htole16(flags);

	if (!w->error)
		memcpy(w->data + offsetof(struct postern_header, flags), &le, sizeof(le));
}

void wire_put_nil(struct wire_writer *w)
{
	put_byte(w, WIRE_NIL);
}

void wire_put_boolean(struct wire_writer *w, bool value)
{
	put_byte(w, value ? WIRE_TRUE : WIRE_FALSE);
}

void wire_put_integer(struct wire_writer *w, int64_t value)
{
	unsigned order;

	if (value >= -32 && value < 0x80) {
		put_byte(w, (uint8_t)value);
		return;
	}
	if (value >= 0) {
		order = order_of((uint64_t)value);
		put_head(w, WIRE_UINT8 + order, (uint64_t)value, order);
		return;
	}
	/* A sign takes a bit of its own. */
	order = value >= INT8_MIN ? 0 : value >= INT16_MIN ? 1 : value >= INT32_MIN ? 2 : 3;
	put_head(w, WIRE_INT8 + order, (uint64_t)value, order);
}

size_t wire_text_head(uint8_t *to, bool string, size_t len)
{
	unsigned order = order_of(len);

	if (!string || len >= 32)
		return head_write(to, (string ? WIRE_STR8 : WIRE_BIN8) + order, len, order);
	*to = (uint8_t)(WIRE_FIXSTR | len);
	return 1;
}

static void put_text(struct wire_writer *w, bool string, const void *data, size_t len)
{
	uint8_t head[WIRE_HEAD_MAX];

	wire_put_part(w, head, wire_text_head(head, string, len));
	wire_put_part(w, data, len);
}

void wire_put_string(struct wire_writer *w, const char *s, size_t len)
{
	if (!w->error && len > w->size)
		w->error = -E2BIG;
	if (!w->error && !text_utf8(s, len))
		w->error = -EILSEQ;
	if (w->error)
		return;
	put_text(w, true, s, len);
}

void wire_put_bytes(struct wire_writer *w, const void *data, size_t len)
{
	if (!w->error && len > w->size)
		w->error = -E2BIG;
	if (w->error)
		return;
	put_text(w, false, data, len);
}

static size_t count_head(uint8_t *to, unsigned fix, unsigned first, size_t len)
{
	if (len >= 16)
		return head_write(to, first + (len > UINT16_MAX), len, len > UINT16_MAX ? 2 : 1);
	*to = (uint8_t)(fix | len);
	return 1;
}

size_t wire_array_head(uint8_t *to, size_t len)
{
	return count_head(to, WIRE_FIXARRAY, WIRE_ARRAY16, len);
}

static void put_count(struct wire_writer *w, unsigned fix, unsigned first, size_t len)
{
	uint8_t head[WIRE_HEAD_MAX];

	if (!w->error && len > UINT32_MAX)
		w->error = -E2BIG;
	wire_put_part(w, head, count_head(head, fix, first, len));
}

void wire_put_array(struct wire_writer *w, size_t len)
{
	put_count(w, WIRE_FIXARRAY, WIRE_ARRAY16, len);
}

void wire_put_map(struct wire_writer *w, size_t entries)
{
	put_count(w, WIRE_FIXMAP, WIRE_MAP16, entries);
}

static void put_items(struct wire_writer *w, const struct postern_value *v)
{
	if (v->kind == POSTERN_KIND_RECORD)
		wire_put_map(w, v->list.len / 2);
	else
		wire_put_array(w, v->list.len);
	for (size_t i = 0; i < v->list.len && !w->error; i++)
		wire_put_value(w, &v->list.items[i]);
}

void wire_put_value(struct wire_writer *w, const struct postern_value *v)
{
	switch (v->kind) {
	case POSTERN_KIND_NIL:
		wire_put_nil(w);
		break;
	case POSTERN_KIND_BOOLEAN:
		wire_put_boolean(w, v->boolean);
		break;
	case POSTERN_KIND_FD: /* a result's, the only one that comes with its record */
		wire_put_integer(w, 0);
		break;
	case POSTERN_KIND_INTEGER:
		wire_put_integer(w, v->integer);
		break;
	case POSTERN_KIND_STRING:
		wire_put_string(w, v->text.data, v->text.len);
		break;
	case POSTERN_KIND_BYTES:
		wire_put_bytes(w, v->text.data, v->text.len);
		break;
	case POSTERN_KIND_LIST:
	case POSTERN_KIND_RECORD:
		put_items(w, v);
		break;
	}
}

int wire_finish(const struct wire_writer *w, size_t *ret_len)
{
	if (w->error)
		return w->error;
	*ret_len = w->len;
	return 0;
}

void wire_items(struct postern_value *items, enum postern_kind kind, const void *values, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		items[i].kind = kind;
		if (kind == POSTERN_KIND_BOOLEAN)
			items[i].boolean = ((const bool *)values)[i];
		else
			items[i].integer = ((const int64_t *)values)[i];
	}
}
