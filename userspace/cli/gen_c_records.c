/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records in C: a structure each, and a table of where its fields stand
 * (postern-generated-fields.h). */
#include <errno.h>
#include <string.h>

#include "cli/gen.h"

const char *gen_record_name(const struct gen *g, size_t record)
{
	return record > 0 ? g->records[record - 1].name : "";
}

/* The kind of a member, and what stands before its name. */
struct member {
	const char *kind; /* of enum postern_field_kind */
	const char *type;
	const char *of_enum; /* "enum motd_mode" behind the type's first word; "" */
	const char *star;
};

static const char *enum_name(const struct gen *g, const struct gen_record *record, size_t i)
{
	return record->enums[i] > 0 ? g->enums[record->enums[i] - 1].name : "";
}

static struct member list_member(const struct gen *g, const struct gen_record *record, size_t i)
{
	switch (gen_form(record->type->fields[i].element)) {
	case GEN_INTEGER:
		return (struct member){"INTEGERS", "const int64_t ", "", "*"};
	case GEN_ENUM:
		return (struct member){"WORDS", "const enum ", enum_name(g, record, i), " *"};
	case GEN_BOOLEAN:
		return (struct member){"BOOLEANS", "const bool ", "", "*"};
	case GEN_BYTES:
		return (struct member){"BYTES_LIST", "const struct postern_bytes ", "", "*"};
	case GEN_STRING:
	case GEN_LIST: /* not as elements of a field, with those that follow */
	case GEN_RECORD:
	case GEN_FD:
	case GEN_NOTHING:
	default:
		return (struct member){"STRINGS", "const char *const ", "", "*"};
	}
}

static struct member member_of(const struct gen *g, const struct gen_record *record, size_t i)
{
	const struct argument *a = &record->type->fields[i];

	switch (gen_form(a)) {
	case GEN_BOOLEAN:
		return (struct member){"BOOLEAN", a->optional ? "const bool " : "bool ", "",
				       a->optional ? "*" : ""};
	case GEN_INTEGER:
		return (struct member){"INTEGER", a->optional ? "const int64_t " : "int64_t ", "",
				       a->optional ? "*" : ""};
	case GEN_ENUM:
		return (struct member){"WORD", a->optional ? "const enum " : "enum ",
				       enum_name(g, record, i), a->optional ? " *" : " "};
	case GEN_BYTES:
		return (struct member){"BYTES", "const void ", "", "*"};
	case GEN_LIST:
		return list_member(g, record, i);
	case GEN_STRING:
	case GEN_RECORD:
	case GEN_FD:
	case GEN_NOTHING:
	default:
		return (struct member){"STRING", "const char ", "", "*"};
	}
}

static int structure_write(const struct gen *g, const struct gen_record *record, FILE *to)
{
	(void)fprintf(to, "\nstruct %s {\n", record->name);
	for (size_t i = 0; i < record->type->fields_len; i++) {
		struct member m = member_of(g, record, i);
		cleanup_free char *says = gen_constraint_text(&record->type->fields[i]);

		if (!says)
			return -ENOMEM;
		(void)fputs("\t/* ", to);
		gen_comment_text(to, says);
		(void)fprintf(to, " */\n\t%s%s%s%s;\n", m.type, m.of_enum, m.star,
			      record->fields[i]);
		if (record->lengths[i])
			(void)fprintf(to, "\tsize_t %s;\n", record->lengths[i]);
	}
	(void)fputs("};\n", to);
	return 0;
}

static size_t words_of(const struct argument *a, char *const **ret)
{
	const struct argument *scalar = a->type == ARGUMENT_LIST ? a->element : a;

	*ret = scalar->values;
	return scalar->type == ARGUMENT_ENUM ? scalar->values_len : 0;
}

static void table_write(const struct gen *g, const struct gen_record *record, FILE *to)
{
	char *const *words;

	for (size_t i = 0; i < record->type->fields_len; i++) {
		size_t len = words_of(&record->type->fields[i], &words);

		if (len == 0)
			continue;
		(void)fprintf(to, "\nstatic const char *const %s_fields_%zu_[] = {\n", record->name,
			      i);
		for (size_t k = 0; k < len; k++) {
			(void)fputs("\t\"", to);
			gen_c_text(to, words[k]);
			(void)fputs("\",\n", to);
		}
		(void)fputs("};\n", to);
	}
	(void)fprintf(to, "\nstatic const struct postern_field %s_fields[] = {\n", record->name);
	for (size_t i = 0; i < record->type->fields_len; i++) {
		const struct argument *a = &record->type->fields[i];
		size_t len = words_of(a, &words);

		(void)fprintf(to, "\t{\"%s\", POSTERN_FIELD_%s, %s, offsetof(struct %s, %s),\n\t ",
			      a->name, member_of(g, record, i).kind, a->optional ? "true" : "false",
			      record->name, record->fields[i]);
		if (record->lengths[i])
			(void)fprintf(to, "offsetof(struct %s, %s), ", record->name,
				      record->lengths[i]);
		else
			(void)fputs("0, ", to);
		if (len)
			(void)fprintf(to, "%s_fields_%zu_, %zu},\n", record->name, i, len);
		else
			(void)fputs("NULL, 0},\n", to);
	}
	(void)fputs("};\n", to);
}

int gen_records_write(const struct gen *g, FILE *to)
{
	int r = 0;

	for (size_t i = 0; i < g->records_len && r == 0; i++) {
		r = structure_write(g, &g->records[i], to);
		table_write(g, &g->records[i], to);
	}
	return r;
}
