/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names that generated code gives to entrypoints, arguments and the words of enums. */
#include <errno.h>
#include <search.h>
#include <string.h>

#include "cli/gen.h"

/* The names of one file, so that each is there once. */
struct scope {
	const struct gen_rules *rules;
	void *tree;
	struct error *err;
};

struct taken {
	char *name, *whose;
};

static int taken_compare(const void *a, const void *b)
{
	return strcmp(((const struct taken *)a)->name, ((const struct taken *)b)->name);
}

static void taken_free(void *p)
{
	struct taken *t = p;

	free(t->name);
	free(t->whose);
	free(t);
}

/* Takes both texts over, which may be NULL for lack of memory. */
static int scope_add(struct scope *s, char *name, char *whose)
{
	struct taken *t = malloc(sizeof(*t)), **node = NULL;
	int r;

	if (!t || !name || !whose) {
		free(t);
		free(name);
		free(whose);
		return -ENOMEM;
	}
	*t = (struct taken){name, whose};
	if (s->rules->language->c && strncmp(name, "postern_", strlen("postern_")) == 0) {
		r = error_say(s->err, -EINVAL,
			      "%s would become %s, and such names are the library's", whose, name);
		error_hint(s->err, "choose another prefix for all names: --prefix WORD_");
		taken_free(t);
		return r;
	}
	node = (struct taken **)tsearch(t, &s->tree, taken_compare);
	if (node && *node == t)
		return 0;
	r = node ? error_say(s->err, -EEXIST, "%s and %s would both be %s in %s", (*node)->whose,
			     whose, name, s->rules->language->name)
		 : -ENOMEM;
	if (node)
		error_hint(s->err, "give one of them another name in the manifest");
	taken_free(t);
	return r;
}

static bool listed(const char *const *words, const char *name)
{
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], name) == 0)
			return true;
	return false;
}

static char *with_underscore(char *name)
{
	char *longer = NULL;

	if (name && asprintf(&longer, "%s_", name) < 0)
		longer = NULL;
	free(name);
	return longer;
}

/* Is the name that of the record's first `len` fields, or of something beside them? */
static bool field_taken(const struct gen_record *record, size_t len, const char *name)
{
	for (size_t i = 0; i < record->type->fields_len; i++)
		if ((i < len && strcmp(record->fields[i], name) == 0) ||
		    (record->lengths[i] && strcmp(record->lengths[i], name) == 0))
			return true;
	return false;
}

static char *field_name(const struct gen_rules *rules, const struct gen_record *record, size_t len,
			const char *name, const char *suffix)
{
	char *text = NULL;

	if (asprintf(&text, "%s%s", name, suffix) < 0)
		return NULL;
	while (text && (listed(rules->language->words, text) || field_taken(record, len, text)))
		text = with_underscore(text);
	return text;
}

static int fields_make(const struct gen_rules *rules, struct gen_record *record)
{
	size_t len = record->type->fields_len;

	record->fields = calloc(len + 1, sizeof(*record->fields));
	record->lengths = calloc(len + 1, sizeof(*record->lengths));
	record->paths = calloc(len + 1, sizeof(*record->paths));
	record->enums = calloc(len + 1, sizeof(*record->enums));
	if (!record->fields || !record->lengths || !record->paths || !record->enums)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		const char *name = record->type->fields[i].name;

		record->fields[i] = field_name(rules, record, i, name, "");
		if (asprintf(&record->paths[i], "%s_%s", record->argument_name, name) < 0)
			record->paths[i] = NULL;
		if (!record->fields[i] || !record->paths[i])
			return -ENOMEM;
	}
	for (size_t i = 0; i < len; i++) {
		enum gen_form form = gen_form(&record->type->fields[i]);

		if (form != GEN_BYTES && form != GEN_LIST)
			continue;
		record->lengths[i] = field_name(rules, record, len, record->fields[i], "_len");
		if (!record->lengths[i])
			return -ENOMEM;
	}
	return 0;
}

/* Is the name that of the function's first `len` arguments, or of something beside them? */
static bool parameter_taken(const struct gen_function *f, size_t len, const char *name)
{
	for (size_t i = 0; i < f->entrypoint->arguments_len; i++) {
		if (i < len && strcmp(f->parameters[i], name) == 0)
			return true;
		if ((f->lengths[i] && strcmp(f->lengths[i], name) == 0) ||
		    (f->held[i] && strcmp(f->held[i], name) == 0))
			return true;
	}
	return false;
}

static char *parameter_name(const struct gen_rules *rules, const struct gen_function *f, size_t len,
			    const char *name, const char *suffix)
{
	char *text = NULL;

	if (asprintf(&text, "%s%s", name, suffix) < 0)
		return NULL;
	while (text && (listed(rules->language->words, text) || listed(rules->reserved, text) ||
			parameter_taken(f, len, text)))
		text = with_underscore(text);
	return text;
}

/* Arguments first: they keep their names where they can. */
static int parameters_make(const struct gen_rules *rules, struct gen_function *f)
{
	const struct manifest_entrypoint *e = f->entrypoint;

	for (size_t i = 0; i < e->arguments_len; i++) {
		f->parameters[i] = parameter_name(rules, f, i, e->arguments[i].name, "");
		if (!f->parameters[i])
			return -ENOMEM;
	}
	for (size_t i = 0; i < e->arguments_len; i++) {
		enum gen_form form = gen_form(&e->arguments[i]);

		f->held[i] = parameter_name(rules, f, e->arguments_len, f->parameters[i], "_held");
		if (!f->held[i])
			return -ENOMEM;
		if (form != GEN_BYTES && form != GEN_LIST)
			continue;
		f->lengths[i] =
			parameter_name(rules, f, e->arguments_len, f->parameters[i], "_len");
		if (!f->lengths[i])
			return -ENOMEM;
	}
	return 0;
}

static bool same_words(const struct argument *a, const struct argument *b)
{
	if (a->values_len != b->values_len)
		return false;
	for (size_t i = 0; i < a->values_len; i++)
		if (strcmp(a->values[i], b->values[i]) != 0)
			return false;
	return true;
}

static char *whose_word(const struct gen_function *f, const char *argument, const char *word)
{
	char *text;

	return asprintf(&text, "the word \"%s\" of %s of entrypoint %s", word, argument,
			f->entrypoint->name) < 0
		       ? NULL
		       : text;
}

static int enum_add(struct gen *g, struct scope *s, const struct gen_function *f,
		    const struct argument *a, const char *argument, size_t *ret)
{
	static const char *const made[] = {"", "_word", "_parse"};
	cleanup_free char *prefix = NULL;
	struct gen_enum *e;
	int r = 0;

	for (size_t i = 0; i < g->enums_len; i++)
		if (strcmp(g->enums[i].argument_name, argument) == 0 &&
		    same_words(g->enums[i].argument, a)) {
			*ret = i + 1;
			return 0;
		}
	e = reallocarray(g->enums, g->enums_len + 1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	g->enums = e;
	e = &e[g->enums_len++];
	*e = (struct gen_enum){.argument = a, .argument_name = argument};
	e->words = calloc(a->values_len, sizeof(*e->words));
	if (asprintf(&prefix, "%s%s_", s->rules->enum_prefix, f->entrypoint->name) < 0)
		prefix = NULL;
	e->name = prefix ? gen_identifier(prefix, argument, false) : NULL;
	if (!e->words || !e->name)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(made) && r == 0; i++)
		r = scope_add(s, gen_identifier(e->name, made[i], false),
			      whose_word(f, argument, a->values[0]));
	for (size_t i = 0; i < a->values_len && r == 0; i++) {
		e->words[i] = gen_enumerator(e->name, a->values[i]);
		r = e->words[i] ? scope_add(s, strdup(e->words[i]),
					    whose_word(f, argument, a->values[i]))
				: -ENOMEM;
	}
	*ret = g->enums_len;
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
static bool same_type(const struct argument *a, const struct argument *b)
{
	if (a->type != b->type || a->optional != b->optional || a->fields_len != b->fields_len ||
	    !same_words(a, b) || !a->element != !b->element)
		return false;
	for (size_t i = 0; i < a->fields_len; i++)
		if (strcmp(a->fields[i].name, b->fields[i].name) != 0 ||
		    !same_type(&a->fields[i], &b->fields[i]))
			return false;
	return !a->element || same_type(a->element, b->element);
}

static int type_make(struct gen *g, struct scope *s, const struct gen_function *f,
		     const struct argument *a, const char *argument, size_t *ret);

static char *record_name(const struct gen_rules *rules, const struct gen_function *f,
			 const char *argument)
{
	cleanup_free char *name = NULL;

	if (asprintf(&name, "%s%s_%s", rules->language->c ? rules->enum_prefix : "",
		     f->entrypoint->name, argument) < 0)
		return NULL;
	return rules->language->c ? gen_identifier(name, "", false) : gen_class_name(name);
}

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
static int record_add(struct gen *g, struct scope *s, const struct gen_function *f,
		      const struct argument *type, const char *argument, size_t *ret)
{
	static const char *const made[] = {"", "_fields"};
	struct gen_record *record;
	size_t at = g->records_len;
	int r;

	for (size_t i = 0; i < g->records_len; i++)
		if (strcmp(g->records[i].argument_name, argument) == 0 &&
		    same_type(g->records[i].type, type)) {
			*ret = i + 1;
			return 0;
		}
	record = reallocarray(g->records, at + 1, sizeof(*record));
	if (!record)
		return -ENOMEM;
	g->records = record;
	record = &record[g->records_len++];
	*record = (struct gen_record){.type = type, .argument_name = argument};
	record->name = record_name(s->rules, f, argument);
	if (!record->name)
		return -ENOMEM;
	r = fields_make(s->rules, record);
	for (size_t i = 0; i < (s->rules->language->c ? ARRAY_SIZE(made) : 1) && r == 0; i++) {
		char *whose = NULL;

		if (asprintf(&whose, "the record %s of entrypoint %s", argument,
			     f->entrypoint->name) < 0)
			whose = NULL;
		r = scope_add(s, gen_identifier(record->name, made[i], false), whose);
	}
	for (size_t i = 0; i < type->fields_len && r == 0 && s->rules->language->c; i++)
		r = type_make(g, s, f, &type->fields[i], g->records[at].paths[i],
			      &g->records[at].enums[i]);
	*ret = at + 1;
	return r;
}

/* The structure of a record, or of a list of records. */
static int structure_make(struct gen *g, struct scope *s, const struct gen_function *f,
			  const struct argument *a, const char *argument, size_t *ret)
{
	const struct argument *record = argument_record(a);

	return record ? record_add(g, s, f, record, argument, ret) : 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
static int type_make(struct gen *g, struct scope *s, const struct gen_function *f,
		     const struct argument *a, const char *argument, size_t *ret)
{
	const struct argument *scalar = a->type == ARGUMENT_LIST ? a->element : a;

	return gen_form(scalar) == GEN_ENUM ? enum_add(g, s, f, scalar, argument, ret) : 0;
}

static int function_make(struct gen *g, struct scope *s, struct gen_function *f)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	int r = 0;

	f->name = gen_identifier(g->prefix, e->name, false);
	if (f->name && listed(s->rules->language->words, f->name))
		f->name = with_underscore(f->name);
	f->parameters = calloc(e->arguments_len + 1, sizeof(*f->parameters));
	f->lengths = calloc(e->arguments_len + 1, sizeof(*f->lengths));
	f->held = calloc(e->arguments_len + 1, sizeof(*f->held));
	f->enums = calloc(e->arguments_len + 1, sizeof(*f->enums));
	f->records = calloc(e->arguments_len + 1, sizeof(*f->records));
	if (!f->name || !f->parameters || !f->lengths || !f->held || !f->enums || !f->records)
		return -ENOMEM;
	for (size_t i = 0; s->rules->suffixes[i] && r == 0; i++) {
		char *whose = NULL;

		if (asprintf(&whose, "entrypoint %s", e->name) < 0)
			whose = NULL;
		r = scope_add(s, gen_identifier(f->name, s->rules->suffixes[i], false), whose);
	}
	if (r == 0)
		r = parameters_make(s->rules, f);
	for (size_t i = 0; i < e->arguments_len && r == 0; i++)
		r = structure_make(g, s, f, &e->arguments[i], e->arguments[i].name, &f->records[i]);
	if (r == 0)
		r = structure_make(g, s, f, &e->result, "result", &f->result_record);
	if (!s->rules->language->c)
		return r;
	for (size_t i = 0; i < e->arguments_len && r == 0; i++)
		r = type_make(g, s, f, &e->arguments[i], e->arguments[i].name, &f->enums[i]);
	return r == 0 ? type_make(g, s, f, &e->result, "result", &f->result_enum) : r;
}

/* Of what a client in Python calls where it names a network namespace. */
static int class_make(const struct gen *g, struct scope *s)
{
	char *whose = NULL;

	if (s->rules->language->c || s->rules->module_only ||
	    !manifest_network_template(g->manifest))
		return 0;
	if (asprintf(&whose, "the class of context %s", g->manifest->name) < 0)
		whose = NULL;
	return scope_add(s, gen_class_name(g->manifest->name), whose);
}

int gen_names_make(struct gen *g, const struct gen_rules *rules, struct error *err)
{
	struct scope s = {.rules = rules, .err = err};
	const struct manifest *m = g->manifest;
	int r;

	g->functions = calloc(m->entrypoints_len, sizeof(*g->functions));
	if (!g->functions)
		return error_set(err, -ENOMEM, "context %s", m->name);
	r = class_make(g, &s);
	for (size_t i = 0; i < m->entrypoints_len && r == 0; i++) {
		struct gen_function *f = &g->functions[g->functions_len];

		if (rules->module_only && m->entrypoints[i].does != MANIFEST_DOES_CALL)
			continue;
		g->functions_len++;
		f->entrypoint = &m->entrypoints[i];
		r = function_make(g, &s, f);
	}
	tdestroy(s.tree, taken_free);
	if (r == -ENOMEM)
		return error_set(err, r, "context %s", m->name);
	return r < 0 ? error_prefix(err, "context %s", m->name) : 0;
}

static void names_free(char **names, size_t len)
{
	for (size_t i = 0; names && i < len; i++)
		free(names[i]);
	free(names);
}

void gen_names_clear(struct gen *g)
{
	for (size_t i = 0; i < g->functions_len; i++) {
		struct gen_function *f = &g->functions[i];

		free(f->name);
		names_free(f->parameters, f->entrypoint->arguments_len);
		names_free(f->lengths, f->entrypoint->arguments_len);
		names_free(f->held, f->entrypoint->arguments_len);
		free(f->enums);
		free(f->records);
	}
	for (size_t i = 0; i < g->enums_len; i++) {
		names_free(g->enums[i].words, g->enums[i].argument->values_len);
		free(g->enums[i].name);
	}
	for (size_t i = 0; i < g->records_len; i++) {
		struct gen_record *record = &g->records[i];

		names_free(record->fields, record->type->fields_len);
		names_free(record->lengths, record->type->fields_len);
		names_free(record->paths, record->type->fields_len);
		free(record->enums);
		free(record->name);
	}
	free(g->functions);
	free(g->enums);
	free(g->records);
}

int gen_write(const struct manifest *m, const char *prefix, const struct gen_kind *kind, FILE *to,
	      struct error *err)
{
	struct gen g = {.manifest = m, .prefix = prefix, .enum_prefix = kind->rules.enum_prefix};
	int r = gen_names_make(&g, &kind->rules, err);

	if (r == 0 && kind->check)
		r = kind->check(&g, err);
	if (r == 0) {
		r = kind->write(&g, to);
		if (r < 0)
			(void)error_set(err, r, "context %s", m->name);
	}
	gen_names_clear(&g);
	return r;
}
