/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A bundle: a manifest and, behind it, the groups and programs that it names, in one run of bytes.
 *
 * What stands in other files decides what a context may do just as the manifest does; so all of it
 * is checked once, and supervisor and helper read the same bytes. Each part is a document of its
 * own behind a line that begins with BUNDLE_MARK and names the part's file.
 */
#ifndef POSTERN_MANIFEST_PARTS_H
#define POSTERN_MANIFEST_PARTS_H

#include "manifest/manifest.h"

/* A YAML marker: a manifest by itself is refused when it holds such a line. */
#define BUNDLE_MARK	 "--- # postern part: "
#define BUNDLE_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* Where the first part's mark begins; len when there is none. */
size_t parts_begin(const char *data, size_t len);

/*
 * Reads the parts and adds their paths to those of the entrypoints that name them. data: from the
 * first mark on. Returns 0, -EBADMSG when a part is malformed or lacks, -E2BIG when an entrypoint
 * has too many paths, or -ENOMEM.
 */
int parts_read(const char *data, size_t len, struct manifest *m, struct error *err);

#endif
