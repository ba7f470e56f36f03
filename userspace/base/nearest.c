/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Edit distance for suggestions: insertions, deletions, replacements, and swaps of neighbours. */
#include <stdbool.h>
#include <string.h>

#include "base/nearest.h"
#include "base/util.h"

/* Longer words are no typing mistakes, and the bound keeps the work per word small. */
#define WORD_MAX 64

static unsigned char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c - 'A' + 'a');
	return (unsigned char)(c == '-' ? '_' : c);
}

/* Optimal string alignment, without regard to case and to '-' against '_'. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);
			size_t best = last[j - 1] + (same ? 0 : 1);

			best = MIN_OF(best, last[j] + 1);
			best = MIN_OF(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				best = MIN_OF(best, before[j - 2] + 1);
			row[j] = best;
		}
		before = last;
		last = row;
		row = oldest;
	}
	return last[b_len];
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	size_t len = strlen(candidate), shorter = MIN_OF(len, n->len), d;
	bool part;

	if (n->len == 0 || n->len > WORD_MAX || len == 0 || len > WORD_MAX)
		return;
	d = distance(n->text, n->len, candidate, len);
	/* "int" means "integer", and "NET_RAW" means "CAP_NET_RAW". */
	part = n->len >= 3 && n->len < len && memmem(candidate, len, n->text, n->len);
	/* Else a third of the shorter word may be wrong, one letter always: beyond that the
	 * suggestion would mislead. "ab" for "xy" is no suggestion. */
	if (!part && (d > MAX_OF(shorter / 3, (size_t)1) || d >= shorter))
		return;
	if (n->best && d >= n->distance)
		return;
	n->best = candidate;
	n->distance = d;
}
