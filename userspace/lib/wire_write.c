/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values to msgpack bytes in a buffer that does not grow. */
#include <endian.h>
#include <errno.h>
#include <msgpack.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "lib/wire.h"

void wire_put_part(struct wire_writer *w, const void *data, size_t len)
{
	if (w->error)
		return;
	if (len > w->size - w->len) {
		w->error = -E2BIG;
		return;
	}
	if (len > 0)
		memcpy(w->data + w->len, data, len);
	w->len += len;
}

/* msgpack's callback. Its result is not looked at: the writer keeps the error. */
static int packer_write(void *w, const char *data, size_t len)
{
	wire_put_part(w, data, len);
	return 0;
}

static msgpack_packer packer(struct wire_writer *w)
{
	msgpack_packer p;

	msgpack_packer_init(&p, w, packer_write);
	return p;
}

void wire_start_part(struct wire_writer *w, void *buf, size_t size)
{
	*w = (struct wire_writer){.data = buf, .size = MIN_OF(size, (size_t)POSTERN_RECORD_MAX)};
}

void wire_start(struct wire_writer *w, void *buf, size_t size, enum postern_record_type type,
		uint64_t call, uint64_t deadline)
{
	const struct postern_header h = {
		.type = htole16((uint16_t)type),
		.call = htole64(call),
		.deadline = htole64(deadline),
	};

	wire_start_part(w, buf, size);
	wire_put_part(w, &h, sizeof(h));
}

void wire_set_flags(struct wire_writer *w, uint16_t flags)
{
	const uint16_t le = htole16(flags);

	if (!w->error)
		memcpy(w->data + offsetof(struct postern_header, flags), &le, sizeof(le));
}

void wire_put_nil(struct wire_writer *w)
{
	msgpack_packer p = packer(w);

	(void)msgpack_pack_nil(&p);
}

void wire_put_boolean(struct wire_writer *w, bool value)
{
	msgpack_packer p = packer(w);

	(void)(value ? msgpack_pack_true(&p) : msgpack_pack_false(&p));
}

void wire_put_integer(struct wire_writer *w, int64_t value)
{
	msgpack_packer p = packer(w);

	(void)msgpack_pack_int64(&p, value);
}

void wire_put_string(struct wire_writer *w, const char *s, size_t len)
{
	msgpack_packer p = packer(w);

	if (!w->error && len > w->size)
		w->error = -E2BIG;
	if (!w->error && !text_utf8(s, len))
		w->error = -EILSEQ;
	if (w->error)
		return;
	(void)msgpack_pack_str(&p, len);
	wire_put_part(w, s, len);
}

void wire_put_bytes(struct wire_writer *w, const void *data, size_t len)
{
	msgpack_packer p = packer(w);

	if (!w->error && len > w->size)
		w->error = -E2BIG;
	if (w->error)
		return;
	(void)msgpack_pack_bin(&p, len);
	wire_put_part(w, data, len);
}

void wire_put_array(struct wire_writer *w, size_t len)
{
	msgpack_packer p = packer(w);

	if (!w->error && len > w->size)
		w->error = -E2BIG;
	if (!w->error)
		(void)msgpack_pack_array(&p, len);
}

void wire_put_map(struct wire_writer *w, size_t entries)
{
	msgpack_packer p = packer(w);

	if (!w->error && entries > w->size)
		w->error = -E2BIG;
	if (!w->error)
		(void)msgpack_pack_map(&p, entries);
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
