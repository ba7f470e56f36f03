/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * postern gen c: one header for clients. Prototypes with their comments come first, what is behind
 * them last, all of it inline: there is one file to have, and nothing to link but libpostern.
 */
#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "cli/gen.h"

static const char *const suffixes[] = {"", "_within", NULL};
static const char *const reserved[] = {
	"args_", "context", "failure", "free",	     "i_",     "r_", "records_",
	"ret",	 "ret_len", "room_",   "timeout_ms", "value_", NULL,
};

/* How a result is handed out: what the parameter is, which function takes it out of the value, and
 * what the caller does with it. */
struct result {
	const char *parameter, *take, *then;
	bool len;
};

static struct result result_of(const struct argument *a)
{
	enum gen_form form = gen_form(a);

	/* The parameter has the structure's name, see signature(). */
	if (argument_record(a))
		return (struct result){NULL, "records", "one block: free() it", form == GEN_LIST};
	if (form == GEN_LIST)
		return (struct result){gen_list_of(a)->result, gen_list_of(a)->word,
				       gen_list_of(a)->then, true};
	switch (form) {
	case GEN_BOOLEAN:
		return (struct result){"bool *", "boolean", NULL, false};
	case GEN_INTEGER:
		return (struct result){"int64_t *", "integer", NULL, false};
	case GEN_BYTES:
		return (struct result){"void **", "bytes", "free() it", true};
	case GEN_STRING:
		return (struct result){"char **", "string", "free() it", false};
	case GEN_FD:
		return (struct result){"int *", "fd", "close() it", false};
	case GEN_ENUM:
	case GEN_LIST:
	case GEN_RECORD:
	case GEN_NOTHING:
	default:
		return (struct result){};
	}
}

static int signature(const struct gen *g, const struct gen_function *f, bool within, FILE *to,
		     const char *tail)
{
	const struct argument *a = &f->entrypoint->result;
	struct result result = result_of(a);
	struct gen_parameters p = {};
	cleanup_free char *head = NULL;

	if (asprintf(&head, "static inline int %s%s", f->name, within ? "_within" : "") < 0)
		return -ENOMEM;
	gen_parameter(&p, "struct postern *context");
	if (within)
		gen_parameter(&p, "unsigned timeout_ms");
	gen_parameters_of(g, f, &p);
	if (gen_form(a) == GEN_ENUM)
		gen_parameter(&p, "enum %s *ret", g->enums[f->result_enum - 1].name);
	else if (f->result_record)
		gen_parameter(&p, "struct %s **ret", gen_record_name(g, f->result_record));
	else if (result.parameter)
		gen_parameter(&p, "%sret", result.parameter);
	if (result.len)
		gen_parameter(&p, "size_t *ret_len");
	gen_parameter(&p, "struct postern_failure **failure");
	return gen_signature(to, head, &p, tail);
}

static int prototype(const struct gen *g, const struct gen_function *f, FILE *to)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	struct result result = result_of(&e->result);
	char timeout[UNITS_TEXT_MAX];
	int r;

	(void)fputs("\n/*\n", to);
	gen_lines(to, " * ", e->description ? e->description : e->name, gen_comment_text);
	(void)fputs(" *\n", to);
	r = gen_arguments_comment(f, to);
	if (r == 0 && e->result.type != ARGUMENT_NONE) {
		cleanup_free char *constraint = gen_constraint_text(&e->result);
		cleanup_free char *line = NULL;

		if (!constraint ||
		    asprintf(&line, "ret: %s%s%s", constraint, result.then ? "; " : "",
			     result.then ? result.then : "") < 0)
			return -ENOMEM;
		gen_lines(to, " * ", line, gen_comment_text);
	}
	(void)fprintf(to, " * Timeout: %s.\n */\n", units_format_duration(timeout, e->timeout_ns));
	if (r == 0)
		r = signature(g, f, false, to, ";\n");
	return r == 0 ? signature(g, f, true, to, ";\n") : r;
}

/* The statement that puts a record, or a list of records, into args_. */
static void records_put(const struct gen *g, const struct gen_function *f, size_t i, FILE *to)
{
	const struct argument *a = &f->entrypoint->arguments[i];
	const char *record = gen_record_name(g, f->records[i]), *p = f->parameters[i];

	(void)fprintf(to, "postern_put_record%s(args_, \"%s\", %s_fields,\n\t\t\t%zu, %s",
		      f->lengths[i] ? "s" : "", a->name, record, argument_record(a)->fields_len, p);
	if (f->lengths[i])
		(void)fprintf(to, ", sizeof(*%s), %s", p, f->lengths[i]);
	(void)fputs(");\n", to);
}

/* The statement that puts an argument into args_. */
static void list_put(const struct gen *g, const struct gen_function *f, size_t i, FILE *to)
{
	const char *name = f->entrypoint->arguments[i].name, *p = f->parameters[i];
	const char *len = f->lengths[i], *held = f->held[i];

	if (f->records[i]) {
		records_put(g, f, i, to);
		return;
	}
	if (gen_form(f->entrypoint->arguments[i].element) != GEN_ENUM) {
		(void)fprintf(to, "postern_args_%s(args_, \"%s\", %s, %s);\n",
			      gen_list_of(&f->entrypoint->arguments[i])->word, name, p, len);
		return;
	}
	(void)fprintf(to,
		      "{\n\t\tconst char **%s = postern_words_new(%s);\n\n"
		      "\t\tfor (size_t i_ = 0; %s && i_ < %s; i_++)\n"
		      "\t\t\t%s[i_] = %s_word(%s[i_]);\n"
		      "\t\tpostern_args_strings(args_, \"%s\", %s, %s);\n"
		      "\t\tfree((void *)%s);\n\t}\n",
		      held, len, held, len, held, g->enums[f->enums[i] - 1].name, p, name, held,
		      len, held);
}

static void argument_put(const struct gen *g, const struct gen_function *f, size_t i, FILE *to)
{
	const struct argument *a = &f->entrypoint->arguments[i];
	const char *star = a->optional ? "*" : "", *p = f->parameters[i];

	(void)fputc('\t', to);
	if (a->optional)
		(void)fprintf(to, gen_form(a) == GEN_FD ? "if (%s >= 0)%s" : "if (%s)%s", p,
			      gen_form(a) == GEN_LIST && gen_form(a->element) == GEN_ENUM
				      ? " "
				      : "\n\t\t");
	switch (gen_form(a)) {
	case GEN_BOOLEAN:
	case GEN_INTEGER:
		(void)fprintf(to, "postern_args_%s(args_, \"%s\", %s%s);\n",
			      gen_form(a) == GEN_BOOLEAN ? "boolean" : "integer", a->name, star, p);
		break;
	case GEN_ENUM:
		(void)fprintf(to, "postern_args_borrow_string(args_, \"%s\", %s_word(%s%s));\n",
			      a->name, g->enums[f->enums[i] - 1].name, star, p);
		break;
	case GEN_BYTES:
		(void)fprintf(to, "postern_args_borrow_bytes(args_, \"%s\", %s, %s);\n", a->name, p,
			      f->lengths[i]);
		break;
	case GEN_LIST:
		list_put(g, f, i, to);
		break;
	case GEN_RECORD:
		records_put(g, f, i, to);
		break;
	case GEN_FD:
		(void)fprintf(to, "postern_args_fd(args_, \"%s\", %s);\n", a->name, p);
		break;
	case GEN_STRING:
	case GEN_NOTHING:
	default:
		(void)fprintf(to, "postern_args_borrow_string(args_, \"%s\", %s);\n", a->name, p);
		break;
	}
}

static void result_take(const struct gen *g, const struct gen_function *f, FILE *to)
{
	const char *entrypoint = f->entrypoint->name, *name;
	struct result result = result_of(&f->entrypoint->result);

	if (f->result_record) {
		name = gen_record_name(g, f->result_record);
		(void)fprintf(to,
			      "\tr_ = postern_take_records(value_, %s_fields, %zu,\n"
			      "\t\t\tsizeof(**ret), &records_, %s, \"%s\", failure);\n"
			      "\tif (r_ == 0)\n\t\t*ret = (struct %s *)records_;\n\treturn r_;\n",
			      name, argument_record(&f->entrypoint->result)->fields_len,
			      result.len ? "ret_len" : "NULL", entrypoint, name);
		return;
	}
	if (gen_form(&f->entrypoint->result) != GEN_ENUM) {
		(void)fprintf(to, "\treturn postern_take_%s(value_, ret, %s\"%s\", failure);\n",
			      result.take, result.len ? "ret_len, " : "", entrypoint);
		return;
	}
	name = g->enums[f->result_enum - 1].name;
	(void)fprintf(to,
		      "\tr_ = %s_parse(postern_value_word(value_), ret)\n"
		      "\t\t\t? 0\n\t\t\t: postern_result_mismatch(failure, \"%s\");\n"
		      "\tpostern_value_free(value_);\n\treturn r_;\n",
		      name, entrypoint);
}

static int definition(const struct gen *g, const struct gen_function *f, FILE *to)
{
	const struct manifest_entrypoint *e = f->entrypoint;
	bool has_result = e->result.type != ARGUMENT_NONE;
	cleanup_free char *head = NULL;
	struct gen_parameters p = {};
	int r;

	(void)fputc('\n', to);
	r = signature(g, f, true, to, "\n{\n");
	if (r < 0)
		return r;
	(void)fputs("\tstruct postern_args_room room_;\n"
		    "\tstruct postern_args *args_ = postern_args_in(&room_);\n",
		    to);
	if (has_result)
		(void)fputs("\tstruct postern_value *value_ = NULL;\n", to);
	if (f->result_record)
		(void)fputs("\tvoid *records_ = NULL;\n", to);
	(void)fputs("\tint r_;\n\n", to);
	for (size_t i = 0; i < e->arguments_len; i++)
		argument_put(g, f, i, to);
	(void)fprintf(to,
		      "\tr_ = postern_call(context, \"%s\", args_, timeout_ms, %s, failure);\n"
		      "\tpostern_args_free(args_);\n",
		      e->name, has_result ? "&value_" : "NULL");
	if (has_result) {
		(void)fputs("\tif (r_ < 0)\n\t\treturn r_;\n", to);
		result_take(g, f, to);
	} else {
		(void)fputs("\treturn r_;\n", to);
	}
	(void)fputs("}\n\n", to);
	r = signature(g, f, false, to, "\n{\n");
	if (r < 0 || asprintf(&head, "\treturn %s_within", f->name) < 0)
		return -ENOMEM;
	gen_parameter(&p, "context, 0");
	for (size_t i = 0; i < e->arguments_len; i++) {
		gen_parameter(&p, "%s", f->parameters[i]);
		if (f->lengths[i])
			gen_parameter(&p, "%s", f->lengths[i]);
	}
	if (has_result)
		gen_parameter(&p, "ret");
	if (result_of(&e->result).len)
		gen_parameter(&p, "ret_len");
	gen_parameter(&p, "failure");
	return gen_signature(to, head, &p, ";\n}\n");
}

static void head_write(const struct gen *g, const char *guard, FILE *to)
{
	const struct manifest *m = g->manifest;
	bool named = manifest_network_template(m);

	(void)fprintf(to, "/*\n * Calls to the context %s", m->name);
	(void)fputs(m->description ? ":\n" : ".\n", to);
	if (m->description)
		gen_lines(to, " * ", m->description, gen_comment_text);
	(void)fprintf(
		to,
		" *\n * Made by `postern gen c` from the manifest: change that, and make this "
		"anew.\n *\n"
		" *\tstruct postern *context = %s(\"%s\"%s);\n"
		" *\tstruct postern_failure *failure = NULL;\n *\n",
		named ? "postern_new_network" : "postern_new", m->name, named ? ", network" : "");
	(void)fputs(" * Each function returns 0; or a negative errno as postern_call() does, with "
		    "*failure set\n"
		    " * (NULL still: memory was lacking). A result is set on success only. An "
		    "optional argument\n"
		    " * that is NULL is not given, nor a descriptor below 0; descriptors stay the "
		    "caller's, and open\n"
		    " * until the function returns. The functions that end in _within wait "
		    "timeout_ms at most;\n"
		    " * 0 stands for the entrypoint's own timeout.\n */\n",
		    to);
	(void)fprintf(to, "#ifndef %s\n#define %s\n\n", guard, guard);
	(void)fputs("#include <errno.h>\n#include <stdbool.h>\n#include <stddef.h>\n"
		    "#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n\n"
		    "#include <postern/postern-generated.h>\n",
		    to);
}

static int file_write(const struct gen *g, FILE *to)
{
	cleanup_free char *upper = gen_identifier("POSTERN_CLIENT_", g->manifest->name, true);
	cleanup_free char *guard = upper ? gen_identifier(upper, "_H", true) : NULL;
	int r;

	if (!guard)
		return -ENOMEM;
	head_write(g, guard, to);
	r = gen_types_write(g, to);
	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		r = prototype(g, &g->functions[i], to);
	(void)fputs("\n/* What follows is how. */\n", to);
	for (size_t i = 0; i < g->functions_len && r == 0; i++)
		r = definition(g, &g->functions[i], to);
	(void)fputs("\n#endif\n", to);
	return r;
}

int gen_c(const struct manifest *m, const char *prefix, FILE *to, struct error *err)
{
	cleanup_free char *own = gen_identifier(m->name, "_", false);
	struct gen_kind kind = {
		.rules = {.language = &gen_c_language,
			  .reserved = reserved,
			  .suffixes = suffixes,
			  .enum_prefix = prefix ? prefix : own},
		.write = file_write,
	};

	if (!own)
		return error_set(err, -ENOMEM, "context %s", m->name);
	return gen_write(m, kind.rules.enum_prefix, &kind, to, err);
}
