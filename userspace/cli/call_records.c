/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records on the command line: JSON, or YAML's shorter form of it, into arguments. */
#include <errno.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/call_values.h"
#include "manifest/argument.h"
#include "manifest/document.h"

#define WHERE_MAX 320 /* an argument's name of 255 bytes, and which element of it */

/* One text that is being read. */
struct text {
	const struct call_value *value;
	yaml_document_t document;
	struct error *err;
};

static const char *const example = "an object, as {\"name\": \"value\"}";

static const struct postern_parameter *field_find(const struct text *t, const char *where,
						  const char *name)
{
	const struct postern_parameter *p = t->value->parameter;
	struct nearest n = {.text = name, .len = strlen(name)};

	for (size_t i = 0; i < p->fields_len; i++) {
		if (strcmp(p->fields[i].name, name) == 0)
			return &p->fields[i];
		nearest_offer(&n, p->fields[i].name);
	}
	(void)error_say(t->err, -EINVAL, "%s: there is no field \"%.64s\"", where, name);
	if (n.best)
		error_hint(t->err, "did you mean %s?", n.best);
	return NULL;
}

static const char *scalar_text(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
						      : NULL;
}

static bool is_null(const yaml_node_t *node)
{
	const char *text = scalar_text(node);

	return text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!*text || strcmp(text, "null") == 0 || strcmp(text, "~") == 0);
}

/* The texts of a field, of which only a list has another number than one. */
static int field_texts(struct text *t, const struct call_value *field, const yaml_node_t *node,
		       const char ***ret, size_t *ret_len)
{
	const bool list = field->parameter->type == ARGUMENT_LIST;
	const yaml_node_item_t *items = node->data.sequence.items.start;
	size_t len = 1;

	if (list != (node->type == YAML_SEQUENCE_NODE) || node->type == YAML_MAPPING_NODE)
		return error_say(t->err, -EINVAL, "%s%s: expected %s", field->where, field->name,
				 list ? "a list, as [\"value\"]" : "one value");
	if (list)
		len = (size_t)(node->data.sequence.items.top - items);
	*ret = calloc(len + 1, sizeof(**ret));
	if (!*ret)
		return error_set(t->err, -ENOMEM, "%s", field->name);
	for (size_t i = 0; i < len; i++) {
		const yaml_node_t *at =
			list ? yaml_document_get_node(&t->document, items[i]) : node;

		(*ret)[i] = scalar_text(at);
		if (!(*ret)[i])
			return error_say(t->err, -EINVAL, "%s%s: expected a list of values",
					 field->where, field->name);
	}
	*ret_len = len;
	return 0;
}

static int field_build(struct text *t, const char *where, const yaml_node_pair_t *pair,
		       struct postern_args *fields)
{
	const char *name = scalar_text(yaml_document_get_node(&t->document, pair->key));
	const yaml_node_t *node = yaml_document_get_node(&t->document, pair->value);
	cleanup_free const char **texts = NULL;
	char inside[WHERE_MAX + 1];
	struct call_value field = {
		.where = inside, .whole = true, .secret = t->value->parameter->secret};
	int r;

	(void)snprintf(inside, sizeof(inside), "%.*s.", WHERE_MAX - 1, where);
	if (!name)
		return error_say(t->err, -EINVAL, "%s: expected %s", where, example);
	field.parameter = field_find(t, where, name);
	if (!field.parameter)
		return -EINVAL;
	/* What is left out may be said to be. */
	if (!node || is_null(node))
		return 0;
	field.name = (char *)name;
	r = field_texts(t, &field, node, &texts, &field.texts_len);
	field.texts = texts;
	return r < 0 ? r : call_value_build(&field, fields, t->err);
}

static bool given_before(struct text *t, const yaml_node_t *node, const yaml_node_pair_t *until)
{
	const char *name = scalar_text(yaml_document_get_node(&t->document, until->key));
	const yaml_node_pair_t *pair;

	for (pair = node->data.mapping.pairs.start; name && pair < until; pair++) {
		const char *other = scalar_text(yaml_document_get_node(&t->document, pair->key));

		if (other && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

static int record_build(struct text *t, const char *where, const yaml_node_t *node,
			struct postern_args **ret)
{
	struct postern_args *fields;
	const yaml_node_pair_t *pair;
	int r = 0;

	if (!node || node->type != YAML_MAPPING_NODE)
		return error_say(t->err, -EINVAL, "%s: expected %s", where, example);
	fields = postern_args_new();
	if (!fields)
		return error_set(t->err, -ENOMEM, "%s", where);
	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top && r == 0;
	     pair++) {
		r = field_build(t, where, pair, fields);
		if (r == 0 && given_before(t, node, pair))
			r = error_say(t->err, -EINVAL, "%s: a field is given twice", where);
	}
	if (r < 0)
		postern_args_free(fields);
	else
		*ret = fields;
	return r;
}

struct records {
	struct postern_args **items;
	size_t len;
};

static int records_add(struct text *t, const yaml_node_t *node, struct records *to)
{
	char where[WHERE_MAX];
	struct postern_args **items = reallocarray(to->items, to->len + 1, sizeof(*items));
	int r;

	if (!items)
		return error_set(t->err, -ENOMEM, "%s", t->value->name);
	to->items = items;
	if (t->value->parameter->type == ARGUMENT_LIST)
		(void)snprintf(where, sizeof(where), "%s[%zu]", t->value->name, to->len);
	else
		(void)snprintf(where, sizeof(where), "%s", t->value->name);
	r = record_build(t, where, node, &items[to->len]);
	to->len += r == 0;
	return r;
}

/* A record, or of a list also several in brackets. */
static int root_read(struct text *t, struct records *to)
{
	const yaml_node_t *root = yaml_document_get_root_node(&t->document);
	const yaml_node_item_t *item;
	int r = 0;

	if (!root || root->type != YAML_SEQUENCE_NODE || t->value->parameter->type != ARGUMENT_LIST)
		return records_add(t, root, to);
	for (item = root->data.sequence.items.start; item < root->data.sequence.items.top && r == 0;
	     item++)
		r = records_add(t, yaml_document_get_node(&t->document, *item), to);
	return r;
}

static int text_read(const struct call_value *v, const char *data, size_t len, struct records *to,
		     struct error *err)
{
	struct manifest_problems problems = {};
	struct text t = {.value = v, .err = err};
	bool composed = false;
	int r = document_read(data, len, &problems, &t.document, &composed);

	if (r < 0)
		(void)error_set(err, r, "%s", v->name);
	else if (!composed || problems.len > 0)
		r = error_say(err, -EINVAL, "%s: expected %s: %s", v->name, example,
			      problems.len ? problems.items[0].what : "it cannot be read");
	else
		r = root_read(&t, to);
	if (composed)
		yaml_document_delete(&t.document);
	manifest_problems_clear(&problems);
	return r;
}

int call_records_build(const struct call_value *v, struct postern_args *args, struct error *err)
{
	const bool list = v->parameter->type == ARGUMENT_LIST;
	struct records records = {};
	int r = 0;

	if (v->data)
		r = text_read(v, v->data, v->data_len, &records, err);
	/* "name=" alone is the empty list. */
	for (size_t i = 0; i < v->texts_len && !v->data && r == 0; i++)
		if (!list || v->texts_len > 1 || v->texts[i][0])
			r = text_read(v, v->texts[i], strlen(v->texts[i]), &records, err);
	if (r == 0 && list)
		(void)postern_args_records(args, v->name,
					   (const struct postern_args *const *)records.items,
					   records.len);
	else if (r == 0 && records.len > 0)
		(void)postern_args_record(args, v->name, records.items[0]);
	for (size_t i = 0; i < records.len; i++)
		postern_args_free(records.items[i]);
	free(records.items);
	return r;
}
