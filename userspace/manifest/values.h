/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Taking scalars: text, names, words, numbers, sizes, durations, paths. The take_ functions are
 * those of struct shape; the field's type stands behind each. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_VALUES_H
#define POSTERN_MANIFEST_VALUES_H

#include "manifest/reader.h"

/* A rule's path: components may hold * and ?, or an argument's name in braces. */
#define RULE_COMPONENT	  "/(?!\\.{1,2}(/|$))[^/\\[\\]\\u0000-\\u001f\\u007f]+"
#define RULE_PATH_PATTERN "^(/|(" RULE_COMPONENT ")+/?)$"

/* Names of contexts and entrypoints (they become parts of socket and cgroup paths), and of
 * arguments (they become identifiers). */
#define NAME_PATTERN	      "^[a-z][a-z0-9_-]*$"
#define ARGUMENT_NAME_PATTERN "^[a-z][a-z0-9_]*$"

/* Absolute and normalised, without wildcards, braces or control characters. The second form may end
 * in a slash. */
#define PATH_CHARACTER "[^/*?\\[\\]{}\\u0000-\\u001f\\u007f]"
#define PATH_COMPONENT "/(?!\\.{1,2}(/|$))" PATH_CHARACTER "+"
#define PATH_PATTERN   "^(/|(" PATH_COMPONENT ")+/?)$"
#define FILE_PATTERN   "^(" PATH_COMPONENT ")+$"
#define MODULE_PATTERN_(ending)                                                                    \
	"^([A-Za-z0-9_+-][A-Za-z0-9_.+-]*|(" PATH_COMPONENT ")+)\\." ending "$"
#define MODULE_PATTERN	      MODULE_PATTERN_("so")
#define PYTHON_MODULE_PATTERN MODULE_PATTERN_("py")

void take_text(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_name(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_word(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_boolean(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_module(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_python(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_path(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_network(struct reader *r, const struct shape *s, const struct scalar *v, void *field);

/* unsigned, uint64_t, size_t, int64_t; within the shape's minimum..maximum. */
void take_unsigned(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_u64(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_length(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_i64(struct reader *r, const struct shape *s, const struct scalar *v, void *field);

/* uint64_t or int64_t (the range never reaches the sign bit): bytes, nanoseconds. */
void take_size(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_duration(struct reader *r, const struct shape *s, const struct scalar *v, void *field);

/* Says that a word is none of the shape's, with the nearest one. */
void word_problem(struct reader *r, const struct shape *s, const struct scalar *v);

/* The shape's word, or NULL. */
const struct word *word_find(const struct shape *s, const char *text);

/* Holds a name against the rules of contexts, entrypoints (dashes) or arguments. */
void name_check(struct reader *r, const struct scalar *v, const char *kind, bool dashes,
		size_t most);

/* Holds a path against the rules; says what is wrong. ret_len: without a trailing slash. */
bool path_check(struct reader *r, const struct scalar *v, size_t *ret_len, bool *ret_slash);

/* The same for a rule's path, of which components may be patterns (rule_path.h). */
bool rule_path_check(struct reader *r, const struct scalar *v, size_t *ret_len, bool *ret_slash);

#endif
