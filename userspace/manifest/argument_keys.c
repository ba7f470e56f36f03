/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of the keys that an argument's type takes. */
#include <string.h>

#include "base/units.h"
#include "manifest/argument_read.h"
#include "manifest/pattern.h"
#include "manifest/values.h"

/* A list's elements: each takes a byte of the record at least. */
#define LIST_LENGTH_MAX 16384
#define ENUM_VALUES_MAX 256
#define ENUM_BYTES_MAX	255

/* Adds to the argument's values. */
static void take_value(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	struct argument *a = field;
	char **values;

	(void)s;
	if (v->len == 0) {
		problem(r, v->place, text_make("an enum's value is empty"), text_make("remove it"));
		return;
	}
	for (size_t i = 0; i < a->values_len; i++) {
		if (strcmp(a->values[i], v->text) != 0)
			continue;
		problem(r, v->place, text_make("%s is listed twice", QUOTE(v->text, v->len)),
			text_make("remove one"));
		return;
	}
	values = reallocarray(a->values, a->values_len + 1, sizeof(*values));
	if (!values) {
		r->no_memory = true;
		return;
	}
	a->values = values;
	values[a->values_len] = NULL;
	text_store(r, &values[a->values_len], v->text, v->len);
	if (values[a->values_len])
		a->values_len++;
}

/* The type is read before all other keys, by argument.c: here it only counts as known. */
static void take_nothing(struct reader *r, const struct shape *s, const struct scalar *v,
			 void *field)
{
	(void)r;
	(void)s;
	(void)v;
	(void)field;
}

static const struct shape type_key_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TYPE,
	.wants = "a type",
	.example = "string",
	.take = take_nothing,
};

static const struct shape boolean_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_BOOLEAN,
	.wants = "true or false",
	.example = "true",
	.take = take_boolean,
};

static const struct shape integer_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_INTEGER,
	.wants = "a whole number",
	.example = "100",
	.take = take_i64,
	.minimum = INT64_MIN,
	.maximum = INT64_MAX,
};

static const struct shape size_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TEXT_OR_N,
	.pattern = UNITS_SIZE_PATTERN,
	.wants = "a size",
	.example = "10 MiB",
	.take = take_size,
	.maximum = INT64_MAX,
};

static const struct shape duration_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = UNITS_DURATION_PATTERN,
	.wants = "a duration",
	.example = "5s",
	.take = take_duration,
	.maximum = INT64_MAX,
};

static const struct shape bytes_length_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_INTEGER,
	.wants = "a number of bytes",
	.example = "4096",
	.take = take_length,
	.maximum = (int64_t)ARGUMENT_BYTES_MAX,
};

static const struct shape list_length_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_INTEGER,
	.wants = "a number of elements",
	.example = "16",
	.take = take_length,
	.maximum = LIST_LENGTH_MAX,
};

static const struct shape pattern_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "a regular expression",
	.example = "'[a-z]+'",
	.take = take_pattern,
	.text_max = PATTERN_BYTES_MAX,
};

static const struct shape value_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TEXT,
	.wants = "a word",
	.example = "up",
	.take = take_value,
	.text_max = ENUM_BYTES_MAX,
};

static const struct shape values_shape = {
	.form = FORM_LIST,
	.wants = "a list of words",
	.example = "[up, down]",
	.element = &value_shape,
	.least = 1,
	.most = ENUM_VALUES_MAX,
};

static const struct shape directory_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = PATH_PATTERN,
	.wants = "a directory's absolute path",
	.example = "/srv/data",
	.take = take_path,
};

static const struct word exists_words[] = {
	{.word = "any", .value = ARGUMENT_EXISTS_ANY},
	{.word = "must", .value = ARGUMENT_EXISTS_MUST},
	{.word = "must_not", .value = ARGUMENT_EXISTS_MUST_NOT},
};

static const struct shape exists_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "any, must or must_not",
	.example = "must",
	.take = take_word,
	.words = exists_words,
	.words_len = ARRAY_SIZE(exists_words),
};

static const struct word family_words[] = {
	{.word = "any", .value = ARGUMENT_FAMILY_ANY},
	{.word = "ipv4", .value = ARGUMENT_FAMILY_IPV4},
	{.word = "ipv6", .value = ARGUMENT_FAMILY_IPV6},
};

static const struct shape family_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "any, ipv4 or ipv6",
	.example = "ipv4",
	.take = take_word,
	.words = family_words,
	.words_len = ARRAY_SIZE(family_words),
};

static void *field_add(struct reader *r, const struct scalar *name, void *target)
{
	struct argument *a = target;
	struct argument *field = array_add(r, &a->fields, &a->fields_len, sizeof(*field));

	if (!field)
		return NULL;
	name_check(r, name, "a field", false, ARGUMENT_NAME_MAX);
	text_store(r, &field->name, name->text, name->len);
	return field;
}

static const struct shape field_name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = ARGUMENT_NAME_PATTERN,
	.wants = "a field's name",
	.example = "address",
	.text_max = ARGUMENT_NAME_MAX,
};

#define FIELDS_SHAPE(shape_name, of)                                                               \
	static const struct shape shape_name = {                                                   \
		.form = FORM_NAMED,                                                                \
		.wants = "a mapping from names to types",                                          \
		.example = "{address: address}",                                                   \
		.names = &field_name_shape,                                                        \
		.element = &(of),                                                                  \
		.least = 1,                                                                        \
		.most = FIELDS_MAX,                                                                \
		.add = field_add,                                                                  \
	}

FIELDS_SHAPE(fields_shape, field_shape);
FIELDS_SHAPE(result_fields_shape, result_field_shape);

/* Like the type, it is read by argument.c: what it has to be, the other keys say. */
static const struct shape default_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TEXT,
	.wants = "a value of the type",
	.example = "up",
	.take = take_nothing,
	.text_max = ARGUMENT_BYTES_MAX,
};

#define FIELD(name) offsetof(struct argument, name)
#define TEXTUAL	    (TYPE_BIT(ARGUMENT_STRING) | TYPE_BIT(ARGUMENT_BYTES))
#define IP	    (TYPE_BIT(ARGUMENT_ADDRESS) | TYPE_BIT(ARGUMENT_PREFIX))
#define NOT_NONE    (~TYPE_BIT(ARGUMENT_NONE))
#define HAS_SECRETS (~(TYPE_BIT(ARGUMENT_NONE) | TYPE_BIT(ARGUMENT_FD)))
#define HAS_DEFAULT                                                                                \
	(NOT_NONE & ~(TYPE_BIT(ARGUMENT_BYTES) | TYPE_BIT(ARGUMENT_LIST) | TYPE_BIT(ARGUMENT_FD) | \
		      TYPE_BIT(ARGUMENT_RECORD)))

const struct key argument_keys[] = {
	{"type", &type_key_shape, 0, .required = true, .doc = "The type."},
	{"optional", &boolean_shape, FIELD(optional), .otherwise = "false",
	 .doc = "It may be left out.", .roles = ROLE_ARGUMENT | ROLE_FIELDS},
	{"default", &default_shape, 0,
	 .doc = "The value when it is left out, which it may be then.", .types = HAS_DEFAULT,
	 .roles = ROLE_ARGUMENT | ROLE_FIELD},
	{"secret", &boolean_shape, FIELD(secret), .otherwise = "false",
	 .doc = "The value appears in no log, event or error.", .types = HAS_SECRETS,
	 .roles = ROLE_ARGUMENT | ROLE_RESULT | ROLE_FIELDS},
	{"minimum", &integer_shape, FIELD(minimum), .otherwise = "-9223372036854775808",
	 .doc = "The least value allowed.", .types = TYPE_BIT(ARGUMENT_INTEGER)},
	{"maximum", &integer_shape, FIELD(maximum), .otherwise = "9223372036854775807",
	 .doc = "The greatest value allowed.", .types = TYPE_BIT(ARGUMENT_INTEGER)},
	{"minimum", &size_shape, FIELD(minimum), .otherwise = "0", .doc = "The least size allowed.",
	 .types = TYPE_BIT(ARGUMENT_SIZE)},
	{"maximum", &size_shape, FIELD(maximum), .otherwise = "9223372036854775807",
	 .doc = "The greatest size allowed.", .types = TYPE_BIT(ARGUMENT_SIZE)},
	{"minimum", &duration_shape, FIELD(minimum), .otherwise = "0s",
	 .doc = "The least duration allowed.", .types = TYPE_BIT(ARGUMENT_DURATION)},
	{"maximum", &duration_shape, FIELD(maximum), .otherwise = "9223372036854775807ns",
	 .doc = "The greatest duration allowed.", .types = TYPE_BIT(ARGUMENT_DURATION)},
	{"min_length", &bytes_length_shape, FIELD(min_length), .otherwise = "0",
	 .doc = "The least number of bytes.", .types = TEXTUAL},
	{"max_length", &bytes_length_shape, FIELD(max_length), .otherwise = "4096",
	 .doc = "The greatest number of bytes.", .types = TEXTUAL},
	{"min_length", &list_length_shape, FIELD(min_length), .otherwise = "0",
	 .doc = "The least number of elements.", .types = TYPE_BIT(ARGUMENT_LIST)},
	{"max_length", &list_length_shape, FIELD(max_length), .otherwise = "256",
	 .doc = "The greatest number of elements.", .types = TYPE_BIT(ARGUMENT_LIST)},
	{"pattern", &pattern_shape, FIELD(pattern),
	 .doc = "A POSIX extended regular expression that the whole value must match.",
	 .types = TYPE_BIT(ARGUMENT_STRING)},
	{"values", &values_shape, 0, .required = true,
	 .doc = "The words of which the value is one.", .types = TYPE_BIT(ARGUMENT_ENUM)},
	{"below", &directory_shape, FIELD(below),
	 .doc = "The directory in or below which the path must lie.",
	 .types = TYPE_BIT(ARGUMENT_PATH)},
	{"exists", &exists_shape, FIELD(exists), .otherwise = "any",
	 .doc = "Whether the path must exist, must not exist, or either.",
	 .types = TYPE_BIT(ARGUMENT_PATH)},
	{"family", &family_shape, FIELD(family), .otherwise = "any", .doc = "The address family.",
	 .types = IP},
	{"kinds", &argument_fd_kinds_shape, 0, .required = true,
	 .doc = "What the descriptor may be.", .types = TYPE_BIT(ARGUMENT_FD)},
	{"mode", &argument_fd_mode_shape, FIELD(fd_mode), .otherwise = "read",
	 .doc = "What the descriptor is open for.", .types = TYPE_BIT(ARGUMENT_FD)},
	{"element", &element_shape, FIELD(element), .required = true,
	 .doc = "The type of each element: a scalar type or a record.",
	 .types = TYPE_BIT(ARGUMENT_LIST), .roles = ROLE_ARGUMENT},
	{"element", &result_element_shape, FIELD(element), .required = true,
	 .doc = "The type of each element: a scalar type or a record.",
	 .types = TYPE_BIT(ARGUMENT_LIST), .roles = ROLE_RESULT},
	{"element", &field_element_shape, FIELD(element), .required = true,
	 .doc = "The type of each element: a scalar type.", .types = TYPE_BIT(ARGUMENT_LIST),
	 .roles = ROLE_FIELDS},
	{"fields", &fields_shape, 0, .required = true,
	 .doc = "The record's fields by name, and their types.", .types = TYPE_BIT(ARGUMENT_RECORD),
	 .roles = ROLE_ARGUMENT | ROLE_ELEMENT},
	{"fields", &result_fields_shape, 0, .required = true,
	 .doc = "The record's fields by name, and their types.", .types = TYPE_BIT(ARGUMENT_RECORD),
	 .roles = ROLE_RESULT | ROLE_RESULT_ELEMENT},
};

const size_t argument_keys_len = ARRAY_SIZE(argument_keys);
