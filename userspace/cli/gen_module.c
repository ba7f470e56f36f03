/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * postern gen module: the header of a module.
 *
 * The author writes plain functions. The header declares them, so that one with another signature
 * does not compile. Their visibility is hidden: a shared object may lack a symbol, but not a hidden
 * one, so that one that is missing does not link.
 */
#include <errno.h>
#include <string.h>

#include "cli/gen.h"

static const char *const suffixes[] = {"", "_return", "_entry_", NULL};
static const char *const reserved[] = {"call", "free", "i_", "r_", "result", "result_len", NULL};

static int signature(const struct gen *g, const struct gen_function *f, FILE *to)
{
	struct gen_parameters p = {};
	cleanup_free char *head = NULL;

	if (asprintf(&head, "int %s", f->name) < 0)
		return -ENOMEM;
	gen_parameter(&p, "struct postern_invocation *call");
	gen_parameters_of(g, f, &p);
	return gen_signature(to, head, &p, ";\n");
}

/* How a result is given: what it is, and by which function of the API. */
static int result_write(const struct gen *g, const struct gen_function *f, FILE *to)
{
	const struct argument *a = &f->entrypoint->result;
	const struct argument *scalar = a->type == ARGUMENT_LIST ? a->element : a;
	const char *type = "const char *", *by = "string", *word = "";
	const char *record = gen_record_name(g, f->result_record);
	bool len = a->type == ARGUMENT_LIST || a->type == ARGUMENT_BYTES;
	struct gen_parameters p = {};
	cleanup_free char *head = NULL;

	if (a->type == ARGUMENT_LIST) {
		type = gen_list_of(a)->items, by = gen_list_of(a)->word;
	} else if (gen_form(scalar) == GEN_BOOLEAN) {
		type = "bool ", by = "boolean";
	} else if (gen_form(scalar) == GEN_INTEGER) {
		type = "int64_t ", by = "integer";
	} else if (gen_form(scalar) == GEN_FD) {
		type = "int ", by = "fd";
	} else if (gen_form(scalar) == GEN_BYTES) {
		type = "const void *", by = "bytes";
	} else if (gen_form(scalar) == GEN_ENUM) {
		word = g->enums[f->result_enum - 1].name;
	}
	if (asprintf(&head, "\nstatic inline int %s_return", f->name) < 0)
		return -ENOMEM;
	gen_parameter(&p, "struct postern_invocation *call");
	if (f->result_record) {
		gen_parameter(&p, "const struct %s *result", record);
		if (len)
			gen_parameter(&p, "size_t result_len");
		if (gen_signature(to, head, &p, "\n{\n") < 0)
			return -ENOMEM;
		(void)fprintf(to,
			      "\treturn postern_give_records(call, %s_fields, %zu,\n"
			      "\t\t\tresult, sizeof(*result), %s);\n}\n",
			      record, scalar->fields_len, len ? "result_len" : "1");
		return 0;
	}
	gen_parameter(&p, "%s%s%sresult", *word ? "enum " : type, word, *word ? " " : "");
	if (len)
		gen_parameter(&p, "size_t result_len");
	if (gen_signature(to, head, &p, "\n{\n") < 0)
		return -ENOMEM;
	(void)fprintf(to, "\treturn postern_return_%s(call, %s%sresult%s%s);\n}\n", by, word,
		      *word ? "_word(" : "", *word ? ")" : "", len ? ", result_len" : "");
	return 0;
}

static int prototype(const struct gen *g, const struct gen_function *f, FILE *to)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	int r;

	(void)fputs("\n/*\n", to);
	gen_lines(to, " * ", e->description ? e->description : e->name, gen_comment_text);
	if (e->arguments_len + (e->result.type != ARGUMENT_NONE) > 0)
		(void)fputs(" *\n", to);
	r = gen_arguments_comment(f, to);
	if (r == 0 && e->result.type != ARGUMENT_NONE) {
		cleanup_free char *constraint = gen_constraint_text(&e->result);
		cleanup_free char *line = NULL;

		if (!constraint ||
		    asprintf(&line, "Result, by %s_return(): %s", f->name, constraint) < 0)
			return -ENOMEM;
		gen_lines(to, " * ", line, gen_comment_text);
	}
	(void)fputs(" */\n", to);
	return r < 0 ? r : signature(g, f, to);
}

/* Of the block that holds a list's items, which postern_list_x() makes. */
static const char *items_type(const struct argument *list)
{
	if (gen_form(list->element) == GEN_STRING)
		return "const char **";
	return gen_list_of(list)->items + strlen("const ");
}

/* The variables that hold an argument. */
static void argument_declare(const struct gen *g, const struct gen_function *f, size_t i, FILE *to)
{
	const struct argument *a = &f->entrypoint->arguments[i];
	const char *p = f->parameters[i], *held = f->held[i], *len = f->lengths[i];
	const char *kind = gen_form(a) == GEN_BOOLEAN ? "boolean" : "integer";
	const char *type = gen_form(a) == GEN_BOOLEAN ? "bool" : "int64_t";

	switch (gen_form(a)) {
	case GEN_BOOLEAN:
	case GEN_INTEGER:
		(void)fprintf(to, "\tconst %s %s = postern_arg_%s(call, \"%s\");\n", type,
			      a->optional ? held : p, kind, a->name);
		if (a->optional)
			(void)fprintf(to,
				      "\tconst %s *%s = postern_arg_given(call, \"%s\") ? &%s : "
				      "NULL;\n",
				      type, p, a->name, held);
		break;
	case GEN_BYTES:
		(void)fprintf(to,
			      "\tsize_t %s;\n\tconst void *%s = postern_arg_bytes(call, \"%s\", "
			      "&%s);\n",
			      len, p, a->name, len);
		break;
	case GEN_ENUM:
		(void)fprintf(to, "\tenum %s %s = %s;\n", g->enums[f->enums[i] - 1].name, held,
			      g->enums[f->enums[i] - 1].words[0]);
		break;
	case GEN_RECORD:
		(void)fprintf(to, "\tvoid *%s = NULL;\n", p);
		break;
	case GEN_LIST:
		(void)fprintf(to, "\tsize_t %s = 0;\n", len);
		if (f->records[i])
			(void)fprintf(to, "\tvoid *%s = NULL;\n", p);
		else if (f->enums[i])
			(void)fprintf(to, "\tenum %s *%s = NULL;\n", g->enums[f->enums[i] - 1].name,
				      p);
		else
			(void)fprintf(to, "\t%s%s = NULL;\n", items_type(a), p);
		break;
	case GEN_FD:
		(void)fprintf(to, "\tconst int %s = postern_arg_fd(call, \"%s\");\n", p, a->name);
		break;
	case GEN_STRING:
	case GEN_NOTHING:
	default:
		(void)fprintf(to, "\tconst char *%s = postern_arg_string(call, \"%s\");\n", p,
			      a->name);
		break;
	}
}

static void enum_list_fetch(const struct gen *g, const struct gen_function *f, size_t i, FILE *to)
{
	const char *enum_name = g->enums[f->enums[i] - 1].name;
	const char *name = f->entrypoint->arguments[i].name;
	const char *p = f->parameters[i], *len = f->lengths[i];

	(void)fprintf(to,
		      "\tif (r_ == 0 && postern_arg_given(call, \"%s\")) {\n"
		      "\t\t%s = postern_arg_list_len(call, \"%s\");\n"
		      "\t\t%s = (enum %s *)calloc(%s + 1, sizeof(*%s));\n"
		      "\t\tr_ = %s ? 0 : -ENOMEM;\n\t}\n",
		      name, len, name, p, enum_name, len, p, p);
	(void)fprintf(to,
		      "\tfor (size_t i_ = 0; r_ == 0 && i_ < %s; i_++)\n"
		      "\t\tif (!%s_parse(postern_arg_list_string(call, \"%s\", i_), &%s[i_]))\n"
		      "\t\t\tr_ = postern_word_unknown(call, \"%s\");\n",
		      len, enum_name, name, p, name);
}

/* What can fail. */
static void argument_fetch(const struct gen *g, const struct gen_function *f, size_t i, FILE *to)
{
	const struct argument *a = &f->entrypoint->arguments[i];
	const char *p = f->parameters[i];

	if (gen_form(a) == GEN_ENUM) {
		(void)fputs("\tif (r_ == 0", to);
		if (a->optional)
			(void)fprintf(to, " && postern_arg_given(call, \"%s\")", a->name);
		(void)fprintf(to,
			      " &&\n\t    !%s_parse(postern_arg_string(call, \"%s\"), &%s))\n"
			      "\t\tr_ = postern_word_unknown(call, \"%s\");\n",
			      g->enums[f->enums[i] - 1].name, a->name, f->held[i], a->name);
		return;
	}
	if (f->records[i]) {
		const char *record = gen_record_name(g, f->records[i]);
		const char *amp = f->lengths[i] ? "&" : "";

		(void)fprintf(to,
			      "\tif (r_ == 0)\n\t\tr_ = postern_fetch_records(call, \"%s\", "
			      "%s_fields, %zu,\n\t\t\t\tsizeof(struct %s), &%s, %s%s);\n",
			      a->name, record, argument_record(a)->fields_len, record, p, amp,
			      f->lengths[i] ? f->lengths[i] : "NULL");
		return;
	}
	if (gen_form(a) != GEN_LIST)
		return;
	if (f->enums[i])
		enum_list_fetch(g, f, i, to);
	else
		(void)fprintf(to,
			      "\tif (r_ == 0)\n\t\tr_ = postern_list_%s(call, \"%s\", &%s, &%s);\n",
			      gen_list_of(a)->word, a->name, p, f->lengths[i]);
}

static int call_write(const struct gen *g, const struct gen_function *f, const char *front,
		      FILE *to)
{
	struct gen_parameters p = {};
	cleanup_free char *head = NULL;

	if (asprintf(&head, "%s%s", front, f->name) < 0)
		return -ENOMEM;
	gen_parameter(&p, "call");
	for (size_t i = 0; i < f->entrypoint->arguments_len; i++) {
		const struct argument *a = &f->entrypoint->arguments[i];

		if (f->records[i])
			gen_parameter(&p, "(const struct %s *)%s",
				      gen_record_name(g, f->records[i]), f->parameters[i]);
		else if (gen_form(a) != GEN_ENUM)
			gen_parameter(&p, "%s", f->parameters[i]);
		else if (a->optional)
			gen_parameter(&p, "postern_arg_given(call, \"%s\") ? &%s : NULL", a->name,
				      f->held[i]);
		else
			gen_parameter(&p, "%s", f->held[i]);
		if (f->lengths[i])
			gen_parameter(&p, "%s", f->lengths[i]);
	}
	return gen_signature(to, head, &p, ";\n");
}

static int entry_write(const struct gen *g, const struct gen_function *f, FILE *to)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	bool may_fail = false;
	int r;

	(void)fprintf(to, "\nstatic int %s_entry_(struct postern_invocation *call)\n{\n", f->name);
	for (size_t i = 0; i < e->arguments_len; i++) {
		argument_declare(g, f, i, to);
		may_fail |= gen_form(&e->arguments[i]) == GEN_ENUM ||
			    gen_form(&e->arguments[i]) == GEN_LIST ||
			    gen_form(&e->arguments[i]) == GEN_RECORD;
	}
	if (may_fail)
		(void)fputs("\tint r_ = 0;\n", to);
	if (e->arguments_len > 0)
		(void)fputc('\n', to);
	for (size_t i = 0; i < e->arguments_len; i++)
		argument_fetch(g, f, i, to);
	if (may_fail)
		(void)fputs("\tif (r_ == 0)\n", to);
	r = call_write(g, f, may_fail ? "\t\tr_ = " : "\treturn ", to);
	for (size_t i = 0; i < e->arguments_len; i++)
		if (gen_form(&e->arguments[i]) == GEN_LIST || f->records[i])
			(void)fprintf(to, "\tfree((void *)%s);\n", f->parameters[i]);
	(void)fputs(may_fail ? "\treturn r_;\n}\n" : "}\n", to);
	return r;
}

static void head_write(const struct gen *g, const char *guard, const char *upper, FILE *to)
{
	const struct manifest *m = g->manifest;

	(void)fprintf(to, "/*\n * The functions of the context %s%s\n", m->name,
		      m->description ? ":" : ".");
	if (m->description)
		gen_lines(to, " * ", m->description, gen_comment_text);
	(void)fprintf(
		to,
		" *\n * Made by `postern gen module` from the manifest: change that, and make "
		"this anew.\n *\n"
		" * One file of the module includes it, and gets the table of entrypoints with "
		"it; others\n"
		" * define %s_PROTOTYPES first. An optional argument that was not given is "
		"NULL,\n"
		" * a descriptor -1; a descriptor that is given back is the call's from then on.\n"
		" * Arguments live as long as the call. Each function returns 0, with its "
		"result given,\n"
		" * or what postern_fail() returned, or a negative errno.\n */\n",
		upper);
	(void)fprintf(to, "#ifndef %s\n#define %s\n\n", guard, guard);
	(void)fputs("#include <postern/postern-generated-module.h>\n\n"
		    "#ifdef __cplusplus\nextern \"C\" {\n#endif\n",
		    to);
}

static int body_write(const struct gen *g, const char *upper, FILE *to)
{
	int r = gen_types_write(g, to);

	(void)fputs("\n/* Hidden: one that is missing is an error of the linker. */\n"
		    "#pragma GCC visibility push(hidden)\n",
		    to);
	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		r = prototype(g, &g->functions[i], to);
	(void)fputs("\n#pragma GCC visibility pop\n", to);
	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		if (g->functions[i].entrypoint->result.type != ARGUMENT_NONE)
			r = result_write(g, &g->functions[i], to);
	(void)fprintf(to, "\n#ifndef %s_PROTOTYPES\n", upper);
	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		r = entry_write(g, &g->functions[i], to);
	(void)fputs("\nPOSTERN_MODULE(", to);
	for (size_t i = 0; i < g->functions_len; i++)
		(void)fprintf(to, "%s{\"%s\", %s_entry_}", i > 0 ? ",\n\t       " : "",
			      g->functions[i].entrypoint->name, g->functions[i].name);
	(void)fprintf(to, ");\n\n#endif /* %s_PROTOTYPES */\n", upper);
	(void)fputs("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n", to);
	return r;
}

static int file_write(const struct gen *g, FILE *to)
{
	cleanup_free char *upper = gen_identifier("POSTERN_MODULE_", g->manifest->name, true);
	cleanup_free char *guard = upper ? gen_identifier(upper, "_H", true) : NULL;

	if (!guard)
		return -ENOMEM;
	head_write(g, guard, upper, to);
	return body_write(g, upper, to);
}

static int functions_check(const struct gen *g, struct error *err)
{
	if (g->functions_len > 0)
		return 0;
	(void)error_say(err, -EINVAL, "context %s has no entrypoint that its module serves",
			g->manifest->name);
	error_hint(err, "posternd serves all of them itself: it needs no function");
	return -EINVAL;
}

int gen_module(const struct manifest *m, const char *prefix, FILE *to, struct error *err)
{
	cleanup_free char *enum_prefix = gen_identifier(m->name, "_", false);
	const struct gen_kind kind = {
		.rules = {.language = &gen_c_language,
			  .module_only = true,
			  .reserved = reserved,
			  .suffixes = suffixes,
			  .enum_prefix = enum_prefix},
		.check = functions_check,
		.write = file_write,
	};

	if (!enum_prefix)
		return error_set(err, -ENOMEM, "context %s", m->name);
	return gen_write(m, prefix ? prefix : "", &kind, to, err);
}
