/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The OPENED record: what the entrypoint takes and gives. */
#include <errno.h>
#include <string.h>

#include "lib/reply.h"
#include "lib/wire.h"

static void put_text(struct wire_writer *w, const char *text)
{
	wire_put_string(w, text, strlen(text));
}

static void put_parameter(struct wire_writer *w, const struct postern_parameter *p)
{
	wire_put_array(w, 3);
	put_text(w, p->name);
	wire_put_integer(w, p->type);
	wire_put_integer(w, (p->optional ? POSTERN_ARGUMENT_OPTIONAL : 0) |
				    (p->secret ? POSTERN_ARGUMENT_SECRET : 0) |
				    (int64_t)((unsigned)p->element & POSTERN_ARGUMENT_ELEMENT_MASK)
					    << POSTERN_ARGUMENT_ELEMENT_SHIFT);
}

size_t reply_opened_write(void *buf, const char *context, const char *entrypoint,
			  const struct postern_signature *signature)
{
	struct wire_writer w;
	size_t len;

	if (signature->len > REPLY_ARGUMENTS_MAX || signature->timeout_ns > INT64_MAX)
		return 0;
	wire_start(&w, buf, REPLY_OPENED_MAX, POSTERN_OPENED, 0, 0);
	wire_put_map(&w, 5);
	put_text(&w, "context");
	put_text(&w, context);
	put_text(&w, "entrypoint");
	put_text(&w, entrypoint);
	put_text(&w, "timeout");
	wire_put_integer(&w, (int64_t)signature->timeout_ns);
	put_text(&w, "arguments");
	wire_put_array(&w, signature->len);
	for (size_t i = 0; i < signature->len; i++)
		put_parameter(&w, &signature->parameters[i]);
	put_text(&w, "result");
	wire_put_integer(&w, signature->result);
	return wire_finish(&w, &len) == 0 ? len : 0;
}

/* A name that is there and not too long to be shown. */
static const char *get_name(const struct postern_value *v)
{
	if (!v || v->kind != POSTERN_KIND_STRING || !v->text.len || v->text.len > REPLY_WORD_MAX)
		return NULL;
	return v->text.data;
}

static int get_number(const struct postern_value *v, int64_t min, int64_t max, int64_t *ret)
{
	if (!v || v->kind != POSTERN_KIND_INTEGER || v->integer < min || v->integer > max)
		return -EBADMSG;
	*ret = v->integer;
	return 0;
}

/* Flags that this version does not know are passed over: they may only add to what is known. */
static int get_parameter(const struct postern_value *v, struct postern_parameter *ret)
{
	const struct postern_value *items;
	int64_t type, flags;

	if (v->kind != POSTERN_KIND_LIST || v->map || v->list.len != 3)
		return -EBADMSG;
	items = v->list.items;
	ret->name = get_name(&items[0]);
	if (!ret->name || get_number(&items[1], 1, UINT16_MAX, &type) < 0 ||
	    get_number(&items[2], 0, UINT32_MAX, &flags) < 0)
		return -EBADMSG;
	ret->type = (int)type;
	ret->optional = flags & POSTERN_ARGUMENT_OPTIONAL;
	ret->secret = flags & POSTERN_ARGUMENT_SECRET;
	ret->element =
		(int)(flags >> POSTERN_ARGUMENT_ELEMENT_SHIFT & POSTERN_ARGUMENT_ELEMENT_MASK);
	return 0;
}

static int get_parameters(const struct postern_value *v, struct reply_opened *o)
{
	if (!v || v->kind != POSTERN_KIND_LIST || v->map || v->list.len > REPLY_ARGUMENTS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < v->list.len; i++) {
		if (get_parameter(&v->list.items[i], &o->parameters[i]) < 0)
			return -EBADMSG;
		for (size_t j = 0; j < i; j++)
			if (strcmp(o->parameters[i].name, o->parameters[j].name) == 0)
				return -EBADMSG;
	}
	o->signature.parameters = o->parameters;
	o->signature.len = v->list.len;
	return 0;
}

static int get_opened(const struct postern_value *map, struct reply_opened *o)
{
	int64_t timeout, result;

	o->context = get_name(wire_map_get(map, "context"));
	o->entrypoint = get_name(wire_map_get(map, "entrypoint"));
	if (!o->context || !o->entrypoint)
		return -EBADMSG;
	if (get_number(wire_map_get(map, "timeout"), 1, INT64_MAX, &timeout) < 0 ||
	    get_number(wire_map_get(map, "result"), 0, UINT16_MAX, &result) < 0)
		return -EBADMSG;
	o->signature.timeout_ns = (uint64_t)timeout;
	o->signature.result = (int)result;
	return get_parameters(wire_map_get(map, "arguments"), o);
}

int reply_opened_read(const void *payload, size_t len, struct reply_opened *o)
{
	int r;

	*o = (struct reply_opened){};
	if (len > REPLY_OPENED_MAX - sizeof(struct postern_header))
		return -EBADMSG;
	r = wire_decode(payload, len, WIRE_MAPS, &o->tree);
	if (r < 0)
		return r;
	r = get_opened(o->tree, o);
	if (r < 0)
		reply_opened_clear(o);
	return r;
}

void reply_opened_clear(struct reply_opened *o)
{
	postern_value_free(o->tree);
	*o = (struct reply_opened){};
}
