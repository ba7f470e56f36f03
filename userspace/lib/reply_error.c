/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ERROR record: how a call went wrong. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "lib/reply.h"
#include "lib/wire.h"

#define ERRNO_MAX  4095 /* include/linux/err.h, MAX_ERRNO */
#define SIGNAL_MAX 64

static void put_key(struct wire_writer *w, const char *key)
{
	wire_put_string(w, key, strlen(key));
}

/* Cleaned, so that it is UTF-8 whatever it was. max: at most REPLY_MESSAGE_MAX. */
static void put_text(struct wire_writer *w, const char *key, const char *text, size_t max)
{
	char clean[REPLY_MESSAGE_MAX + 1];

	if (!text)
		return;
	put_key(w, key);
	wire_put_string(w, clean, text_clean(clean, max + 1, text, strlen(text)));
}

static void put_number(struct wire_writer *w, const char *key, int number)
{
	if (!number)
		return;
	put_key(w, key);
	wire_put_integer(w, number);
}

static void put_denial(struct wire_writer *w, const struct reply_denial *d)
{
	if (!d->operation)
		return;
	put_key(w, "denial");
	wire_put_map(w, 1u + !!d->object + !!d->rights + !!d->rule);
	put_text(w, "operation", d->operation, REPLY_WORD_MAX);
	put_text(w, "object", d->object, REPLY_OBJECT_MAX);
	put_text(w, "rights", d->rights, REPLY_WORD_MAX);
	put_text(w, "rule", d->rule, REPLY_WORD_MAX);
}

static void put_fields(struct wire_writer *w, const struct reply_error *e)
{
	if (!e->fields_len)
		return;
	put_key(w, "fields");
	wire_put_map(w, e->fields_len);
	for (size_t i = 0; i < e->fields_len; i++)
		put_text(w, e->fields[i].key, e->fields[i].value, REPLY_WORD_MAX);
}

APART size_t reply_error_write(void *buf, uint64_t call, const struct reply_error *e)
{
	size_t entries = 1u + !!e->message + !!e->hint + !!e->argument + !!e->error + !!e->signal +
			 !!e->denial.operation + !!e->name + !!e->fields_len;
	struct wire_writer w;

	wire_start(&w, buf, REPLY_ERROR_MAX, POSTERN_ERROR, call, 0);
	wire_put_map(&w, entries);
	put_key(&w, "code");
	wire_put_integer(&w, (int64_t)e->code);
	put_text(&w, "message", e->message, REPLY_MESSAGE_MAX);
	put_text(&w, "hint", e->hint, REPLY_MESSAGE_MAX);
	put_text(&w, "argument", e->argument, REPLY_WORD_MAX);
	put_number(&w, "errno", e->error);
	put_number(&w, "signal", e->signal);
	put_denial(&w, &e->denial);
	put_text(&w, "name", e->name, REPLY_WORD_MAX);
	put_fields(&w, e);
	return w.len; /* all parts are bounded: it fits */
}

APART size_t reply_error(void *buf, uint64_t call, enum postern_code code, const char *message,
			 const char *hint, int signal, int err)
{
	const struct reply_error e = {
		.code = code,
		.message = message,
		.hint = hint,
		.signal = signal,
		.error = err < 0 ? -err : err,
	};

	return reply_error_write(buf, call, &e);
}

/* The text of a key; absent is fine, another kind is not. */
static int get_text(const struct postern_value *map, const char *key, size_t most, const char **ret)
{
	const struct postern_value *v = wire_map_get(map, key);

	if (!v)
		return 0;
	if (v->kind != POSTERN_KIND_STRING || v->text.len > most)
		return -EBADMSG;
	*ret = v->text.data;
	return 0;
}

static int get_number(const struct postern_value *map, const char *key, int max, int *ret)
{
	const struct postern_value *v = wire_map_get(map, key);

	if (!v)
		return 0;
	if (v->kind != POSTERN_KIND_INTEGER || v->integer < 1 || v->integer > max)
		return -EBADMSG;
	*ret = (int)v->integer;
	return 0;
}

static int get_denial(const struct postern_value *map, struct reply_denial *ret)
{
	const struct postern_value *d = wire_map_get(map, "denial");

	if (!d)
		return 0;
	if (get_text(d, "operation", POSTERN_RECORD_MAX, &ret->operation) < 0 || !ret->operation)
		return -EBADMSG;
	if (get_text(d, "object", POSTERN_RECORD_MAX, &ret->object) < 0 ||
	    get_text(d, "rights", POSTERN_RECORD_MAX, &ret->rights) < 0 ||
	    get_text(d, "rule", POSTERN_RECORD_MAX, &ret->rule) < 0)
		return -EBADMSG;
	return 0;
}

static int get_fields(const struct postern_value *map, struct reply_error *ret)
{
	const struct postern_value *fields = wire_map_get(map, "fields");

	if (!fields)
		return 0;
	if (fields->kind != POSTERN_KIND_RECORD || fields->list.len / 2 > REPLY_FIELDS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < fields->list.len; i += 2) {
		const struct postern_value *value = &fields->list.items[i + 1];

		if (value->kind != POSTERN_KIND_STRING || value->text.len > REPLY_WORD_MAX)
			return -EBADMSG;
		ret->fields[ret->fields_len++] =
			(struct reply_field){fields->list.items[i].text.data, value->text.data};
	}
	return 0;
}

static int get_error(const struct postern_value *map, struct reply_error *ret)
{
	int code = 0;

	if (get_number(map, "code", POSTERN_CODES - 1, &code) < 0 || !code)
		return -EBADMSG;
	ret->code = (enum postern_code)code;
	if (get_text(map, "message", REPLY_MESSAGE_MAX, &ret->message) < 0 ||
	    get_text(map, "hint", REPLY_MESSAGE_MAX, &ret->hint) < 0 ||
	    get_text(map, "argument", REPLY_WORD_MAX, &ret->argument) < 0)
		return -EBADMSG;
	if (get_number(map, "errno", ERRNO_MAX, &ret->error) < 0 ||
	    get_number(map, "signal", SIGNAL_MAX, &ret->signal) < 0)
		return -EBADMSG;
	if (get_text(map, "name", REPLY_WORD_MAX, &ret->name) < 0 ||
	    (ret->name && !wire_name_valid(ret->name)))
		return -EBADMSG;
	if (get_fields(map, ret) < 0)
		return -EBADMSG;
	return get_denial(map, &ret->denial);
}

APART int reply_error_read(const void *payload, size_t len, struct reply_error *ret,
			   struct postern_value **ret_tree)
{
	struct reply_error e = {};
	struct postern_value *tree;
	int r;

	r = wire_decode(payload, len, WIRE_MAPS, &tree);
	if (r < 0)
		return r;
	r = get_error(tree, &e);
	if (r < 0) {
		postern_value_free(tree);
		return r;
	}
	*ret = e;
	*ret_tree = tree;
	return 0;
}
