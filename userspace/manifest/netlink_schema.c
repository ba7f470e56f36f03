/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The key `netlink` in the JSON Schema. */
#include "manifest/netlink_read.h"
#include "manifest/schema.h"

#define DEFINITION "netlink_narrowing"

void netlink_definition_write(struct json *j)
{
	static const struct shape narrowing_shape = {.form = FORM_KEYED, .may_be_empty = true};
	struct shape shape = narrowing_shape;

	shape.keys = narrowing_keys;
	shape.keys_len = narrowing_keys_len;
	json_open(j, DEFINITION, '{');
	schema_keyed_write(j, &shape);
	json_close(j, '}');
}

static void names_write(struct json *j, const struct netlink_name *names)
{
	json_open(j, "enum", '[');
	for (; names->name[0]; names++)
		json_string(j, NULL, names->name);
	json_close(j, ']');
}

static void list_write(struct json *j, const struct netlink_name *names)
{
	json_string(j, "type", "array");
	json_number(j, "minItems", 1);
	json_literal(j, "uniqueItems", "true");
	json_open(j, "items", '{');
	names_write(j, names);
	json_close(j, '}');
}

static void messages_write(struct json *j, const struct netlink_messages *set)
{
	json_open(j, set->word, '{');
	json_open(j, "anyOf", '[');
	json_open(j, NULL, '{');
	list_write(j, set->names);
	json_close(j, '}');
	json_open(j, NULL, '{');
	json_string(j, "type", "object");
	json_number(j, "minProperties", 1);
	json_open(j, "propertyNames", '{');
	names_write(j, set->names);
	json_close(j, '}');
	json_open(j, "additionalProperties", '{');
	json_string(j, "$ref", "#/$defs/" DEFINITION);
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, ']');
	json_close(j, '}');
}

/* "type", then the members of an object that knows no others. */
static void object_begin(struct json *j)
{
	json_string(j, "type", "object");
	json_literal(j, "additionalProperties", "false");
	json_number(j, "minProperties", 1);
	json_open(j, "properties", '{');
}

static void protocol_write(struct json *j, const struct netlink_protocol *p)
{
	if (!p->parts) {
		messages_write(j, netlink_messages_find(p->number, NULL));
		return;
	}
	json_open(j, p->word, '{');
	object_begin(j);
	for (const struct netlink_messages *m = netlink_messages; m->word; m++)
		if (m->protocol == p->number && !m->implied)
			messages_write(j, m);
	json_close(j, '}');
	json_close(j, '}');
}

void netlink_schema_write(struct json *j)
{
	object_begin(j);
	for (const struct netlink_protocol *p = netlink_protocols; p->word; p++)
		if (netlink_messages_find(p->number, NULL))
			protocol_write(j, p);
	json_open(j, "listen", '{');
	object_begin(j);
	for (const struct netlink_protocol *p = netlink_protocols; p->word; p++) {
		if (!p->groups)
			continue;
		json_open(j, p->word, '{');
		list_write(j, p->groups);
		json_close(j, '}');
	}
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, '}');
}
