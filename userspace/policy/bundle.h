/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Gathering what a manifest names in other files: groups of rules, and what programs need, in one
 * run of bytes that supervisor and helper read alike (manifest/parts.h).
 */
#ifndef POSTERN_POLICY_BUNDLE_H
#define POSTERN_POLICY_BUNDLE_H

#include "manifest/manifest.h"

/*
 * Reads a manifest, checks it by itself, and puts its groups and programs behind it.
 *
 * groups: a folder in which groups are looked for first, NULL for none; then come the folder
 * `groups` beside the manifest's folder of contexts, and POSTERN_GROUP_DIR. flags: of
 * manifest_read(); with MANIFEST_TRUSTED_ONLY groups and programs, too, have to be root's alone.
 * ret: the bytes, for manifest_parse() with MANIFEST_BUNDLE; owned by the caller; set on success
 * only. problems, err: as manifest_read(); what is wrong with a part is a problem at the place that
 * names it. Returns 0, -EBADMSG, or another negative errno.
 */
int bundle_make(const char *file, const char *groups, unsigned flags, char **ret, size_t *ret_len,
		struct manifest_problems *problems, struct error *err);

/* bundle_make() and manifest_parse() in one. */
int bundle_read(const char *file, const char *groups, unsigned flags, struct manifest **ret,
		struct manifest_problems *problems, struct error *err);

#endif
