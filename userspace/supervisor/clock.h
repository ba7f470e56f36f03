/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clock by which the supervisor measures. */
#ifndef POSTERN_SUPERVISOR_CLOCK_H
#define POSTERN_SUPERVISOR_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC in nanoseconds, as in record pages and events. */
static inline uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

#endif
