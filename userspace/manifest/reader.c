/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The walk over a YAML document by the shapes: node types, lists, named values, scalars. */
#include <string.h>

#include "manifest/argument_read.h"
#include "manifest/netlink_read.h"
#include "manifest/reader.h"

void problem(struct reader *r, struct manifest_place place, char *what, char *instead)
{
	if (problems_add(r->problems, place, what, instead) < 0)
		r->no_memory = true;
}

void text_store(struct reader *r, char **field, const char *text, size_t len)
{
	char *copy = strndup(text, len);

	if (!copy) {
		r->no_memory = true;
		return;
	}
	free(*field);
	*field = copy;
}

void *array_add(struct reader *r, void *array_field, size_t *len, size_t size)
{
	void **array = array_field;
	char *grown = reallocarray(*array, *len + 1, size);

	if (!grown) {
		r->no_memory = true;
		return NULL;
	}
	*array = grown;
	memset(grown + *len * size, 0, size);
	return grown + (*len)++ * size;
}

struct manifest_place node_place(const yaml_node_t *node)
{
	return (struct manifest_place){.line = (unsigned)node->start_mark.line + 1,
				       .column = (unsigned)node->start_mark.column + 1};
}

bool node_scalar(const yaml_node_t *node, const char *label, struct scalar *ret)
{
	if (node->type != YAML_SCALAR_NODE)
		return false;
	*ret = (struct scalar){
		.text = (const char *)node->data.scalar.value,
		.len = node->data.scalar.length,
		.place = node_place(node),
		.label = label,
		.plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
	};
	return true;
}

bool scalar_is_null(const struct scalar *v)
{
	return v->plain &&
	       (v->len == 0 || strcmp(v->text, "~") == 0 || strcmp(v->text, "null") == 0 ||
		strcmp(v->text, "Null") == 0 || strcmp(v->text, "NULL") == 0);
}

yaml_node_t *node_at(struct reader *r, int index)
{
	return yaml_document_get_node(r->document, index);
}

static void named_read(struct reader *r, const struct shape *s, const char *label,
		       const yaml_node_t *node, void *field)
{
	const yaml_node_pair_t *pair;
	struct quoted clean;
	struct scalar name;
	void *item;

	if (node->data.mapping.pairs.top == node->data.mapping.pairs.start && s->least > 0)
		problem(r, node_place(node), text_make("\"%s\" is empty", label),
			text_make("write %s: %s", label, s->example));
	if (mapping_is_too_long(r, label, s->most, node))
		return;
	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		if (!pair_name(r, node, pair, label, &name))
			continue;
		item = s->add(r, &name, field);
		if (!item)
			return;
		value_read(r, s->element, label_into(&clean, name.text, name.len), pair->value,
			   item);
		if (s->done)
			s->done(r, &name, field);
	}
}

/* Reports also one that is too short, but that can be read on. */
static bool list_is_too_long(struct reader *r, const struct shape *s, const char *label,
			     const yaml_node_t *node)
{
	size_t len = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);

	if (len < s->least)
		problem(r, node_place(node), text_make("\"%s\" is an empty list", label),
			text_make("write %s: %s", label, s->example));
	if (len <= s->most)
		return false;
	problem(r, node_place(node), text_make("\"%s\" holds %zu values", label, len),
		text_make("at most %zu are allowed", s->most));
	return true;
}

/* The names alone, as a list. */
static void names_read(struct reader *r, const struct shape *s, const char *label,
		       const yaml_node_t *node, void *field)
{
	const yaml_node_item_t *item;
	struct scalar name;

	if (list_is_too_long(r, s, label, node))
		return;
	for (item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		const yaml_node_t *at = node_at(r, *item);

		if (!node_scalar(at, label, &name) || scalar_is_null(&name)) {
			problem(r, node_place(at),
				text_make("\"%s\" wants %s", label, s->names->wants),
				text_make("write %s: [%s]", label, s->names->example));
			continue;
		}
		r->seen[*item] = true;
		if (s->add(r, &name, field) && s->done)
			s->done(r, &name, field);
	}
}

static void list_read(struct reader *r, const struct shape *s, const char *label,
		      const yaml_node_t *node, void *field)
{
	const yaml_node_item_t *item;

	if (list_is_too_long(r, s, label, node))
		return;
	for (item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++)
		value_read(r, s->element, label, *item, field);
}

static const char *node_type_name(const yaml_node_t *node)
{
	struct scalar v;

	if (node->type == YAML_MAPPING_NODE)
		return "a mapping";
	if (node->type == YAML_SEQUENCE_NODE)
		return "a list";
	return node_scalar(node, NULL, &v) && scalar_is_null(&v) ? "nothing" : "a single value";
}

static void type_problem(struct reader *r, const struct shape *s, const char *label,
			 const yaml_node_t *node)
{
	problem(r, node_place(node),
		text_make("\"%s\" wants %s, got %s", label, s->wants, node_type_name(node)),
		text_make("write %s: %s", label, s->example));
}

static void scalar_read(struct reader *r, const struct shape *s, const char *label,
			const yaml_node_t *node, void *field)
{
	struct scalar v;

	if (!node_scalar(node, label, &v) || scalar_is_null(&v))
		type_problem(r, s, label, node);
	else if (s->text_max && v.len > s->text_max)
		problem(r, v.place, text_make("\"%s\" is %zu bytes long", label, v.len),
			text_make("at most %zu are allowed", s->text_max));
	else
		s->take(r, s, &v, field);
}

/* A mapping of which one key is to be chosen. */
static void choice_read(struct reader *r, const struct shape *s, const char *label,
			const yaml_node_t *node, void *field)
{
	if (node->data.mapping.pairs.top - node->data.mapping.pairs.start != 1)
		type_problem(r, s, label, node);
	else
		mapping_read(r, s->keys, s->keys_len, FILTER_ALL, label, node, field);
}

/* Its defaults hold where the mapping is written, and not where the scalar is. */
static void whole_read(struct reader *r, const struct shape *s, const char *label,
		       const yaml_node_t *node, void *field)
{
	mapping_defaults(r, s->keys, s->keys_len, FILTER_ALL, field);
	mapping_read(r, s->keys, s->keys_len, FILTER_ALL, label, node, field);
}

static void keyed_read(struct reader *r, const struct shape *s, const char *label,
		       const yaml_node_t *node, void *field)
{
	struct scalar v;

	if (node->type == YAML_MAPPING_NODE)
		mapping_read(r, s->keys, s->keys_len, FILTER_ALL, label, node, field);
	else if (!s->may_be_empty || !node_scalar(node, label, &v) || !scalar_is_null(&v))
		type_problem(r, s, label, node);
}

/* A node met again comes from an alias: following it could cost exponential time or never end. */
const yaml_node_t *node_enter(struct reader *r, int index)
{
	const yaml_node_t *node = node_at(r, index);

	if (!node || (size_t)index >= r->seen_len || r->seen[index])
		return NULL;
	r->seen[index] = true;
	return node;
}

/* A mapping that stands in place of a scalar. */
static void instead_read(struct reader *r, const struct shape *s, const char *label,
			 const yaml_node_t *node, void *field)
{
	if (s->whole)
		whole_read(r, s, label, node, field);
	else
		choice_read(r, s, label, node, field);
}

typedef void (*node_reader)(struct reader *r, const struct shape *s, const char *label,
			    const yaml_node_t *node, void *field);

/* What each form makes of a node; NULL: it takes none of that type. */
static const struct {
	node_reader scalar, sequence, mapping;
} readers[] = {
	[FORM_SCALAR] = {scalar_read, scalar_read, scalar_read},
	[FORM_LIST] = {NULL, list_read, NULL},
	[FORM_KEYED] = {keyed_read, keyed_read, keyed_read},
	[FORM_NAMED] = {NULL, NULL, named_read},
	[FORM_NETLINK] = {netlink_read, netlink_read, netlink_read},
	[FORM_ARGUMENT] = {argument_read, argument_read, argument_read},
	[FORM_LIST_OR_KEYED] = {keyed_read, list_read, keyed_read},
	[FORM_SCALAR_OR_KEYED] = {scalar_read, scalar_read, instead_read},
	[FORM_LIST_OR_NAMED] = {NULL, names_read, named_read},
};

void value_read(struct reader *r, const struct shape *s, const char *label, int index, void *field)
{
	const yaml_node_t *node = node_enter(r, index);
	node_reader read;

	if (!node)
		return;
	if (node->type == YAML_MAPPING_NODE)
		read = readers[s->form].mapping;
	else if (node->type == YAML_SEQUENCE_NODE)
		read = readers[s->form].sequence;
	else
		read = readers[s->form].scalar;
	if (read)
		read(r, s, label, node, field);
	else
		type_problem(r, s, label, node);
}
