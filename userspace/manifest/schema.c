/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing the tables as a JSON Schema. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "manifest/argument_read.h"
#include "manifest/draft.h"
#include "manifest/json.h"
#include "manifest/netlink_read.h"
#include "manifest/schema.h"

static void shape_write(struct json *j, const struct shape *s);

static void type_write(struct json *j, const char *type)
{
	json_string(j, "type", type);
}

static void words_write(struct json *j, const struct shape *s)
{
	json_open(j, "enum", '[');
	for (size_t i = 0; i < s->words_len; i++)
		if (!s->words[i].refused)
			json_string(j, NULL, s->words[i].word);
	json_close(j, ']');
}

static void capabilities_write(struct json *j)
{
	char name[CAPABILITY_TEXT_MAX];

	json_open(j, "enum", '[');
	for (unsigned i = 0; i < CAPABILITIES_MAX; i++)
		if (capability_allowed_name(i, name))
			json_string(j, NULL, name);
	json_close(j, ']');
}

static void range_write(struct json *j, const struct shape *s)
{
	type_write(j, "integer");
	if (s->minimum != INT64_MIN)
		json_number(j, "minimum", s->minimum);
	if (s->maximum != INT64_MAX)
		json_number(j, "maximum", s->maximum);
}

static void text_write(struct json *j, const struct shape *s)
{
	type_write(j, "string");
	if (s->pattern)
		json_string(j, "pattern", s->pattern);
	if (s->text_max)
		json_number(j, "maxLength", (int64_t)s->text_max);
}

/* "anyOf" with two alternatives. */
static void either_write(struct json *j, const struct shape *s,
			 void (*first)(struct json *j, const struct shape *s),
			 void (*second)(struct json *j, const struct shape *s))
{
	json_open(j, "anyOf", '[');
	json_open(j, NULL, '{');
	first(j, s);
	json_close(j, '}');
	json_open(j, NULL, '{');
	second(j, s);
	json_close(j, '}');
	json_close(j, ']');
}

static void scalar_write(struct json *j, const struct shape *s)
{
	switch (s->look) {
	case LOOK_TEXT:
		json_open(j, "type", '[');
		json_string(j, NULL, "string");
		json_string(j, NULL, "number");
		json_string(j, NULL, "boolean");
		json_close(j, ']');
		if (s->text_max)
			json_number(j, "maxLength", (int64_t)s->text_max);
		return;
	case LOOK_STRING:
		if (s->words && s->pattern)
			either_write(j, s, words_write, text_write);
		else if (s->words)
			words_write(j, s);
		else
			text_write(j, s);
		return;
	case LOOK_BOOLEAN:
		type_write(j, "boolean");
		return;
	case LOOK_INTEGER:
		range_write(j, s);
		return;
	case LOOK_TEXT_OR_N:
		either_write(j, s, range_write, text_write);
		return;
	case LOOK_CAPABILITY:
		capabilities_write(j);
		return;
	case LOOK_TYPE:
		return; /* written by types_write(), which knows the role */
	}
}

static void default_write(struct json *j, const struct key *key)
{
	bool digits = strspn(key->otherwise, "-0123456789") == strlen(key->otherwise);

	if (digits || key->shape->look == LOOK_BOOLEAN)
		json_literal(j, "default", key->otherwise);
	else
		json_string(j, "default", key->otherwise);
}

static void key_write(struct json *j, const struct key *key)
{
	json_open(j, key->name, '{');
	json_string(j, "description", key->doc);
	shape_write(j, key->shape);
	if (key->otherwise)
		default_write(j, key);
	json_close(j, '}');
}

/* Whether a row of a key table holds for the type (or any: ARGUMENT_TYPES) and the role. */
static bool key_holds(const struct key *key, unsigned type, unsigned role)
{
	return (type == ARGUMENT_TYPES || !key->types || (key->types & TYPE_BIT(type))) &&
	       (!key->roles || (key->roles & role));
}

static void required_write(struct json *j, const struct key *keys, size_t len, unsigned type,
			   unsigned role)
{
	bool any = false;

	for (size_t i = 0; i < len; i++)
		any |= keys[i].required && key_holds(&keys[i], type, role);
	if (!any)
		return;
	json_open(j, "required", '[');
	for (size_t i = 0; i < len; i++)
		if (keys[i].required && key_holds(&keys[i], type, role))
			json_string(j, NULL, keys[i].name);
	json_close(j, ']');
}

void schema_keyed_write(struct json *j, const struct shape *s)
{
	if (s->may_be_empty) {
		json_open(j, "type", '[');
		json_string(j, NULL, "object");
		json_string(j, NULL, "null");
		json_close(j, ']');
	} else {
		type_write(j, "object");
	}
	json_literal(j, "additionalProperties", "false");
	if (s->least)
		json_number(j, "minProperties", (int64_t)s->least);
	required_write(j, s->keys, s->keys_len, ARGUMENT_TYPES, ROLE_ANY);
	json_open(j, "properties", '{');
	for (size_t i = 0; i < s->keys_len; i++)
		key_write(j, &s->keys[i]);
	json_close(j, '}');
}

static void named_write(struct json *j, const struct shape *s)
{
	type_write(j, "object");
	if (s->least)
		json_number(j, "minProperties", (int64_t)s->least);
	json_number(j, "maxProperties", (int64_t)s->most);
	json_open(j, "propertyNames", '{');
	shape_write(j, s->names);
	json_close(j, '}');
	json_open(j, "additionalProperties", '{');
	shape_write(j, s->element);
	json_close(j, '}');
}

static void list_of_write(struct json *j, const struct shape *s, const struct shape *element)
{
	type_write(j, "array");
	if (s->least)
		json_number(j, "minItems", (int64_t)s->least);
	json_number(j, "maxItems", (int64_t)s->most);
	json_literal(j, "uniqueItems", "true");
	json_open(j, "items", '{');
	shape_write(j, element);
	json_close(j, '}');
}

static void list_write(struct json *j, const struct shape *s)
{
	list_of_write(j, s, s->element);
}

/* The names of a mapping as a list. */
static void names_write(struct json *j, const struct shape *s)
{
	list_of_write(j, s, s->names);
}

/* The mapping that may stand for a list or a word. */
static void other_keyed_write(struct json *j, const struct shape *s)
{
	schema_keyed_write(j, s);
	if (s->form == FORM_SCALAR_OR_KEYED && !s->whole)
		json_number(j, "maxProperties", 1);
}

static void shape_write(struct json *j, const struct shape *s)
{
	char reference[64];

	switch (s->form) {
	case FORM_SCALAR:
		scalar_write(j, s);
		return;
	case FORM_LIST:
		list_write(j, s);
		return;
	case FORM_KEYED:
		schema_keyed_write(j, s);
		return;
	case FORM_NAMED:
		named_write(j, s);
		return;
	case FORM_LIST_OR_NAMED:
		either_write(j, s, names_write, named_write);
		return;
	case FORM_LIST_OR_KEYED:
		either_write(j, s, list_write, other_keyed_write);
		return;
	case FORM_SCALAR_OR_KEYED:
		either_write(j, s, scalar_write, other_keyed_write);
		return;
	case FORM_NETLINK:
		netlink_schema_write(j);
		return;
	case FORM_ARGUMENT:
		(void)snprintf(reference, sizeof(reference), "#/$defs/%s", s->name);
		json_string(j, "$ref", reference);
		return;
	}
}

static bool type_holds(unsigned type, enum role role)
{
	return !argument_types[type].refused && !(argument_types[type].not_for & role);
}

/* A type that needs a key besides its name has no short form. */
static bool type_is_short(unsigned type, enum role role)
{
	for (size_t i = 0; i < argument_keys_len; i++)
		if (argument_keys[i].required && argument_keys[i].types &&
		    key_holds(&argument_keys[i], type, role))
			return false;
	return type_holds(type, role);
}

static void types_write(struct json *j, enum role role, bool (*holds)(unsigned, enum role))
{
	json_open(j, "enum", '[');
	for (unsigned type = 0; type < ARGUMENT_TYPES; type++)
		if (holds(type, role))
			json_string(j, NULL, argument_types[type].word);
	json_close(j, ']');
}

/* "if the type is so, then these are the keys": editors then complain about one key, and not about
 * every alternative of a long list. */
static void type_rule_write(struct json *j, unsigned type, enum role role)
{
	json_open(j, NULL, '{');
	json_open(j, "if", '{');
	json_open(j, "properties", '{');
	json_open(j, "type", '{');
	json_string(j, "const", argument_types[type].word);
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, '}');
	json_open(j, "then", '{');
	json_literal(j, "additionalProperties", "false");
	required_write(j, argument_keys, argument_keys_len, type, role);
	json_open(j, "properties", '{');
	for (size_t i = 0; i < argument_keys_len; i++)
		if (key_holds(&argument_keys[i], type, role))
			key_write(j, &argument_keys[i]);
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, '}');
}

static void argument_write(struct json *j, const struct shape *s)
{
	json_open(j, s->name, '{');
	json_open(j, "if", '{');
	type_write(j, "object");
	json_close(j, '}');
	json_open(j, "then", '{');
	json_open(j, "properties", '{');
	json_open(j, "type", '{');
	types_write(j, s->role, type_holds);
	json_close(j, '}');
	json_close(j, '}');
	json_open(j, "required", '[');
	json_string(j, NULL, "type");
	json_close(j, ']');
	json_open(j, "allOf", '[');
	for (unsigned type = 0; type < ARGUMENT_TYPES; type++)
		if (type_holds(type, s->role))
			type_rule_write(j, type, s->role);
	json_close(j, ']');
	json_close(j, '}');
	json_open(j, "else", '{');
	types_write(j, s->role, type_is_short);
	json_close(j, '}');
	json_close(j, '}');
}

/* draft.c, module_check() */
static void module_write(struct json *j)
{
	static const char *const keys[] = {"module", "python"};

	json_open(j, "oneOf", '[');
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_open(j, NULL, '{');
		json_open(j, "required", '[');
		json_string(j, NULL, keys[i]);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

int manifest_schema_print(FILE *to)
{
	struct json j = {.to = to};

	json_open(&j, NULL, '{');
	json_string(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_string(&j, "title", "A context of Postern");
	json_string(&j, "description", "The manifest of a context: contexts/NAME/context.yaml");
	schema_keyed_write(&j, &context_shape);
	module_write(&j);
	json_open(&j, "$defs", '{');
	argument_write(&j, &argument_shape);
	argument_write(&j, &result_shape);
	argument_write(&j, &element_shape);
	argument_write(&j, &result_element_shape);
	argument_write(&j, &field_shape);
	argument_write(&j, &result_field_shape);
	argument_write(&j, &field_element_shape);
	netlink_definition_write(&j);
	json_close(&j, '}');
	json_close(&j, '}');
	(void)fputc('\n', to);
	return fflush(to) != 0 || ferror(to) ? -EIO : 0;
}
