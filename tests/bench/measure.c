/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The measuring loop. */
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "tests/bench/bench.h"

/* A batch is short against the 4 ms of a tick, so that most batches have none in them and the
 * median has none. */
#define ROUNDS	     3
#define BATCHES	     21
#define CALLS	     50
#define CALLS_SLOW   10
#define SETTLE_CALLS 100

void bench_bail(const char *format, ...)
{
	va_list args;

	printf("bail\t");
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	printf("\n");
	(void)fflush(stdout);
	_exit(99);
}

double seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t len)
{
	qsort(values, len, sizeof(*values), compare);
	return values[len / 2];
}

static double one_round(bench_op op, unsigned calls)
{
	double batches[BATCHES];

	for (size_t i = 0; i < BATCHES; i++) {
		uint64_t from = __rdtsc();

		for (unsigned n = 0; n < calls; n++)
			op();
		batches[i] = (double)(__rdtsc() - from) / calls;
	}
	return median(batches, BATCHES);
}

static struct sample measure_calls(bench_op op, unsigned calls)
{
	double rounds[ROUNDS];
	struct sample s;

	for (unsigned i = 0; i < SETTLE_CALLS && i < calls * 2; i++)
		op();
	for (size_t i = 0; i < ROUNDS; i++)
		rounds[i] = one_round(op, calls);
	s.median = median(rounds, ROUNDS);
	s.spread = (rounds[ROUNDS - 1] - rounds[0]) / s.median;
	return s;
}

struct sample measure(bench_op op)
{
	return measure_calls(op, CALLS);
}

struct sample measure_slow(bench_op op)
{
	return measure_calls(op, CALLS_SLOW);
}
