/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The known word nearest to a mistyped one. */
#ifndef POSTERN_BASE_NEAREST_H
#define POSTERN_BASE_NEAREST_H

#include <stddef.h>

/* The state of one search: zero-initialise but for the text, offer every candidate, read `best`. */
struct nearest {
	const char *text; /* what was written; need not end in NUL */
	size_t len;
	const char *best; /* the nearest candidate so far; NULL when none is near enough */
	size_t distance;
};

/* Offers one candidate (NUL-terminated, borrowed for as long as `best` is read). */
void nearest_offer(struct nearest *n, const char *candidate);

#endif
