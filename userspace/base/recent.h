/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clock that costs least, for what happens at each call. */
#ifndef POSTERN_BASE_RECENT_H
#define POSTERN_BASE_RECENT_H

#include <stdint.h>
#include <time.h>

/* The most by which it is behind: the kernel's CONFIG_HZ is 100 at least. */
#define RECENT_TICK_NS UINT64_C(10000000)

/* CLOCK_MONOTONIC as of the last tick, in nanoseconds (clock_gettime(2), CLOCK_MONOTONIC_COARSE).
 */
static inline uint64_t recent_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

#endif
