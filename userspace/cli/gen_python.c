/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * postern gen python: a module on the package `postern`, with annotations that a type checker
 * holds calls against. Of a context whose callers name a network namespace it is a class.
 */
#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "cli/gen.h"

#define PYTHON_COLUMNS 88

static const char *const suffixes[] = {"", NULL};
static const char *const reserved[] = {"self", "timeout", NULL};

/* Is it an entrypoint's name too, or an argument's, which hides it inside of its function? */
static bool word_taken(const struct gen *g, const char *word)
{
	for (size_t i = 0; i < g->functions_len; i++) {
		const struct gen_function *f = &g->functions[i];

		if (strcmp(f->name, word) == 0)
			return true;
		for (size_t k = 0; k < f->entrypoint->arguments_len; k++)
			if (strcmp(f->parameters[k], word) == 0)
				return true;
	}
	return false;
}

/* A builtin type. */
static void type_word(const struct gen *g, const char *word, FILE *to)
{
	(void)fprintf(to, "%s%s", word_taken(g, word) ? "builtins." : "", word);
}

/* given: a result's. record: as of a function; of a type that is none, or no list of them, 0. */
static void type_annotation(const struct gen *g, const struct argument *a, size_t record,
			    bool given, FILE *to)
{
	switch (gen_form(a)) {
	case GEN_BOOLEAN:
		type_word(g, "bool", to);
		break;
	case GEN_INTEGER:
		type_word(g, "int", to);
		break;
	case GEN_STRING:
		type_word(g, "str", to);
		break;
	case GEN_BYTES:
		type_word(g, "bytes", to);
		break;
	case GEN_ENUM:
		(void)fputs("Literal[", to);
		for (size_t i = 0; i < a->values_len; i++) {
			(void)fputs(i > 0 ? ", \"" : "\"", to);
			gen_python_text(to, a->values[i]);
			(void)fputc('"', to);
		}
		(void)fputc(']', to);
		break;
	case GEN_LIST:
		if (given)
			type_word(g, "list", to);
		else
			(void)fputs("Sequence", to);
		(void)fputc('[', to);
		type_annotation(g, a->element, record, given, to);
		(void)fputc(']', to);
		break;
	case GEN_RECORD:
		(void)fputs(gen_record_name(g, record), to);
		break;
	case GEN_FD:
		(void)fputs(given ? "postern.Descriptor" : "postern.HasFileno | ", to);
		if (!given)
			type_word(g, "int", to);
		break;
	case GEN_NOTHING:
	default:
		(void)fputs("None", to);
		break;
	}
}

static void annotation(const struct gen *g, const struct argument *a, size_t record, bool given,
		       FILE *to)
{
	type_annotation(g, a, record, given, to);
	if (a->optional)
		(void)fputs(" | None", to);
}

int gen_python_lines(FILE *to, const char *margin, const char *head, struct gen_parameters *p,
		     const char *tail)
{
	size_t column = strlen(margin) + strlen(head) + strlen("(") + strlen(")") + strlen(tail);
	bool whole;

	for (size_t i = 0; i < p->len; i++)
		column += strlen(p->items[i]) + (i > 0 ? strlen(", ") : 0);
	whole = column <= PYTHON_COLUMNS;
	(void)fprintf(to, "%s%s(%s", margin, head, whole ? "" : "\n");
	for (size_t i = 0; i < p->len; i++) {
		if (whole)
			(void)fprintf(to, "%s%s", i > 0 ? ", " : "", p->items[i]);
		else
			(void)fprintf(to, "%s    %s,\n", margin, p->items[i]);
		free(p->items[i]);
	}
	(void)fprintf(to, "%s)%s\n", whole ? "" : margin, tail);
	p->len = 0;
	return p->no_memory ? -ENOMEM : 0;
}

char *gen_python_annotated(const struct gen *g, const char *before, const char *name,
			   const struct argument *a, size_t record, bool given, const char *behind)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return NULL;
	(void)fprintf(to, "%s%s", name, before);
	annotation(g, a, record, given, to);
	(void)fputs(behind, to);
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}

static int signature(const struct gen *g, const struct gen_function *f, const char *margin,
		     FILE *to)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	bool builtin = word_taken(g, "float");
	cleanup_free char *tail =
		gen_python_annotated(g, " -> ", "", &e->result, f->result_record, true, ":");
	cleanup_free char *head = NULL;
	struct gen_parameters p = {};

	if (asprintf(&head, "def %s", f->name) < 0)
		head = NULL;
	if (*margin)
		gen_parameter(&p, "self");
	for (size_t i = 0; i < e->arguments_len; i++) {
		cleanup_free char *text = gen_python_annotated(
			g, ": ", f->parameters[i], &e->arguments[i], f->records[i], false,
			e->arguments[i].optional ? " = None" : "");

		if (text)
			gen_parameter(&p, "%s", text);
		else
			p.no_memory = true;
	}
	gen_parameter(&p, "*");
	gen_parameter(&p, "timeout: %sfloat | None = None", builtin ? "builtins." : "");
	p.no_memory |= !head || !tail;
	return gen_python_lines(to, margin, head ? head : "", &p, tail ? tail : "");
}

static int docstring(const struct gen_function *f, const char *margin, FILE *to)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	char timeout[UNITS_TEXT_MAX];

	(void)fprintf(to, "%s\"\"\"\n", margin);
	gen_lines(to, margin, e->description ? e->description : e->name, gen_python_text);
	(void)fputc('\n', to);
	for (size_t i = 0; i < e->arguments_len + (e->result.type != ARGUMENT_NONE); i++) {
		bool result = i == e->arguments_len;
		cleanup_free char *constraint =
			gen_constraint_text(result ? &e->result : &e->arguments[i]);
		cleanup_free char *line = NULL;

		if (!constraint || asprintf(&line, "%s: %s", result ? "Returns" : f->parameters[i],
					    constraint) < 0)
			return -ENOMEM;
		gen_lines(to, margin, line, gen_python_text);
	}
	(void)fprintf(to, "%stimeout: in seconds; None: the entrypoint's own, %s, and a second\n",
		      margin, units_format_duration(timeout, e->timeout_ns));
	(void)fprintf(to, "%s\"\"\"\n", margin);
	return 0;
}

static int function_write(const struct gen *g, const struct gen_function *f, bool method, FILE *to)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	const char *margin = method ? "    " : "", *inner = method ? "        " : "    ";
	bool result = e->result.type != ARGUMENT_NONE;
	cleanup_free char *head = NULL, *cast = NULL;
	struct gen_parameters p = {};
	int r;

	(void)fputs(method ? "\n" : "\n\n", to);
	r = signature(g, f, margin, to);
	if (r == 0)
		r = docstring(f, inner, to);
	if (r < 0)
		return r;
	/* What call() gives back is of any type that there is. */
	cast = result ? gen_python_annotated(g, "", "return _cast(", &e->result, f->result_record,
					     true, ", ")
		      : strdup("");
	if (!cast || asprintf(&head, "%s%s_context.call", cast, method ? "self." : "") < 0)
		return -ENOMEM;
	gen_parameter(&p, "\"%s\"", e->name);
	for (size_t i = 0; i < e->arguments_len; i++)
		gen_parameter(&p, "%s", f->parameters[i]);
	gen_parameter(&p, "timeout=timeout");
	return gen_python_lines(to, inner, head, &p, result ? ")" : "");
}

/* What the annotations need. */
struct imports {
	bool builtins, sequence, literal, cast, record, optional;
};

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
static void imports_of(struct imports *needed, const struct argument *a, bool given)
{
	const struct argument *record = argument_record(a);

	needed->sequence |= a->type == ARGUMENT_LIST && !given;
	needed->literal |=
		a->type == ARGUMENT_ENUM || (a->element && a->element->type == ARGUMENT_ENUM);
	needed->record |= record != NULL;
	for (size_t i = 0; record && i < record->fields_len; i++) {
		needed->optional |= record->fields[i].optional;
		imports_of(needed, &record->fields[i], given);
	}
}

void gen_python_imports(const struct gen *g, bool client, FILE *to)
{
	static const char *const builtin[] = {"bool", "bytes", "float", "int", "list", "str"};
	struct imports n = {};

	for (size_t i = 0; i < ARRAY_SIZE(builtin); i++)
		n.builtins |= word_taken(g, builtin[i]);
	for (size_t i = 0; i < g->functions_len; i++) {
		const struct manifest_entrypoint *e = g->functions[i].entrypoint;

		n.cast |= client && e->result.type != ARGUMENT_NONE;
		for (size_t k = 0; k < e->arguments_len; k++)
			imports_of(&n, &e->arguments[k], !client);
		imports_of(&n, &e->result, true);
	}
	(void)fputs("from __future__ import annotations\n\n", to);
	if (n.builtins)
		(void)fputs("import builtins\n", to);
	if (n.sequence)
		(void)fputs("from collections.abc import Sequence\n", to);
	if (n.literal)
		(void)fputs("from typing import Literal\n", to);
	if (n.optional)
		(void)fputs("from typing import NotRequired as _NotRequired\n", to);
	if (n.record)
		(void)fputs("from typing import TypedDict as _TypedDict\n", to);
	if (n.cast)
		(void)fputs("from typing import cast as _cast\n", to);
	if (n.builtins || n.sequence || n.literal || n.record || n.cast)
		(void)fputc('\n', to);
	(void)fputs(client ? "import postern\n" : "from postern.entrypoint import entrypoint\n",
		    to);
}

/* In the form that takes any name for a field. */
static void record_write(const struct gen *g, const struct gen_record *record, bool client,
			 FILE *to)
{
	bool given = !client || strcmp(record->argument_name, "result") == 0;

	(void)fprintf(to, "\n%s = _TypedDict(\n    \"%s\",\n    {\n", record->name, record->name);
	for (size_t i = 0; i < record->type->fields_len; i++) {
		const struct argument *a = &record->type->fields[i];

		(void)fprintf(to, "        \"%s\": %s", a->name,
			      a->optional ? "_NotRequired[" : "");
		type_annotation(g, a, 0, given, to);
		(void)fputs(a->optional ? "],\n" : ",\n", to);
	}
	(void)fputs("    },\n)\n", to);
}

void gen_python_records(const struct gen *g, bool client, FILE *to)
{
	for (size_t i = 0; i < g->records_len; i++)
		record_write(g, &g->records[i], client, to);
}

static void head_write(const struct gen *g, FILE *to)
{
	const struct manifest *m = g->manifest;

	(void)fprintf(to, "\"\"\"\nCalls to the context %s.\n\n", m->name);
	if (m->description) {
		gen_lines(to, "", m->description, gen_python_text);
		(void)fputc('\n', to);
	}
	(void)fputs("Made by `postern gen python` from the manifest: change that, and make this "
		    "anew.\n\"\"\"\n\n",
		    to);
	gen_python_imports(g, true, to);
}

static int module_write(const struct gen *g, FILE *to)
{
	int r = 0;

	(void)fputs("\n__all__ = [\n", to);
	for (size_t i = 0; i < g->records_len; i++)
		(void)fprintf(to, "    \"%s\",\n", g->records[i].name);
	for (size_t i = 0; i < g->functions_len; i++)
		(void)fprintf(to, "    \"%s\",\n", g->functions[i].name);
	(void)fprintf(to, "]\n\n_context = postern.Context(\"%s\")\n", g->manifest->name);
	gen_python_records(g, true, to);
	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		r = function_write(g, &g->functions[i], false, to);
	return r;
}

static int class_write(const struct gen *g, FILE *to)
{
	const struct manifest *m = g->manifest;
	cleanup_free char *name = gen_class_name(m->name);
	cleanup_free char *says = NULL;
	int r = 0;

	if (!name || asprintf(&says, "Calls for one network namespace, of the form %s.",
			      m->network.name) < 0)
		return -ENOMEM;
	(void)fprintf(to, "\n__all__ = [\"%s\"", name);
	for (size_t i = 0; i < g->records_len; i++)
		(void)fprintf(to, ", \"%s\"", g->records[i].name);
	(void)fputs("]\n", to);
	gen_python_records(g, true, to);
	(void)fprintf(to, "\n\nclass %s:\n    \"\"\"\n", name);
	gen_lines(to, "    ", says, gen_python_text);
	(void)fputs("    \"\"\"\n\n    def __init__(self, network: ", to);
	type_word(g, "str", to);
	(void)fprintf(
		to,
		") -> None:\n        self._context = postern.Context(\"%s\", network=network)\n",
		m->name);
	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		r = function_write(g, &g->functions[i], true, to);
	return r;
}

static int file_write(const struct gen *g, FILE *to)
{
	head_write(g, to);
	return manifest_network_template(g->manifest) ? class_write(g, to) : module_write(g, to);
}

int gen_python(const struct manifest *m, const char *prefix UNUSED, FILE *to, struct error *err)
{
	static const struct gen_kind kind = {
		.rules = {.language = &gen_python_language,
			  .reserved = reserved,
			  .suffixes = suffixes},
		.write = file_write,
	};

	return gen_write(m, "", &kind, to, err);
}
