/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of argument types and the keys that each takes, and reading them. */
#include <string.h>

#include "base/nearest.h"
#include "manifest/argument_read.h"
#include "manifest/values.h"

const struct word argument_types[ARGUMENT_TYPES] = {
	[ARGUMENT_NONE] = {"none", ARGUMENT_NONE, NULL, ROLE_ANY & ~ROLE_RESULT},
	[ARGUMENT_BOOLEAN] = {"boolean", ARGUMENT_BOOLEAN, NULL, 0},
	[ARGUMENT_INTEGER] = {"integer", ARGUMENT_INTEGER, NULL, 0},
	[ARGUMENT_STRING] = {"string", ARGUMENT_STRING, NULL, 0},
	[ARGUMENT_BYTES] = {"bytes", ARGUMENT_BYTES, NULL, 0},
	[ARGUMENT_ENUM] = {"enum", ARGUMENT_ENUM, NULL, 0},
	[ARGUMENT_PATH] = {"path", ARGUMENT_PATH, NULL, 0},
	[ARGUMENT_INTERFACE] = {"interface", ARGUMENT_INTERFACE, NULL, 0},
	[ARGUMENT_MAC] = {"mac", ARGUMENT_MAC, NULL, 0},
	[ARGUMENT_ADDRESS] = {"address", ARGUMENT_ADDRESS, NULL, 0},
	[ARGUMENT_PREFIX] = {"prefix", ARGUMENT_PREFIX, NULL, 0},
	[ARGUMENT_UUID] = {"uuid", ARGUMENT_UUID, NULL, 0},
	[ARGUMENT_USER] = {"user", ARGUMENT_USER, NULL, 0},
	[ARGUMENT_GROUP] = {"group", ARGUMENT_GROUP, NULL, 0},
	[ARGUMENT_SIZE] = {"size", ARGUMENT_SIZE, NULL, 0},
	[ARGUMENT_DURATION] = {"duration", ARGUMENT_DURATION, NULL, 0},
	[ARGUMENT_LIST] = {"list", ARGUMENT_LIST, NULL, ROLE_ELEMENTS},
	[ARGUMENT_FD] = {"fd", ARGUMENT_FD, NULL, ROLE_FIELDS | ROLE_ELEMENTS},
	[ARGUMENT_RECORD] = {"record", ARGUMENT_RECORD, NULL, ROLE_FIELDS | ROLE_FIELD_ELEMENT},
};

const char *argument_type_name(enum argument_type type)
{
	return (unsigned)type < ARGUMENT_TYPES ? argument_types[type].word : NULL;
}

static const struct shape type_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TYPE,
	.wants = "a type",
	.example = "string",
	.take = take_word,
	.words = argument_types,
	.words_len = ARGUMENT_TYPES,
};

static const char *role_name(unsigned role)
{
	if (role & ROLE_ELEMENTS)
		return "a list's element";
	if (role & ROLE_RESULT_FIELD)
		return "a field of a result";
	if (role & ROLE_FIELD)
		return "a field";
	return role & ROLE_RESULT ? "a result" : "an argument";
}

void argument_key_misfit(struct reader *r, const struct key *keys, size_t len, struct filter filter,
			 const char *what, const struct scalar *name)
{
	struct key any = {};

	for (size_t i = 0; i < len; i++) {
		if (strcmp(keys[i].name, name->text) != 0)
			continue;
		any.types |= keys[i].types;
		any.roles |= keys[i].roles;
	}
	if (any.roles && !(any.roles & filter.role)) {
		problem(r, name->place,
			text_make("\"%s\" does not fit %s", name->text, role_name(filter.role)),
			text_make("remove it"));
		return;
	}
	for (unsigned type = 0; type < ARGUMENT_TYPES; type++)
		if (filter.types == TYPE_BIT(type))
			problem(r, name->place,
				text_make("\"%s\" does not fit type %s of %s", name->text,
					  argument_types[type].word, what),
				text_make("remove it, or change the type"));
}

static const char *type_instead(unsigned role, unsigned type)
{
	if (type == ARGUMENT_FD)
		return "give each descriptor an argument of its own";
	if (type == ARGUMENT_RECORD)
		return "there are no records within records: use fields of their own";
	if (role & ROLE_ELEMENTS)
		return "use a scalar type, such as string";
	return role & ROLE_FIELDS ? "leave the field out" : "leave the argument out";
}

/* Puts the type into the argument; says what is wrong with it. */
static bool type_take(struct reader *r, const struct shape *s, const struct scalar *v,
		      struct argument *a)
{
	unsigned value = ARGUMENT_TYPES;
	struct shape types = type_shape;

	types.role = s->role;
	take_word(r, &types, v, &value);
	if (value == ARGUMENT_TYPES)
		return false;
	if (argument_types[value].not_for & s->role) {
		problem(r, v->place,
			text_make("%s cannot have type %s", role_name(s->role),
				  argument_types[value].word),
			text_make("%s", type_instead(s->role, value)));
		return false;
	}
	a->type = value;
	return true;
}

static void argument_short(struct reader *r, const struct shape *s, const struct scalar *v,
			   struct argument *a)
{
	struct filter filter = {.role = s->role};

	if (!type_take(r, s, v, a))
		return;
	filter.types = TYPE_BIT(a->type);
	mapping_defaults(r, argument_keys, argument_keys_len, filter, a);
	for (size_t i = 0; i < argument_keys_len; i++) {
		const struct key *key = &argument_keys[i];

		if (key->required && (key->types & filter.types) &&
		    (!key->roles || (key->roles & s->role)))
			problem(r, v->place,
				text_make("type %s of %s needs the key \"%s\"", v->text, v->label,
					  key->name),
				text_make("write {type: %s, %s: %s}", v->text, key->name,
					  key->shape->example));
	}
}

static void range_check(struct reader *r, const yaml_node_t *node, const char *low,
			const char *high)
{
	int index = mapping_find(r, node, low);
	const yaml_node_t *at;

	index = index ? index : mapping_find(r, node, high);
	at = yaml_document_get_node(r->document, index);
	problem(r, node_place(at ? at : node), text_make("\"%s\" is above \"%s\"", low, high),
		text_make("exchange them; one that is left out has its default"));
}

static bool holds_path(const struct argument *a)
{
	for (size_t i = 0; i < a->fields_len; i++)
		if (holds_path(&a->fields[i]))
			return true;
	return a->type == ARGUMENT_PATH || (a->element && holds_path(a->element));
}

/* The kernel's denials name what was to be opened, and it does not know what is secret. */
static void secret_check(struct reader *r, const struct shape *s, const char *label,
			 const yaml_node_t *node, const struct argument *a)
{
	if (!a->secret || !(s->role & (ROLE_ARGUMENT | ROLE_FIELD)) || !holds_path(a))
		return;
	problem(r, node_place(node), text_make("the path %s is secret", label),
		text_make("paths stand in logs when they are refused: use another type"));
}

static void argument_long(struct reader *r, const struct shape *s, const char *label,
			  const yaml_node_t *node, struct argument *a)
{
	int index = mapping_find(r, node, "type");
	const yaml_node_t *type = yaml_document_get_node(r->document, index);
	struct filter filter = {.role = s->role};
	struct scalar v;

	if (!type)
		problem(r, node_place(node), text_make("key \"type\" is missing in %s", label),
			text_make("add type: string"));
	else if (!node_scalar(type, "type", &v) || scalar_is_null(&v))
		problem(r, node_place(type), text_make("\"type\" wants a type's name"),
			text_make("write type: string"));
	else if (type_take(r, s, &v, a))
		filter.types = TYPE_BIT(a->type);
	mapping_defaults(r, argument_keys, argument_keys_len, filter, a);
	mapping_read(r, argument_keys, argument_keys_len, filter, label, node, a);
	if (a->minimum > a->maximum)
		range_check(r, node, "minimum", "maximum");
	if (a->min_length > a->max_length)
		range_check(r, node, "min_length", "max_length");
	if (filter.types && (s->role & (ROLE_ARGUMENT | ROLE_FIELD)))
		argument_default_read(r, node, a);
	secret_check(r, s, label, node, a);
}

void argument_read(struct reader *r, const struct shape *s, const char *label,
		   const yaml_node_t *node, void *field)
{
	struct argument *a = field;
	struct scalar v;

	if (s->role & ROLE_ELEMENTS) {
		struct argument **element = field;

		if (!*element)
			*element = calloc(1, sizeof(**element));
		a = *element;
		if (!a) {
			r->no_memory = true;
			return;
		}
	}
	if (node->type == YAML_MAPPING_NODE)
		argument_long(r, s, label, node, a);
	else if (node_scalar(node, label, &v) && !scalar_is_null(&v))
		argument_short(r, s, &v, a);
	else
		problem(r, node_place(node), text_make("\"%s\" wants %s", label, s->wants),
			text_make("write %s: %s", label, s->example));
}

const struct shape argument_shape = {
	.form = FORM_ARGUMENT,
	.name = "argument",
	.wants = "a type, or a mapping with the key \"type\"",
	.example = "string",
	.role = ROLE_ARGUMENT,
};

const struct shape result_shape = {
	.form = FORM_ARGUMENT,
	.name = "result",
	.wants = "a type, or a mapping with the key \"type\"",
	.example = "none",
	.role = ROLE_RESULT,
};

/* The others: of arguments and results apart, since what a result has no default for, and what is
 * within a record no record. */
#define INNER_SHAPE(shape_name, shape_role)                                                        \
	const struct shape shape_name##_shape = {                                                  \
		.form = FORM_ARGUMENT,                                                             \
		.name = #shape_name,                                                               \
		.wants = "a type, or a mapping with the key \"type\"",                             \
		.example = "string",                                                               \
		.role = (shape_role),                                                              \
	}

INNER_SHAPE(element, ROLE_ELEMENT);
INNER_SHAPE(result_element, ROLE_RESULT_ELEMENT);
INNER_SHAPE(field, ROLE_FIELD);
INNER_SHAPE(result_field, ROLE_RESULT_FIELD);
INNER_SHAPE(field_element, ROLE_FIELD_ELEMENT);

enum postern_kind argument_kind(enum argument_type type)
{
	switch (type) {
	case ARGUMENT_BOOLEAN:
		return POSTERN_KIND_BOOLEAN;
	case ARGUMENT_INTEGER:
	case ARGUMENT_SIZE:
	case ARGUMENT_DURATION:
		return POSTERN_KIND_INTEGER;
	case ARGUMENT_BYTES:
		return POSTERN_KIND_BYTES;
	case ARGUMENT_LIST:
		return POSTERN_KIND_LIST;
	case ARGUMENT_RECORD:
		return POSTERN_KIND_RECORD;
	case ARGUMENT_FD:
		return POSTERN_KIND_FD;
	case ARGUMENT_STRING:
	case ARGUMENT_ENUM:
	case ARGUMENT_PATH:
	case ARGUMENT_INTERFACE:
	case ARGUMENT_MAC:
	case ARGUMENT_ADDRESS:
	case ARGUMENT_PREFIX:
	case ARGUMENT_UUID:
	case ARGUMENT_USER:
	case ARGUMENT_GROUP:
		return POSTERN_KIND_STRING;
	case ARGUMENT_NONE:
	case ARGUMENT_TYPES:
	default:
		return POSTERN_KIND_NIL;
	}
}

const struct argument *argument_record(const struct argument *a)
{
	if (a->type == ARGUMENT_LIST && a->element)
		a = a->element;
	return a->type == ARGUMENT_RECORD ? a : NULL;
}
