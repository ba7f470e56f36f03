/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The components of a rule's path: literal, a glob, or a slot for an argument's value.
 *
 * The manifest's reader checks them; the policy compiler and the root's plan take them apart again
 * by the same function, so that all see the same pattern.
 */
#ifndef POSTERN_MANIFEST_RULE_PATH_H
#define POSTERN_MANIFEST_RULE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define RULE_PATH_PARTS_MAX 12	/* components from the first pattern on (bpf/abi.h) */
#define RULE_PATH_TEXT_MAX  512 /* their bytes */

enum rule_part_kind { RULE_LITERAL, RULE_GLOB, RULE_SLOT };

/* One component; points into the path. */
struct rule_part {
	enum rule_part_kind kind;
	const char *text; /* the component as it is written */
	size_t len;
	const char *argument; /* SLOT: the name between the braces */
	size_t argument_len;
	size_t before; /* SLOT: bytes in front of the brace */
	size_t behind; /* SLOT: bytes behind it */
};

/*
 * Takes the next component off *path, which moves on to the slash behind it or the end. Returns
 * false at the end. What is malformed (braces that enclose no name) counts as literal: the reader
 * refuses it before.
 */
bool rule_path_next(const char **path, struct rule_part *ret);

/* Where the first component begins that is no literal, counting the slash in front of it:
 * path[0..n) is the directory above it. The path's length when all are literal. */
size_t rule_path_literal(const char *path);

/* Does it hold a pattern? */
bool rule_path_is_pattern(const char *path);

#endif
