/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Regular expressions in manifests. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_PATTERN_H
#define POSTERN_MANIFEST_PATTERN_H

#include "manifest/reader.h"

#define PATTERN_BYTES_MAX 256

/* Taker of a POSIX extended regular expression; the field is a char *. Whoever matches with it
 * compiles "^(" pattern ")$": what is taken here keeps its meaning between these. */
void take_pattern(struct reader *r, const struct shape *s, const struct scalar *v, void *field);

#endif
