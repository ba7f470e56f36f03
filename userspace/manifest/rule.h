/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading a rule: a path and what may be done there. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_RULE_H
#define POSTERN_MANIFEST_RULE_H

#include "manifest/reader.h"

/* What stands behind a path: fills a struct manifest_path. */
extern const struct shape rights_shape;

/* The path itself. */
extern const struct shape rule_path_shape;

/* Adds a rule for the path `name` to an array; done() looks at it once its rights were read. */
void *rule_add(struct reader *r, const struct scalar *name, struct manifest_path **rules,
	       size_t *len);
void rule_done(struct reader *r, const struct manifest_path *rule);

/* Frees what rules hold, and the array. */
void rules_free(struct manifest_path *rules, size_t len);

/* A copy of one rule. Returns 0 or -ENOMEM; the copy is to be cleared in either case. */
int rule_copy(const struct manifest_path *from, struct manifest_path *ret);

/* The table of ioctl commands; NULL-terminated. */
struct ioctl_name {
	const char *name;
	uint32_t command;
};
extern const struct ioctl_name ioctl_names[];

#endif
