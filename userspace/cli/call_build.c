/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text into values by the type that the worker told. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "cli/call_values.h"
#include "manifest/argument.h"

/* "NAME: expected WHAT, got ..."; the value of a secret stays out. */
static int unfit(const struct call_value *v, const char *expected, const char *text,
		 struct error *err)
{
	const char *where = v->where ? v->where : "";

	if (v->secret || v->parameter->secret)
		return error_say(err, -EINVAL, "%s%s: expected %s", where, v->name, expected);
	return error_say(err, -EINVAL, "%s%s: expected %s, got \"%.*s\"%s", where, v->name,
			 expected, (int)text_cut(text, strlen(text), 64), text,
			 strlen(text) > 64 ? "..." : "");
}

static int number_parse(enum argument_type form, const char *text, int64_t *ret)
{
	uint64_t number = 0;
	int r;

	if (form == ARGUMENT_INTEGER)
		return units_parse_signed(text, ret);
	r = form == ARGUMENT_SIZE ? units_parse_size(text, &number)
				  : units_parse_duration(text, &number);
	if (r == 0 && number > INT64_MAX)
		r = -ERANGE;
	if (r == 0)
		*ret = (int64_t)number;
	return r;
}

static const char *number_expected(enum argument_type form, bool range)
{
	if (form == ARGUMENT_SIZE)
		return range ? "a size below 8 EiB"
			     : "a size (a whole number of bytes, or with B, KiB, MiB, GiB, TiB)";
	if (form == ARGUMENT_DURATION)
		return range ? "a duration below 292 years"
			     : "a duration (a whole number with ns, us, ms, s, min or h)";
	return range ? "an integer of at most 64 bits" : "an integer (decimal digits)";
}

static int number_read(const struct call_value *v, enum argument_type form, const char *text,
		       int64_t *ret, struct error *err)
{
	int r = number_parse(form, text, ret);

	return r < 0 ? unfit(v, number_expected(form, r == -ERANGE), text, err) : 0;
}

static int boolean_read(const struct call_value *v, const char *text, bool *ret, struct error *err)
{
	*ret = strcmp(text, "true") == 0;
	return *ret || strcmp(text, "false") == 0 ? 0 : unfit(v, "true or false", text, err);
}

static int build_boolean(const struct call_value *v, struct postern_args *args, struct error *err)
{
	bool value = false;
	int r = boolean_read(v, v->texts[0], &value, err);

	if (r == 0)
		(void)postern_args_boolean(args, v->name, value);
	return r;
}

static int build_number(const struct call_value *v, enum argument_type form,
			struct postern_args *args, struct error *err)
{
	int64_t value = 0;
	int r = number_read(v, form, v->texts[0], &value, err);

	if (r == 0)
		(void)postern_args_integer(args, v->name, value);
	return r;
}

/* "@@x" stands for "@x", where "@x" would be a file. */
static const char *text_of(const struct call_value *v)
{
	const char *text = v->texts[0];

	return !v->whole && text[0] == '@' && text[1] == '@' ? text + 1 : text;
}

static int build_string(const struct call_value *v, struct postern_args *args, struct error *err)
{
	if (v->data && strlen(v->data) != v->data_len)
		return error_say(err, -EINVAL, "%s: expected text, %s holds a NUL byte", v->name,
				 v->texts[0]);
	(void)postern_args_string(args, v->name, v->data ? v->data : text_of(v));
	return 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

	return at && c ? (int)(at - digits) : -1;
}

/* Text as it is, or hex: and digits. Written over the text, which is longer. */
static int bytes_read(const struct call_value *v, char *text, size_t *ret_len, struct error *err)
{
	const char *hex = text + strlen("hex:");
	size_t len = strlen(text);

	*ret_len = len;
	if (strncmp(text, "hex:", strlen("hex:")) != 0)
		return 0;
	len -= strlen("hex:");
	for (size_t i = 0; i < len; i++)
		if (hex_digit(hex[i]) < 0 || len % 2)
			return unfit(v, "pairs of hexadecimal digits behind hex:", text, err);
	for (size_t i = 0; i < len; i += 2)
		text[i / 2] =
			(char)((unsigned)hex_digit(hex[i]) << 4 | (unsigned)hex_digit(hex[i + 1]));
	explicit_bzero(text + len / 2, strlen("hex:") + len - len / 2);
	*ret_len = len / 2;
	return 0;
}

static int build_bytes(const struct call_value *v, struct postern_args *args, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t len, size;
	int r;

	if (v->data) {
		(void)postern_args_bytes(args, v->name, v->data, v->data_len);
		return 0;
	}
	text = strdup(text_of(v));
	if (!text)
		return error_set(err, -ENOMEM, "%s", v->name);
	size = len = strlen(text);
	r = bytes_read(v, text, &len, err);
	if (r == 0)
		(void)postern_args_bytes(args, v->name, text, len);
	explicit_bzero(text, size);
	return r;
}

struct elements {
	char **items;
	size_t len;
};

static void elements_clear(struct elements *e)
{
	for (size_t i = 0; i < e->len; i++) {
		explicit_bzero(e->items[i], strlen(e->items[i]));
		free(e->items[i]);
	}
	free(e->items);
}

static int elements_add(struct elements *e, char *item)
{
	char **items = item ? reallocarray(e->items, e->len + 1, sizeof(*items)) : NULL;

	if (!items) {
		free(item);
		return -ENOMEM;
	}
	e->items = items;
	items[e->len++] = item;
	return 0;
}

/* Splits at commas; a backslash keeps a comma or a backslash. */
static int elements_split(struct elements *e, const char *text)
{
	for (;;) {
		char *item = malloc(strlen(text) + 1);
		size_t len = 0;

		if (!item)
			return -ENOMEM;
		for (; *text && *text != ','; text++) {
			if (text[0] == '\\' && (text[1] == ',' || text[1] == '\\'))
				text++;
			item[len++] = *text;
		}
		item[len] = '\0';
		if (elements_add(e, item) < 0)
			return -ENOMEM;
		if (!*text++)
			return 0;
	}
}

static int build_booleans(const struct call_value *v, const struct elements *e,
			  struct postern_args *args, struct error *err)
{
	cleanup_free bool *values = calloc(e->len + 1, sizeof(*values));
	int r = 0;

	if (!values)
		return error_set(err, -ENOMEM, "%s", v->name);
	for (size_t i = 0; i < e->len && r == 0; i++)
		r = boolean_read(v, e->items[i], &values[i], err);
	if (r == 0)
		(void)postern_args_booleans(args, v->name, values, e->len);
	return r;
}

static int build_bytes_list(const struct call_value *v, const struct elements *e,
			    struct postern_args *args, struct error *err)
{
	cleanup_free struct postern_bytes *values = calloc(e->len + 1, sizeof(*values));
	int r = 0;

	if (!values)
		return error_set(err, -ENOMEM, "%s", v->name);
	for (size_t i = 0; i < e->len && r == 0; i++) {
		r = bytes_read(v, e->items[i], &values[i].len, err);
		values[i].data = e->items[i];
	}
	if (r == 0)
		(void)postern_args_bytes_list(args, v->name, values, e->len);
	/* They may hold NULs, where elements_clear() ends. */
	for (size_t i = 0; i < e->len; i++)
		explicit_bzero(e->items[i], values[i].len);
	return r;
}

static int build_numbers(const struct call_value *v, enum argument_type form,
			 const struct elements *e, struct postern_args *args, struct error *err)
{
	cleanup_free int64_t *numbers = calloc(e->len + 1, sizeof(*numbers));
	int r = 0;

	if (!numbers)
		return error_set(err, -ENOMEM, "%s", v->name);
	for (size_t i = 0; i < e->len && r == 0; i++)
		r = number_read(v, form, e->items[i], &numbers[i], err);
	if (r == 0)
		(void)postern_args_integers(args, v->name, numbers, e->len);
	return r;
}

static int build_elements(const struct call_value *v, const struct elements *e,
			  struct postern_args *args, struct error *err)
{
	enum argument_type form = (enum argument_type)v->parameter->element;

	switch (argument_kind(form)) {
	case POSTERN_KIND_BOOLEAN:
		return build_booleans(v, e, args, err);
	case POSTERN_KIND_INTEGER:
		return build_numbers(v, form, e, args, err);
	case POSTERN_KIND_BYTES:
		return build_bytes_list(v, e, args, err);
	case POSTERN_KIND_STRING:
	case POSTERN_KIND_NIL: /* no elements, as those that follow */
	case POSTERN_KIND_LIST:
	case POSTERN_KIND_RECORD:
	case POSTERN_KIND_FD:
	default:
		(void)postern_args_strings(args, v->name, (const char *const *)e->items, e->len);
		return 0;
	}
}

static int build_list(const struct call_value *v, struct postern_args *args, struct error *err)
{
	struct elements e = {};
	int r = 0;

	/* "name=" alone is the empty list. */
	for (size_t i = 0; i < v->texts_len && r == 0; i++)
		if (v->whole)
			r = elements_add(&e, strdup(v->texts[i]));
		else if (v->texts_len > 1 || v->texts[i][0])
			r = elements_split(&e, v->texts[i]);
	if (r < 0)
		r = error_set(err, r, "%s", v->name);
	else
		r = build_elements(v, &e, args, err);
	elements_clear(&e);
	return r;
}

int call_value_build(const struct call_value *v, struct postern_args *args, struct error *err)
{
	enum argument_type type;

	/* The library says that there is none of that name, and which one is near. */
	if (!v->parameter) {
		(void)postern_args_string(args, v->name, "");
		return 0;
	}
	type = (enum argument_type)v->parameter->type;
	switch (argument_kind(type)) {
	case POSTERN_KIND_BOOLEAN:
		return build_boolean(v, args, err);
	case POSTERN_KIND_INTEGER:
		return build_number(v, type, args, err);
	case POSTERN_KIND_BYTES:
		return build_bytes(v, args, err);
	case POSTERN_KIND_LIST:
		return call_is_record(v->parameter) ? call_records_build(v, args, err)
						    : build_list(v, args, err);
	case POSTERN_KIND_RECORD:
		return call_records_build(v, args, err);
	case POSTERN_KIND_STRING:
		if (type == ARGUMENT_STRING)
			return build_string(v, args, err);
		(void)postern_args_string(args, v->name, v->texts[0]);
		return 0;
	case POSTERN_KIND_FD:
		(void)postern_args_fd(args, v->name, v->fd);
		return 0;
	case POSTERN_KIND_NIL:
	default:
		(void)error_say(err, -EINVAL,
				"%s: it has type %d, which the command line cannot give", v->name,
				v->parameter->type);
		error_hint(err, "use the C or Python client, or a newer postern");
		return -EINVAL;
	}
}

int call_values_build(const struct call_values *v, struct postern_args **ret, struct error *err)
{
	struct postern_args *args = postern_args_new();
	int r = args ? 0 : error_set(err, -ENOMEM, "arguments");

	for (size_t i = 0; i < v->len && r == 0; i++)
		r = call_value_build(&v->items[i], args, err);
	if (r < 0)
		postern_args_free(args);
	else
		*ret = args;
	return r;
}
