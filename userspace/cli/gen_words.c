/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words that say what a value must be. */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "cli/gen.h"

enum gen_form gen_form(const struct argument *a)
{
	static const enum gen_form forms[] = {
		[POSTERN_KIND_NIL] = GEN_NOTHING,     [POSTERN_KIND_BOOLEAN] = GEN_BOOLEAN,
		[POSTERN_KIND_INTEGER] = GEN_INTEGER, [POSTERN_KIND_STRING] = GEN_STRING,
		[POSTERN_KIND_BYTES] = GEN_BYTES,     [POSTERN_KIND_LIST] = GEN_LIST,
		[POSTERN_KIND_RECORD] = GEN_RECORD,   [POSTERN_KIND_FD] = GEN_FD,
	};

	return a->type == ARGUMENT_ENUM ? GEN_ENUM : forms[argument_kind(a->type)];
}

static void number_write(FILE *to, enum argument_type type, int64_t n)
{
	char text[UNITS_TEXT_MAX];

	if (type == ARGUMENT_SIZE && n >= 0)
		(void)fputs(units_format_size(text, (uint64_t)n), to);
	else if (type == ARGUMENT_DURATION && n >= 0)
		(void)fputs(units_format_duration(text, (uint64_t)n), to);
	else
		(void)fprintf(to, "%" PRId64, n);
}

static void range_write(FILE *to, const struct argument *a)
{
	bool low = a->minimum != (a->type == ARGUMENT_INTEGER ? INT64_MIN : 0);
	bool high = a->maximum != INT64_MAX;

	if (!low && !high)
		return;
	(void)fputs(low && high ? ", from " : low ? ", at least " : ", at most ", to);
	if (low)
		number_write(to, a->type, a->minimum);
	if (low && high)
		(void)fputs(" to ", to);
	if (high)
		number_write(to, a->type, a->maximum);
}

static void length_write(FILE *to, const struct argument *a, const char *unit)
{
	if (a->min_length == a->max_length)
		(void)fprintf(to, "%zu %s", a->max_length, unit);
	else if (a->min_length > 0)
		(void)fprintf(to, "%zu to %zu %s", a->min_length, a->max_length, unit);
	else
		(void)fprintf(to, "at most %zu %s", a->max_length, unit);
}

static void words_write(FILE *to, const struct argument *a, gen_text_fn literal)
{
	(void)fputs("one of ", to);
	for (size_t i = 0; i < a->values_len; i++) {
		if (i > 0)
			(void)fputs(", ", to);
		literal(to, a->values[i]);
	}
}

static void path_write(FILE *to, const struct argument *a, gen_text_fn literal)
{
	(void)fputs("absolute path", to);
	if (a->below) {
		(void)fputs(" in or below ", to);
		literal(to, a->below);
	}
	if (a->exists != ARGUMENT_EXISTS_ANY)
		(void)fputs(a->exists == ARGUMENT_EXISTS_MUST ? ", which exists"
							      : ", which does not exist yet",
			    to);
}

static void descriptor_write(FILE *to, const struct argument *a)
{
	static const char *const modes[] = {
		[ARGUMENT_FD_READ] = "to read",
		[ARGUMENT_FD_WRITE] = "to write",
		[ARGUMENT_FD_READ_WRITE] = "to read and write",
	};
	unsigned left = a->fd_kinds;

	(void)fputs("descriptor of a ", to);
	for (unsigned kind = 0; kind < ARGUMENT_FD_KINDS; kind++) {
		if (!(a->fd_kinds & 1u << kind))
			continue;
		left &= ~(1u << kind);
		(void)fputs(kind == ARGUMENT_FD_SOCKET ? "connected stream socket"
			    : kind == ARGUMENT_FD_MEMFD && a->fd_mode == ARGUMENT_FD_READ
				    ? "sealed memfd"
				    : argument_fd_kind_name(kind),
			    to);
		(void)fputs(!left ? "" : left & (left - 1) ? ", " : " or ", to);
	}
	(void)fprintf(to, " %s", modes[a->fd_mode]);
}

/* Types that have a name and nothing else to say. */
static const char *const type_words[ARGUMENT_TYPES] = {
	[ARGUMENT_NONE] = "nothing",
	[ARGUMENT_BOOLEAN] = "boolean",
	[ARGUMENT_INTEGER] = "integer",
	[ARGUMENT_INTERFACE] = "name of a network interface",
	[ARGUMENT_MAC] = "MAC address (02:00:5e:10:00:ff)",
	[ARGUMENT_ADDRESS] = "address",
	[ARGUMENT_PREFIX] = "prefix (address/length)",
	[ARGUMENT_UUID] = "UUID in lower case",
	[ARGUMENT_USER] = "name of a user",
	[ARGUMENT_GROUP] = "name of a group",
	[ARGUMENT_SIZE] = "size in bytes",
	[ARGUMENT_DURATION] = "duration in nanoseconds",
};

static void scalar_write(FILE *to, const struct argument *a, gen_text_fn literal)
{
	if (a->type == ARGUMENT_STRING || a->type == ARGUMENT_BYTES) {
		(void)fputs(a->type == ARGUMENT_STRING ? "text of " : "bytes, ", to);
		length_write(to, a, a->type == ARGUMENT_STRING ? "bytes" : "of them");
		if (a->pattern) {
			(void)fputs(", which as a whole matches ", to);
			literal(to, a->pattern);
		}
	} else if (a->type == ARGUMENT_ENUM) {
		words_write(to, a, literal);
	} else if (a->type == ARGUMENT_PATH) {
		path_write(to, a, literal);
	} else if (a->type == ARGUMENT_FD) {
		descriptor_write(to, a);
	} else {
		if (a->family != ARGUMENT_FAMILY_ANY)
			(void)fprintf(to, "IPv%d ", (int)a->family);
		else if (a->type == ARGUMENT_ADDRESS || a->type == ARGUMENT_PREFIX)
			(void)fputs("IPv4 or IPv6 ", to);
		(void)fputs(type_words[a->type] ? type_words[a->type] : "value", to);
		if (gen_form(a) == GEN_INTEGER)
			range_write(to, a);
	}
}

static void as_it_is(FILE *to, const char *text)
{
	(void)fputs(text, to);
}

static void default_write(FILE *to, const struct argument *a, gen_text_fn literal)
{
	(void)fputs("; when it is left out: ", to);
	if (a->default_text && !*a->default_text)
		(void)fputs("empty", to);
	else if (a->default_text)
		literal(to, a->default_text);
	else if (a->type == ARGUMENT_BOOLEAN)
		(void)fputs(a->default_number ? "true" : "false", to);
	else
		number_write(to, a->type, a->default_number);
}

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
static void record_write(FILE *to, const struct argument *a, gen_text_fn literal)
{
	(void)fputs("record of ", to);
	for (size_t i = 0; i < a->fields_len; i++) {
		(void)fprintf(to, "%s%s (", i ? ", " : "", a->fields[i].name);
		gen_constraint(to, &a->fields[i], literal);
		(void)fputc(')', to);
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
void gen_constraint(FILE *to, const struct argument *a, gen_text_fn literal)
{
	const struct argument *one = a->type == ARGUMENT_LIST ? a->element : a;

	if (!literal)
		literal = as_it_is;
	if (a->type == ARGUMENT_LIST) {
		(void)fputs("list of ", to);
		length_write(to, a, "elements");
		(void)fputs(", each: ", to);
	}
	if (one->type == ARGUMENT_RECORD)
		record_write(to, one, literal);
	else
		scalar_write(to, one, literal);
	if (a->has_default)
		default_write(to, a, literal);
	else if (a->optional)
		(void)fputs("; optional", to);
	if (a->secret)
		(void)fputs("; secret: in no log, event or error", to);
}

char *gen_constraint_text(const struct argument *a)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return NULL;
	gen_constraint(to, a, NULL);
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}
