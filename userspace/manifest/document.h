/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From bytes to a YAML document that is safe to walk. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_DOCUMENT_H
#define POSTERN_MANIFEST_DOCUMENT_H

#include <yaml.h>

#include "manifest/problems.h"

#define DOCUMENT_BYTES_MAX  ((size_t)1024 * 1024)
#define DOCUMENT_DEPTH_MAX  16
#define DOCUMENT_VALUES_MAX 100000 /* some 100 bytes each in libyaml's document */

/*
 * Checks the bytes (size, UTF-8, NUL), then the event stream (depth, number of values, anchors,
 * aliases, tags, NUL in scalars, one document only), and composes the document. What is wrong goes
 * to `problems`.
 *
 * *ret_composed says whether ret_document holds a document, which the caller then deletes with
 * yaml_document_delete(). That can be so even when there are problems, so that the caller finds the
 * others in the same run; such a document may hold one node at several places (an alias), even
 * below itself. Returns 0 (with or without problems) or -ENOMEM.
 */
int document_read(const char *data, size_t len, struct manifest_problems *problems,
		  yaml_document_t *ret_document, bool *ret_composed);

#endif
