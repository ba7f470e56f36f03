/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Types and signatures of the C code, for clients and modules alike. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cli/gen.h"

#define SIGNATURE_COLUMNS 96

void gen_parameter(struct gen_parameters *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (p->len == ARRAY_SIZE(p->items) || vasprintf(&p->items[p->len], format, args) < 0)
		p->no_memory = true;
	else
		p->len++;
	va_end(args);
}

const struct gen_list *gen_list_of(const struct argument *list)
{
	static const struct gen_list booleans = {"booleans", "const bool *", "bool **",
						 "free() it"},
				     integers = {"integers", "const int64_t *", "int64_t **",
						 "free() it"},
				     bytes = {"bytes_list", "const struct postern_bytes *",
					      "struct postern_bytes **",
					      "one block for all of them: free() it"},
				     strings = {"strings", "const char *const *", "char ***",
						"one block for all of them: free() it"};

	switch (gen_form(list->element)) {
	case GEN_BOOLEAN:
		return &booleans;
	case GEN_INTEGER:
		return &integers;
	case GEN_BYTES:
		return &bytes;
	case GEN_STRING:
	case GEN_ENUM:
	case GEN_LIST: /* not as elements, with those that follow */
	case GEN_RECORD:
	case GEN_FD:
	case GEN_NOTHING:
	default:
		return &strings;
	}
}

static void list_parameter(const struct gen *g, const struct gen_function *f, size_t i,
			   struct gen_parameters *p)
{
	const struct argument *a = &f->entrypoint->arguments[i];

	if (f->records[i])
		gen_parameter(p, "const struct %s *%s", gen_record_name(g, f->records[i]),
			      f->parameters[i]);
	else if (f->enums[i])
		gen_parameter(p, "const enum %s *%s", g->enums[f->enums[i] - 1].name,
			      f->parameters[i]);
	else
		gen_parameter(p, "%s%s", gen_list_of(a)->items, f->parameters[i]);
	gen_parameter(p, "size_t %s", f->lengths[i]);
}

void gen_parameters_of(const struct gen *g, const struct gen_function *f, struct gen_parameters *p)
{
	for (size_t i = 0; i < f->entrypoint->arguments_len; i++) {
		const struct argument *a = &f->entrypoint->arguments[i];
		const char *name = f->parameters[i];
		const char *front = a->optional ? "const " : "", *star = a->optional ? "*" : "";

		switch (gen_form(a)) {
		case GEN_BOOLEAN:
			gen_parameter(p, "%sbool %s%s", front, star, name);
			break;
		case GEN_INTEGER:
			gen_parameter(p, "%sint64_t %s%s", front, star, name);
			break;
		case GEN_ENUM:
			gen_parameter(p, "%senum %s %s%s", front, g->enums[f->enums[i] - 1].name,
				      star, name);
			break;
		case GEN_BYTES:
			gen_parameter(p, "const void *%s", name);
			gen_parameter(p, "size_t %s", f->lengths[i]);
			break;
		case GEN_LIST:
			list_parameter(g, f, i, p);
			break;
		case GEN_RECORD:
			gen_parameter(p, "const struct %s *%s", gen_record_name(g, f->records[i]),
				      name);
			break;
		case GEN_FD:
			gen_parameter(p, "int %s", name);
			break;
		case GEN_STRING:
		case GEN_NOTHING:
		default:
			gen_parameter(p, "const char *%s", name);
			break;
		}
	}
}

int gen_signature(FILE *to, const char *head, struct gen_parameters *p, const char *tail)
{
	size_t column = strlen(head) + 1;

	(void)fprintf(to, "%s(", head);
	for (size_t i = 0; i < p->len; i++) {
		size_t len = strlen(p->items[i]) + 2;

		if (i > 0 && column + len > SIGNATURE_COLUMNS) {
			(void)fputs(",\n\t\t", to);
			column = 16;
		} else if (i > 0) {
			(void)fputs(", ", to);
		}
		(void)fputs(p->items[i], to);
		column += len;
		free(p->items[i]);
	}
	(void)fprintf(to, ")%s", tail);
	p->len = 0;
	return p->no_memory ? -ENOMEM : 0;
}

static void enum_write(const struct gen_enum *e, FILE *to)
{
	(void)fprintf(to, "\nenum %s {\n", e->name);
	for (size_t i = 0; i < e->argument->values_len; i++)
		(void)fprintf(to, "\t%s,\n", e->words[i]);
	(void)fputs("};\n", to);

	(void)fprintf(to,
		      "\n/* The word for it; NULL for a number that is none. */\n"
		      "static inline const char *%s_word(enum %s value)\n{\n"
		      "\tswitch (value) {\n",
		      e->name, e->name);
	for (size_t i = 0; i < e->argument->values_len; i++) {
		(void)fprintf(to, "\tcase %s:\n\t\treturn \"", e->words[i]);
		gen_c_text(to, e->argument->values[i]);
		(void)fputs("\";\n", to);
	}
	(void)fputs("\t}\n\treturn NULL;\n}\n", to);

	(void)fprintf(to,
		      "\n/* Its number; false when the word is none of them. */\n"
		      "static inline bool %s_parse(const char *word, enum %s *ret)\n{\n",
		      e->name, e->name);
	for (size_t i = 0; i < e->argument->values_len; i++) {
		(void)fputs("\tif (strcmp(word, \"", to);
		gen_c_text(to, e->argument->values[i]);
		(void)fprintf(to, "\") == 0) {\n\t\t*ret = %s;\n\t\treturn true;\n\t}\n",
			      e->words[i]);
	}
	(void)fputs("\treturn false;\n}\n", to);
}

int gen_types_write(const struct gen *g, FILE *to)
{
	cleanup_free char *guard = gen_identifier("POSTERN_TYPES_", g->enum_prefix, true);
	int r;

	if (g->enums_len + g->records_len == 0)
		return 0;
	/* Both headers of a context may be included by one file. */
	(void)fprintf(to, "\n#ifndef %sH\n#define %sH\n", guard ? guard : "", guard ? guard : "");
	for (size_t i = 0; i < g->enums_len; i++)
		enum_write(&g->enums[i], to);
	r = gen_records_write(g, to);
	(void)fputs("\n#endif\n", to);
	return r;
}

int gen_arguments_comment(const struct gen_function *f, FILE *to)
{
	for (size_t i = 0; i < f->entrypoint->arguments_len; i++) {
		cleanup_free char *constraint = gen_constraint_text(&f->entrypoint->arguments[i]);
		cleanup_free char *line = NULL;

		if (!constraint || asprintf(&line, "%s: %s", f->parameters[i], constraint) < 0)
			return -ENOMEM;
		gen_lines(to, " * ", line, gen_comment_text);
	}
	return 0;
}
