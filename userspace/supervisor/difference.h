/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What differs between two manifests of one context, as far as a reload asks. Pure. */
#ifndef POSTERN_SUPERVISOR_DIFFERENCE_H
#define POSTERN_SUPERVISOR_DIFFERENCE_H

#include "manifest/manifest.h"

/* NULL when a helper that was started with `old` can go on under `now` with other rules alone;
 * otherwise what it was started with that is different: a few words, for people. */
const char *needs_new_helper(const struct manifest *old, const struct manifest *now);

/* Does a rule count deeper than in its own directory: a subtree, or a pattern before its last
 * component? */
bool reaches_below(const struct manifest_path *rule);

/*
 * Does a root that was built for `old` show a rule's path, as far as its directory was bound, with
 * what the rule asks for? A subtree counts only below a subtree that asked for as much: what is
 * mounted below may be bound more narrowly elsewhere.
 */
bool subtree_covered(const struct manifest *old, const struct manifest_path *rule);

/* Do both take and give the same? */
bool signature_same(const struct manifest_entrypoint *a, const struct manifest_entrypoint *b);

#endif
