/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A bound on log lines: so many in a period, and a count of the others. */
#ifndef POSTERN_BASE_RATE_H
#define POSTERN_BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. */
struct rate {
	uint64_t since; /* when the period began */
	unsigned lines, left_out;
};

/* Has the period ended? Then it begins anew with `now`. Returns how many lines the one that ended
 * left out. Times in nanoseconds. */
static inline unsigned rate_turn(struct rate *rate, uint64_t now, uint64_t period)
{
	unsigned left_out = rate->left_out;

	if (now - rate->since < period)
		return 0;
	*rate = (struct rate){.since = now};
	return left_out;
}

/* May one more line be written? Otherwise it is counted. To be asked after rate_turn(). */
static inline bool rate_allows(struct rate *rate, unsigned lines)
{
	if (rate->lines < lines) {
		rate->lines++;
		return true;
	}
	rate->left_out++;
	return false;
}

#endif
