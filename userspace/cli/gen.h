/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Code and pages that are made from a manifest: what the parts of `postern gen` share. */
#ifndef POSTERN_CLI_GEN_H
#define POSTERN_CLI_GEN_H

#include <stdio.h>

#include "base/error.h"
#include "manifest/manifest.h"

/* An enum of the C code. Arguments of one name with the same words have one. */
struct gen_enum {
	const struct argument *argument; /* whose words it has; NAME is NULL for a result's */
	const char *argument_name;	 /* "result" for a result's */
	char *name;			 /* "conntrack_list_protocol" */
	char **words;			 /* the enumerators, as argument->values */
};

/* A structure of the C code, or a class of Python. Arguments of one name with the same fields have
 * one. */
struct gen_record {
	const struct argument *type; /* RECORD */
	const char *argument_name;   /* "result" for a result's */
	char *name;		     /* "motd_add_route_route" */
	char **fields;		     /* members; none is the same as another, or reserved */
	char **lengths;		     /* "data_len", of fields that have a length beside them */
	char **paths;		     /* "route_via", for enums */
	size_t *enums;		     /* as of a function */
};

/* An entrypoint with the names that the code gives it. */
struct gen_function {
	const struct manifest_entrypoint *entrypoint;
	char *name;
	char **parameters; /* one for each argument; none is the same as another, or reserved */
	char **lengths;	   /* "data_len", of arguments that have a length beside them; else NULL */
	char **held;	   /* a third name, for what generated code keeps of the argument */
	size_t *enums;	   /* of the argument or its elements: its number + 1 in gen.enums; 0 */
	size_t result_enum;
	size_t *records; /* of the argument or its elements: its number + 1 in gen.records; 0 */
	size_t result_record;
};

struct gen {
	const struct manifest *manifest;
	const char *prefix, *enum_prefix; /* of functions, and of enums; owned by the caller */
	struct gen_function *functions;
	size_t functions_len;
	struct gen_enum *enums;
	size_t enums_len;
	struct gen_record *records;
	size_t records_len;
};

struct gen_language {
	const char *name;	  /* for messages */
	bool c;			  /* enums are types */
	const char *const *words; /* no name may be one; an underscore is put behind it */
};

extern const struct gen_language gen_c_language, gen_python_language;

/* What a kind of code asks of names. All lists end in NULL. */
struct gen_rules {
	const struct gen_language *language;
	bool module_only;	     /* without entrypoints that posternd serves itself */
	const char *const *reserved; /* parameters and variables that the code itself has */
	const char *const *suffixes; /* of the functions made of one entrypoint, "" among them */
	const char *enum_prefix;     /* "motd_"; owned by the caller */
};

/*
 * Gives every entrypoint, argument and enum its name. g: manifest and prefix are set; clear with
 * gen_names_clear(), also on failure. Returns 0, -EEXIST when two would have the same name, -EINVAL
 * for a name that cannot be, or -ENOMEM.
 */
int gen_names_make(struct gen *g, const struct gen_rules *rules, struct error *err);
void gen_names_clear(struct gen *g);

/* How a kind of code is written, once everything has its name. */
struct gen_kind {
	struct gen_rules rules;
	int (*check)(const struct gen *g, struct error *err); /* what is asked besides; or NULL */
	int (*write)(const struct gen *g, FILE *to);	      /* returns 0 or -ENOMEM */
};

/* The whole way. prefix: of functions. Returns 0 or a negative errno. */
int gen_write(const struct manifest *m, const char *prefix, const struct gen_kind *kind, FILE *to,
	      struct error *err);

/* A name with its dashes as underscores; upper: in capitals. Owned by the caller. */
char *gen_identifier(const char *prefix, const char *name, bool upper);

/* "router-ports" to "RouterPorts". Owned by the caller. */
char *gen_class_name(const char *name);

/* "CONNTRACK_LIST_PROTOCOL_TCP". Owned by the caller. */
char *gen_enumerator(const char *enum_name, const char *word);

/* How an argument, or the elements of a list, are passed. */
enum gen_form {
	GEN_BOOLEAN,
	GEN_INTEGER,
	GEN_STRING,
	GEN_BYTES,
	GEN_ENUM,
	GEN_LIST,
	GEN_RECORD,
	GEN_FD,
	GEN_NOTHING
};
enum gen_form gen_form(const struct argument *a);

/* gen_text.c: text from a manifest inside what is generated. Whatever it holds, it ends neither the
 * comment nor the string; control characters, and those that change how a line is shown, are
 * written as numbers. */
typedef void (*gen_text_fn)(FILE *to, const char *text);
void gen_comment_text(FILE *to, const char *text);  /* of C, between slash-star and star-slash */
void gen_c_text(FILE *to, const char *text);	    /* inside "..." */
void gen_python_text(FILE *to, const char *text);   /* inside "..." and """...""" */
void gen_markdown_text(FILE *to, const char *text); /* as it is, no mark-up */
void gen_markdown_code(FILE *to, const char *text); /* in `...` */
/* Writes text broken into lines, each with `margin` in front: 96 columns at most, but for a long
 * word. write: one of the above. */
void gen_lines(FILE *to, const char *margin, const char *text, gen_text_fn write);

/* What an argument's value must be, in words: "text of at most 8 bytes; secret". literal: writes
 * patterns, words and paths; NULL: as they are, for gen_lines(). */
void gen_constraint(FILE *to, const struct argument *a, gen_text_fn literal);
/* The same as one text, owned by the caller; NULL without memory. */
char *gen_constraint_text(const struct argument *a);

/* gen_c_types.c: parts of both kinds of C. */
struct gen_parameters {
	char *items[2 * ARGUMENTS_MAX + 8];
	size_t len;
	bool no_memory;
};
void gen_parameter(struct gen_parameters *p, const char *format, ...) PRINTF_LIKE(2, 3);
/* A list of scalars that are no enum: the word in the names of the library's functions for it, its
 * items as a parameter, and as a result with what becomes of that. */
struct gen_list {
	const char *word, *items, *result, *then;
};
const struct gen_list *gen_list_of(const struct argument *list);
void gen_parameters_of(const struct gen *g, const struct gen_function *f, struct gen_parameters *p);
/* Writes "HEAD(PARAMETERS)TAIL" in lines, and clears p. Returns 0 or -ENOMEM. */
int gen_signature(FILE *to, const char *head, struct gen_parameters *p, const char *tail);
/* Enums, structures and the tables of their fields. Returns 0 or -ENOMEM. */
int gen_types_write(const struct gen *g, FILE *to);
/* gen_c_records.c: the structures alone. */
int gen_records_write(const struct gen *g, FILE *to);
/* "motd_add_route_route" of a record's number + 1. */
const char *gen_record_name(const struct gen *g, size_t record);
/* Lines about arguments, for the comment of a function. */
int gen_arguments_comment(const struct gen_function *f, FILE *to);

/* gen_python.c: parts of both kinds of Python. */
/* Writes "HEAD(ITEMS)TAIL" on one line where it fits, else an item a line, and clears p. Returns 0
 * or -ENOMEM. */
int gen_python_lines(FILE *to, const char *margin, const char *head, struct gen_parameters *p,
		     const char *tail);
/* "count: int | None", owned by the caller. before: "count: "; given: it comes from the other side.
 * NULL without memory. */
char *gen_python_annotated(const struct gen *g, const char *before, const char *name,
			   const struct argument *a, size_t record, bool given, const char *behind);
/* What the annotations need, and the client or the mark of functions. */
void gen_python_imports(const struct gen *g, bool client, FILE *to);
/* The classes of records. */
void gen_python_records(const struct gen *g, bool client, FILE *to);

/* Each writes one file. Returns 0 or a negative errno. */
int gen_c(const struct manifest *m, const char *prefix, FILE *to, struct error *err);
int gen_module(const struct manifest *m, const char *prefix, FILE *to, struct error *err);
int gen_python(const struct manifest *m, const char *prefix, FILE *to, struct error *err);
int gen_python_module(const struct manifest *m, const char *prefix, FILE *to, struct error *err);
int gen_doc(const struct manifest *m, const char *prefix, FILE *to, struct error *err);

#endif
