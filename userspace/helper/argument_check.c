/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values against types: kinds, ranges, lengths, patterns; and what to say when they do not fit. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "helper/argument_check.h"
#include "helper/argument_path.h"
#include "helper/argument_prepared.h"
#include "helper/passed.h"
#include "manifest/argument_forms.h"

#define SHOWN_MAX 64 /* bytes of a value that a message shows */

/* Where the message goes. */
struct complaint {
	char *text;
	char *where;
	size_t used;
	bool secret;
};

static void say(struct complaint *c, const char *format, ...) PRINTF_LIKE(2, 3);

static void say(struct complaint *c, const char *format, ...)
{
	size_t left = ARGUMENT_MESSAGE_MAX - c->used;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(c->text + c->used, left, format, args);
	va_end(args);
	if (n > 0)
		c->used += MIN_OF((size_t)n, left - 1);
}

/* ", got ...", so that the caller sees what arrived; a secret's value never. */
static void say_value(struct complaint *c, const struct postern_value *v)
{
	static const char *const kinds[] = {
		[POSTERN_KIND_NIL] = "nothing",	       [POSTERN_KIND_BOOLEAN] = "a boolean",
		[POSTERN_KIND_INTEGER] = "an integer", [POSTERN_KIND_STRING] = "a string",
		[POSTERN_KIND_BYTES] = "bytes",	       [POSTERN_KIND_LIST] = "a list",
		[POSTERN_KIND_RECORD] = "a record",    [POSTERN_KIND_FD] = "a descriptor",
	};
	char shown[SHOWN_MAX + 1];

	if (!c->secret && v->kind == POSTERN_KIND_INTEGER) {
		say(c, ", got %" PRId64, v->integer);
	} else if (!c->secret && v->kind == POSTERN_KIND_STRING) {
		(void)text_clean(shown, sizeof(shown), v->text.data, v->text.len);
		say(c, ", got \"%s\"%s", shown, v->text.len > SHOWN_MAX ? "..." : "");
	} else {
		say(c, ", got %s", kinds[v->kind]);
	}
}

static int wrong(struct complaint *c, const struct postern_value *v, const char *expected)
{
	say(c, "expected %s", expected);
	say_value(c, v);
	return -EINVAL;
}

static int check_integer(const struct argument *a, const char *what, const struct postern_value *v,
			 struct complaint *c)
{
	if (v->kind == POSTERN_KIND_INTEGER && v->integer >= a->minimum && v->integer <= a->maximum)
		return 0;
	say(c, "expected %s", what);
	if (a->minimum > INT64_MIN && a->maximum < INT64_MAX)
		say(c, " from %" PRId64 " to %" PRId64, a->minimum, a->maximum);
	else if (a->minimum > INT64_MIN)
		say(c, " of at least %" PRId64, a->minimum);
	else if (a->maximum < INT64_MAX)
		say(c, " of at most %" PRId64, a->maximum);
	say_value(c, v);
	return -EINVAL;
}

static int check_length(const struct argument *a, size_t len, const char *units,
			struct complaint *c)
{
	if (len >= a->min_length && len <= a->max_length)
		return 0;
	say(c, "expected %zu to %zu %s, got %zu", a->min_length, a->max_length, units, len);
	return -EINVAL;
}

static int check_string(const struct prepared *p, const struct postern_value *v,
			struct complaint *c)
{
	regmatch_t match;
	int r;

	r = check_length(p->argument, v->text.len, "bytes", c);
	if (r < 0 || !p->pattern)
		return r;
	r = regexec(p->pattern, v->text.data, 1, &match, 0);
	if (r == 0 && match.rm_so == 0 && (size_t)match.rm_eo == v->text.len)
		return 0;
	say(c, "expected a string that matches %s", p->argument->pattern);
	say_value(c, v);
	return -EINVAL;
}

static int check_enum(const struct argument *a, const struct postern_value *v, struct complaint *c)
{
	for (size_t i = 0; i < a->values_len; i++)
		if (strcmp(a->values[i], v->text.data) == 0)
			return 0;
	say(c, "expected one of");
	for (size_t i = 0; i < a->values_len && c->used < ARGUMENT_MESSAGE_MAX / 2; i++)
		say(c, "%s %s", i ? "," : "", a->values[i]);
	say_value(c, v);
	return -EINVAL;
}

static int check_path(const struct argument *a, const struct postern_value *v, struct complaint *c)
{
	const char *s = v->text.data, *expected = form_path(s);

	if (expected)
		return wrong(c, v, expected);
	if (a->below && !path_lies_below(s, a->below)) {
		say(c, "expected a path below %s", a->below);
		say_value(c, v);
		return -EINVAL;
	}
	if (!a->below && a->exists == ARGUMENT_EXISTS_ANY)
		return 0;
	expected = path_look_up(s, a->below, a->exists);
	return expected ? wrong(c, v, expected) : 0;
}

/* The types that are strings on the wire. */
APART static int check_text(const struct prepared *p, const struct postern_value *v,
			    struct complaint *c)
{
	const struct argument *a = p->argument;
	const char *s = v->text.data, *expected = NULL;

	if (v->kind != POSTERN_KIND_STRING)
		return wrong(c, v, "a string");
	switch ((int)a->type) {
	case ARGUMENT_STRING:
		return check_string(p, v, c);
	case ARGUMENT_ENUM:
		return check_enum(a, v, c);
	case ARGUMENT_PATH:
		return check_path(a, v, c);
	case ARGUMENT_INTERFACE:
		expected = form_interface(s);
		break;
	case ARGUMENT_MAC:
		expected = form_mac(s);
		break;
	case ARGUMENT_ADDRESS:
		expected = form_address(s, a->family);
		break;
	case ARGUMENT_PREFIX:
		expected = form_prefix(s, a->family);
		break;
	case ARGUMENT_UUID:
		expected = form_uuid(s);
		break;
	case ARGUMENT_USER:
	case ARGUMENT_GROUP:
		expected = form_account(s);
		break;
	default:
		expected = "a type that this version does not take";
	}
	return expected ? wrong(c, v, expected) : 0;
}

static int check_value(const struct prepared *p, const struct postern_value *v,
		       struct complaint *c);

/* What comes in front of where it is already: it is written from the inside to the outside. */
static void inside(struct complaint *c, const char *format, ...) PRINTF_LIKE(2, 3);

static void inside(struct complaint *c, const char *format, ...)
{
	char front[ARGUMENT_WHERE_MAX];
	size_t len, behind = strlen(c->where);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(front, sizeof(front), format, args);
	va_end(args);
	len = strlen(front);
	if (len + behind >= ARGUMENT_WHERE_MAX)
		return;
	memmove(c->where + len, c->where, behind + 1);
	memcpy(c->where, front, len);
}

static int check_records(const struct prepared *p, const struct postern_value *v,
			 struct complaint *c)
{
	int r = check_length(p->argument, v->list.len, "elements", c);

	for (size_t i = 0; i < v->list.len && r == 0; i++) {
		r = check_value(p->element, &v->list.items[i], c);
		if (r < 0)
			inside(c, "[%zu]", i);
	}
	return r;
}

APART static int check_list(const struct prepared *p, const struct postern_value *v,
			    struct complaint *c)
{
	int r;

	if (v->kind != POSTERN_KIND_LIST)
		return wrong(c, v, "a list");
	if (p->element->fields)
		return check_records(p, v, c);
	r = check_length(p->argument, v->list.len, "elements", c);
	for (size_t i = 0; i < v->list.len && r == 0; i++) {
		size_t before = c->used;

		say(c, "element %zu: ", i + 1);
		r = check_value(p->element, &v->list.items[i], c);
		if (r == 0)
			c->text[c->used = before] = '\0';
	}
	return r;
}

static int check_field(const struct prepared *p, const struct postern_value *v, struct complaint *c)
{
	const bool secret = c->secret;
	struct postern_value filled;
	int r;

	if (!v || v->kind == POSTERN_KIND_NIL) {
		if (p->argument->optional && !p->argument->has_default)
			return 0;
		if (!p->argument->optional) {
			say(c, "it is missing");
			return -EINVAL;
		}
		filled = argument_default(p->argument);
		v = &filled;
	}
	c->secret |= p->argument->secret;
	r = check_value(p, v, c);
	c->secret = secret;
	return r;
}

/* A name that the record does not have; what a caller calls it is no secret's value, but foreign.
 */
static int unknown_field(const struct argument *a, const struct postern_value *key,
			 struct complaint *c)
{
	struct nearest n = {.text = key->text.data, .len = key->text.len};
	char shown[SHOWN_MAX + 1];

	for (size_t i = 0; i < a->fields_len; i++)
		nearest_offer(&n, a->fields[i].name);
	(void)text_clean(shown, sizeof(shown), key->text.data, key->text.len);
	say(c, "there is no field \"%s\"", shown);
	if (n.best) {
		say(c, ", did you mean %s?", n.best);
		return -EINVAL;
	}
	say(c, ", the fields are");
	for (size_t i = 0; i < a->fields_len && c->used < ARGUMENT_MESSAGE_MAX / 2; i++)
		say(c, "%s %s", i ? "," : "", a->fields[i].name);
	return -EINVAL;
}

APART static int check_record(const struct prepared *p, const struct postern_value *v,
			      struct complaint *c)
{
	const struct argument *a = p->argument;

	if (v->kind != POSTERN_KIND_RECORD)
		return wrong(c, v, "a record");
	for (size_t i = 0; i < v->list.len; i += 2) {
		size_t k = 0;

		while (k < a->fields_len &&
		       strcmp(a->fields[k].name, v->list.items[i].text.data) != 0)
			k++;
		if (k == a->fields_len)
			return unknown_field(a, &v->list.items[i], c);
	}
	for (size_t k = 0; k < a->fields_len; k++) {
		int r = check_field(&p->fields[k], wire_map_get(v, a->fields[k].name), c);

		if (r < 0) {
			inside(c, ".%s", a->fields[k].name);
			return r;
		}
	}
	return 0;
}

static const char *integer_noun(enum argument_type type)
{
	if (type == ARGUMENT_SIZE)
		return "a size in bytes";
	return type == ARGUMENT_DURATION ? "a duration in nanoseconds" : "an integer";
}

APART static int check_descriptor(const struct argument *a, const struct postern_value *v,
				  struct complaint *c)
{
	char message[PASSED_MESSAGE_MAX];

	if (v->kind != POSTERN_KIND_FD)
		return wrong(c, v, "a descriptor");
	if (passed_check(a, (int)v->integer, message) == 0)
		return 0;
	say(c, "%s", message);
	return -EINVAL;
}

static int check_value(const struct prepared *p, const struct postern_value *v, struct complaint *c)
{
	switch (p->kind) {
	case POSTERN_KIND_BOOLEAN:
		return v->kind == POSTERN_KIND_BOOLEAN ? 0 : wrong(c, v, "a boolean");
	case POSTERN_KIND_INTEGER:
		return check_integer(p->argument, integer_noun(p->argument->type), v, c);
	case POSTERN_KIND_BYTES:
		if (v->kind != POSTERN_KIND_BYTES)
			return wrong(c, v, "bytes");
		return check_length(p->argument, v->text.len, "bytes", c);
	case POSTERN_KIND_LIST:
		return check_list(p, v, c);
	case POSTERN_KIND_RECORD:
		return check_record(p, v, c);
	case POSTERN_KIND_STRING:
		return check_text(p, v, c);
	case POSTERN_KIND_FD:
		return check_descriptor(p->argument, v, c);
	case POSTERN_KIND_NIL:
	default:
		return wrong(c, v, "a type that this version does not take");
	}
}

/* What most values are, told without a word. */
static inline bool fits_plainly(const struct prepared *p, const struct postern_value *v)
{
	const struct argument *a = p->argument;

	if (v->kind == POSTERN_KIND_NIL)
		return a->optional;
	if (v->kind != p->kind)
		return false;
	if (v->kind == POSTERN_KIND_BYTES)
		return v->text.len >= a->min_length && v->text.len <= a->max_length;
	if (v->kind == POSTERN_KIND_INTEGER)
		return v->integer >= a->minimum && v->integer <= a->maximum;
	return v->kind == POSTERN_KIND_BOOLEAN;
}

APART static int check(const struct prepared *p, const struct postern_value *v,
		       struct argument_misfit *ret)
{
	struct complaint c = {
		.text = ret->message, .where = ret->where, .secret = p->argument->secret};

	ret->message[0] = '\0';
	ret->where[0] = '\0';
	return check_value(p, v, &c);
}

int argument_check(const struct argument_checks *c, size_t index, const struct postern_value *v,
		   struct argument_misfit *ret)
{
	const struct prepared *p = &c->arguments[index];

	return fits_plainly(p, v) ? 0 : check(p, v, ret);
}

int argument_check_result(const struct argument_checks *c, const struct postern_value *v,
			  struct argument_misfit *ret)
{
	return fits_plainly(&c->result, v) ? 0 : check(&c->result, v, ret);
}

bool argument_checks_descriptors(const struct argument_checks *c)
{
	return c->descriptors;
}

bool argument_checks_records(const struct argument_checks *c)
{
	return c->records;
}

struct postern_value argument_default(const struct argument *a)
{
	struct postern_value v = {.kind = argument_kind(a->type)};

	if (v.kind == POSTERN_KIND_BOOLEAN) {
		v.boolean = a->default_number != 0;
	} else if (v.kind == POSTERN_KIND_INTEGER) {
		v.integer = a->default_number;
	} else {
		v.text.data = a->default_text;
		v.text.len = strlen(a->default_text);
	}
	return v;
}
