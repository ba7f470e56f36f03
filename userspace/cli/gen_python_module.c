/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern gen python-module: the functions of a module in Python, without what they do. */
#include <errno.h>
#include <string.h>

#include "cli/gen.h"

static const char *const suffixes[] = {"", NULL};
static const char *const reserved[] = {"entrypoint", NULL};

/* Functions are found, and arguments handed over, by these very names. */
static int names_check(const struct gen_function *f, struct error *err)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	cleanup_free char *name = gen_identifier("", e->name, false);
	const char *wrong = NULL;

	if (!name)
		return error_set(err, -ENOMEM, "entrypoint %s", e->name);
	if (strcmp(f->name, name) != 0)
		wrong = name;
	for (size_t i = 0; i < e->arguments_len && !wrong; i++)
		if (strcmp(f->parameters[i], e->arguments[i].name) != 0)
			wrong = e->arguments[i].name;
	if (!wrong)
		return 0;
	(void)error_say(err, -EINVAL, "entrypoint %s: \"%s\" cannot be a name in Python", e->name,
			wrong);
	error_hint(err, "give it another one in the manifest");
	return -EINVAL;
}

static int documentation(const struct manifest_entrypoint *e, FILE *to)
{
	(void)fputs("    \"\"\"\n", to);
	gen_lines(to, "    ", e->description ? e->description : e->name, gen_python_text);
	for (size_t i = 0; i < e->arguments_len + (e->result.type != ARGUMENT_NONE); i++) {
		bool result = i == e->arguments_len;
		cleanup_free char *constraint =
			gen_constraint_text(result ? &e->result : &e->arguments[i]);
		cleanup_free char *line = NULL;

		if (!constraint ||
		    asprintf(&line, "%s: %s", result ? "Returns" : e->arguments[i].name,
			     constraint) < 0)
			return -ENOMEM;
		if (i == 0)
			(void)fputc('\n', to);
		gen_lines(to, "    ", line, gen_python_text);
	}
	(void)fputs("    \"\"\"\n    raise NotImplementedError\n", to);
	return 0;
}

static int function_write(const struct gen *g, const struct gen_function *f, FILE *to)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	cleanup_free char *tail =
		gen_python_annotated(g, " -> ", "", &e->result, f->result_record, true, ":");
	cleanup_free char *head = NULL;
	struct gen_parameters p = {};
	int r;

	if (asprintf(&head, "def %s", f->name) < 0)
		head = NULL;
	for (size_t i = 0; i < e->arguments_len; i++) {
		cleanup_free char *text = gen_python_annotated(
			g, ": ", f->parameters[i], &e->arguments[i], f->records[i], true,
			e->arguments[i].optional ? " = None" : "");

		if (text)
			gen_parameter(&p, "%s", text);
		else
			p.no_memory = true;
	}
	p.no_memory |= !head || !tail;
	(void)fputs("\n\n@entrypoint\n", to);
	r = gen_python_lines(to, "", head ? head : "", &p, tail ? tail : "");
	return r < 0 ? r : documentation(e, to);
}

static void head_write(const struct gen *g, FILE *to)
{
	const struct manifest *m = g->manifest;

	(void)fprintf(to, "\"\"\"\nFunctions of the context %s.\n", m->name);
	if (m->description) {
		(void)fputc('\n', to);
		gen_lines(to, "", m->description, gen_python_text);
	}
	(void)fputs("\nBegun by `postern gen python-module`. Import here, at the top, all that "
		    "functions need: when\nthey are called, no module can be read.\n\"\"\"\n\n",
		    to);
	gen_python_imports(g, false, to);
}

static int all_names_check(const struct gen *g, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		r = names_check(&g->functions[i], err);
	return r;
}

static int file_write(const struct gen *g, FILE *to)
{
	int r = 0;

	head_write(g, to);
	gen_python_records(g, false, to);
	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		r = function_write(g, &g->functions[i], to);
	return r;
}

int gen_python_module(const struct manifest *m, const char *prefix UNUSED, FILE *to,
		      struct error *err)
{
	static const struct gen_kind kind = {
		.rules = {.language = &gen_python_language,
			  .module_only = true,
			  .reserved = reserved,
			  .suffixes = suffixes},
		.check = all_names_check,
		.write = file_write,
	};

	return gen_write(m, "", &kind, to, err);
}
