/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading mappings by the tables: known and unknown keys, duplicates, missing keys, defaults. */
#include <string.h>

#include "base/nearest.h"
#include "manifest/argument_read.h"
#include "manifest/reader.h"

int mapping_find(struct reader *r, const yaml_node_t *node, const char *name)
{
	const yaml_node_pair_t *pair;
	struct scalar key;

	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
		if (node_scalar(node_at(r, pair->key), NULL, &key) && strcmp(key.text, name) == 0)
			return pair->value;
	return 0;
}

static bool key_fits(const struct key *key, struct filter filter)
{
	return (!key->types || (key->types & filter.types)) &&
	       (!key->roles || (key->roles & filter.role));
}

void mapping_defaults(struct reader *r, const struct key *keys, size_t len, struct filter filter,
		      void *target)
{
	for (size_t i = 0; i < len; i++) {
		const struct key *key = &keys[i];
		void *field = (char *)target + key->offset;

		if (!key_fits(key, filter))
			continue;
		if (key->otherwise) {
			struct scalar v = {.text = key->otherwise,
					   .len = strlen(key->otherwise),
					   .label = key->name,
					   .plain = true};

			key->shape->take(r, key->shape, &v, field);
		} else if (key->shape->form == FORM_KEYED) {
			mapping_defaults(r, key->shape->keys, key->shape->keys_len, filter, field);
		}
	}
}

/* "a, b, c": the keys that fit, each name once. */
static char *keys_listed(const struct key *keys, size_t len, struct filter filter)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	const char *between = "";

	if (!to)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		/* Without a known type, rows of one name stand next but one at most. */
		bool again = (i > 0 && strcmp(keys[i - 1].name, keys[i].name) == 0) ||
			     (i > 1 && strcmp(keys[i - 2].name, keys[i].name) == 0);

		if (again || (filter.types != 0 && !key_fits(&keys[i], filter)))
			continue;
		(void)fprintf(to, "%s%s", between, keys[i].name);
		between = ", ";
	}
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}

static void key_unknown(struct reader *r, const struct key *keys, size_t len, struct filter filter,
			const char *what, const struct scalar *name)
{
	struct nearest n = {.text = name->text, .len = name->len};
	cleanup_free char *listed = NULL;

	if (strcmp(name->text, "<<") == 0) {
		problem(r, name->place, text_make("merge key << is not allowed"),
			text_make("write the keys out"));
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (strcmp(keys[i].name, name->text) == 0) {
			argument_key_misfit(r, keys, len, filter, what, name);
			return;
		}
		if (filter.types == 0 || key_fits(&keys[i], filter))
			nearest_offer(&n, keys[i].name);
	}
	if (!n.best)
		listed = keys_listed(keys, len, filter);
	problem(r, name->place,
		text_make("unknown key %s in %s", QUOTE(name->text, name->len), what),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make("the keys are %s", listed ? listed : "in the manual"));
}

/* Reports the name when a pair before this one has it. */
static bool key_is_duplicate(struct reader *r, const yaml_node_t *node,
			     const yaml_node_pair_t *until, const struct scalar *name)
{
	const yaml_node_pair_t *pair;
	struct scalar earlier;

	for (pair = node->data.mapping.pairs.start; pair < until; pair++) {
		if (!node_scalar(node_at(r, pair->key), NULL, &earlier) ||
		    earlier.len != name->len || memcmp(earlier.text, name->text, name->len) != 0)
			continue;
		problem(r, name->place,
			text_make("duplicate key %s: lines %u and %u both have it",
				  QUOTE(name->text, name->len), earlier.place.line,
				  name->place.line),
			text_make("keep one of them"));
		return true;
	}
	return false;
}

/* The key of a pair as a scalar; says what is wrong with it otherwise. */
bool pair_name(struct reader *r, const yaml_node_t *node, const yaml_node_pair_t *pair,
	       const char *what, struct scalar *ret)
{
	const yaml_node_t *key = node_at(r, pair->key);

	if (!node_scalar(key, what, ret)) {
		problem(r, node_place(key), text_make("a key in %s is not a plain word", what),
			text_make("write KEY: VALUE"));
		return false;
	}
	return !key_is_duplicate(r, node, pair, ret);
}

/* A mapping with more keys than this cannot be right, and duplicates are sought in square time. */
#define KEYS_MAX 1024

bool mapping_is_too_long(struct reader *r, const char *what, size_t most, const yaml_node_t *node)
{
	size_t len = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);

	if (len <= most)
		return false;
	problem(r, node_place(node), text_make("%s holds %zu keys", what, len),
		text_make("at most %zu are allowed", most));
	return true;
}

static const struct key *key_find(const struct key *keys, size_t len, struct filter filter,
				  const char *name)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(keys[i].name, name) == 0 &&
		    (filter.types == 0 || key_fits(&keys[i], filter)))
			return &keys[i];
	return NULL;
}

void mapping_read(struct reader *r, const struct key *keys, size_t len, struct filter filter,
		  const char *what, const yaml_node_t *node, void *target)
{
	const yaml_node_pair_t *pair;
	struct scalar name;

	if (mapping_is_too_long(r, what, KEYS_MAX, node))
		return;
	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const struct key *key;

		if (!pair_name(r, node, pair, what, &name))
			continue;
		key = key_find(keys, len, filter, name.text);
		if (key && key->place)
			memcpy((char *)target + key->place, &name.place, sizeof(name.place));
		if (!key)
			key_unknown(r, keys, len, filter, what, &name);
		else if (filter.types != 0)
			value_read(r, key->shape, key->name, pair->value,
				   (char *)target + key->offset);
	}
	for (size_t i = 0; i < len && filter.types != 0; i++)
		if (keys[i].required && key_fits(&keys[i], filter) &&
		    !mapping_find(r, node, keys[i].name))
			problem(r, node_place(node),
				text_make("key \"%s\" is missing in %s", keys[i].name, what),
				text_make("add %s: %s", keys[i].name, keys[i].shape->example));
}
