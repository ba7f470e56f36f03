/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The OPENED record: what the entrypoint takes and gives. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/reply.h"
#include "lib/wire.h"

/* Of one record. */
#define RECORD_PAYLOAD (POSTERN_RECORD_MAX - sizeof(struct postern_header))

static void put_text(struct wire_writer *w, const char *text)
{
	wire_put_string(w, text, strlen(text));
}

static bool is_record(int type, int element)
{
	return type == REPLY_TYPE_RECORD ||
	       (type == REPLY_TYPE_LIST && element == REPLY_TYPE_RECORD);
}

static void put_fields(struct wire_writer *w, const struct postern_parameter *fields, size_t len);

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
static void put_parameter(struct wire_writer *w, const struct postern_parameter *p)
{
	const bool record = is_record(p->type, p->element);

	wire_put_array(w, record ? 4 : 3);
	put_text(w, p->name);
	wire_put_integer(w, p->type);
	wire_put_integer(w, (p->optional ? POSTERN_ARGUMENT_OPTIONAL : 0) |
				    (p->secret ? POSTERN_ARGUMENT_SECRET : 0) |
				    (int64_t)((unsigned)p->element & POSTERN_ARGUMENT_ELEMENT_MASK)
					    << POSTERN_ARGUMENT_ELEMENT_SHIFT |
				    (int64_t)(p->fd_mode & POSTERN_ARGUMENT_FD_MODE_MASK)
					    << POSTERN_ARGUMENT_FD_MODE_SHIFT |
				    (int64_t)(p->fd_kinds & POSTERN_ARGUMENT_FD_KINDS_MASK)
					    << POSTERN_ARGUMENT_FD_KINDS_SHIFT);
	if (record)
		put_fields(w, p->fields, p->fields_len);
}

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
static void put_fields(struct wire_writer *w, const struct postern_parameter *fields, size_t len)
{
	wire_put_array(w, len);
	for (size_t i = 0; i < len; i++)
		put_parameter(w, &fields[i]);
}

static void put_result(struct wire_writer *w, const struct postern_signature *s)
{
	put_text(w, "result");
	wire_put_integer(w, s->result);
	if (s->result == REPLY_TYPE_LIST) {
		put_text(w, "result_element");
		wire_put_integer(w, s->result_element);
	}
	if (s->result_secret) {
		put_text(w, "result_flags");
		wire_put_integer(w, POSTERN_ARGUMENT_SECRET);
	}
	if (is_record(s->result, s->result_element)) {
		put_text(w, "result_fields");
		put_fields(w, s->result_fields, s->result_fields_len);
	}
}

size_t reply_opened_write(void *buf, const char *context, const char *entrypoint,
			  const struct postern_signature *signature)
{
	struct wire_writer w;
	size_t len;

	if (signature->len > REPLY_ARGUMENTS_MAX || signature->timeout_ns > INT64_MAX)
		return 0;
	wire_start(&w, buf, REPLY_OPENED_MAX, POSTERN_OPENED, 0, 0);
	wire_put_map(&w, 5u + (signature->result == REPLY_TYPE_LIST) +
				 is_record(signature->result, signature->result_element) +
				 signature->result_secret + (signature->most > RECORD_PAYLOAD));
	put_text(&w, "context");
	put_text(&w, context);
	put_text(&w, "entrypoint");
	put_text(&w, entrypoint);
	put_text(&w, "timeout");
	wire_put_integer(&w, (int64_t)signature->timeout_ns);
	put_text(&w, "arguments");
	put_fields(&w, signature->parameters, signature->len);
	put_result(&w, signature);
	if (signature->most > RECORD_PAYLOAD) {
		put_text(&w, "most");
		wire_put_integer(&w, (int64_t)signature->most);
	}
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

	if (v->kind != POSTERN_KIND_LIST || v->list.len < 3 || v->list.len > 4)
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
	if (ret->type == REPLY_TYPE_FD) {
		ret->fd_mode = (unsigned)(flags >> POSTERN_ARGUMENT_FD_MODE_SHIFT &
					  POSTERN_ARGUMENT_FD_MODE_MASK);
		ret->fd_kinds = (unsigned)(flags >> POSTERN_ARGUMENT_FD_KINDS_SHIFT &
					   POSTERN_ARGUMENT_FD_KINDS_MASK);
	}
	/* A record has its fields with it, and nothing else has any. */
	return is_record(ret->type, ret->element) == (v->list.len == 4) ? 0 : -EBADMSG;
}

/* Entries of distinct names into `to`, where there is room for `most`. */
static int get_entries(const struct postern_value *v, size_t most, struct postern_parameter *to)
{
	if (!v || v->kind != POSTERN_KIND_LIST || v->list.len > most)
		return -EBADMSG;
	for (size_t i = 0; i < v->list.len; i++) {
		if (get_parameter(&v->list.items[i], &to[i]) < 0)
			return -EBADMSG;
		for (size_t j = 0; j < i; j++)
			if (strcmp(to[i].name, to[j].name) == 0)
				return -EBADMSG;
	}
	return 0;
}

/* A record's fields into *at, which moves on behind them. */
static int get_fields(const struct postern_value *v, struct postern_parameter **at,
		      const struct postern_parameter **ret, size_t *ret_len)
{
	if (get_entries(v, REPLY_RECORD_MAX, *at) < 0 || v->list.len == 0)
		return -EBADMSG;
	for (size_t i = 0; i < v->list.len; i++)
		if (is_record((*at)[i].type, (*at)[i].element))
			return -EBADMSG;
	*ret = *at;
	*ret_len = v->list.len;
	*at += v->list.len;
	return 0;
}

/* How many fields a list says that it has, as far as it may. */
static size_t fields_said(const struct postern_value *v)
{
	return v && v->kind == POSTERN_KIND_LIST && v->list.len <= REPLY_RECORD_MAX ? v->list.len
										    : 0;
}

static int get_parameters(const struct postern_value *map, struct reply_opened *o)
{
	const struct postern_value *v = wire_map_get(map, "arguments");
	const struct postern_value *result = wire_map_get(map, "result_fields");
	struct postern_parameter *at;
	size_t fields = fields_said(result);
	int r = 0;

	if (get_entries(v, REPLY_ARGUMENTS_MAX, o->parameters) < 0)
		return -EBADMSG;
	o->signature.parameters = o->parameters;
	o->signature.len = v->list.len;
	for (size_t i = 0; i < v->list.len; i++)
		if (v->list.items[i].list.len == 4)
			fields += fields_said(&v->list.items[i].list.items[3]);
	o->fields = calloc(fields + 1, sizeof(*o->fields));
	if (!o->fields)
		return -ENOMEM;
	at = o->fields;
	for (size_t i = 0; i < v->list.len && r == 0; i++)
		if (v->list.items[i].list.len == 4)
			r = get_fields(&v->list.items[i].list.items[3], &at,
				       &o->parameters[i].fields, &o->parameters[i].fields_len);
	if (r == 0 && is_record(o->signature.result, o->signature.result_element))
		r = get_fields(result, &at, &o->signature.result_fields,
			       &o->signature.result_fields_len);
	return r;
}

static int get_opened(const struct postern_value *map, struct reply_opened *o)
{
	const struct postern_value *v;
	int64_t timeout, result, element = 0, flags = 0, most = RECORD_PAYLOAD;

	o->context = get_name(wire_map_get(map, "context"));
	o->entrypoint = get_name(wire_map_get(map, "entrypoint"));
	if (!o->context || !o->entrypoint)
		return -EBADMSG;
	if (get_number(wire_map_get(map, "timeout"), 1, INT64_MAX, &timeout) < 0 ||
	    get_number(wire_map_get(map, "result"), 0, UINT16_MAX, &result) < 0)
		return -EBADMSG;
	v = wire_map_get(map, "result_flags");
	if (v && get_number(v, 0, UINT32_MAX, &flags) < 0)
		return -EBADMSG;
	v = wire_map_get(map, "most");
	if (v && get_number(v, 1, WIRE_PAYLOAD_MAX, &most) < 0)
		return -EBADMSG;
	o->signature.result_secret = flags & POSTERN_ARGUMENT_SECRET;
	o->signature.most = (size_t)most;
	o->signature.timeout_ns = (uint64_t)timeout;
	o->signature.result = (int)result;
	if (wire_map_get(map, "result_element") &&
	    get_number(wire_map_get(map, "result_element"), 0, UINT16_MAX, &element) < 0)
		return -EBADMSG;
	o->signature.result_element = (int)element;
	return get_parameters(map, o);
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
	free(o->fields);
	*o = (struct reply_opened){};
}
