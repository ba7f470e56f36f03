/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The measuring loop. */
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "tests/bench/bench.h"

/* A batch is short against the 4 ms of a tick, so that most batches have none in them and the
 * median has none. */
#define ROUNDS	    3
#define BATCHES	    21
#define CALLS	    50
#define CALLS_LEAST 16
#define CALLS_BUSY  4
#define CALLS_FEW   2

/* Before each batch, for what earlier calls left to RCU: 6.1 frees files so, and an open that finds
 * none of them free yet takes memory from further away, 260 or 800 instructions. Sleeping is free.
 */
static const struct timespec settle = {.tv_nsec = 20000000};

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

double ranked(double *values, size_t len, size_t rank)
{
	qsort(values, len, sizeof(*values), compare);
	return values[rank];
}

struct sample sample_of(double *rounds, size_t len, size_t rank)
{
	double value = ranked(rounds, len, rank);

	return (struct sample){
		.instructions = value,
		.spread = (rounds[len - 1] - rounds[0]) / value,
	};
}

static uint64_t busy_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t counter_now(void)
{
	return __rdtsc();
}

typedef uint64_t (*clock_fn)(void);

/* take: which of the batches in order counts. */
static double one_round(bench_op op, clock_fn now, unsigned calls, size_t take)
{
	double batches[BATCHES];

	for (size_t i = 0; i < BATCHES; i++) {
		uint64_t from;

		(void)nanosleep(&settle, NULL);
		op();
		from = now();
		for (unsigned n = 0; n < calls; n++)
			op();
		batches[i] = (double)(now() - from) / calls;
	}
	return ranked(batches, BATCHES, take);
}

static struct sample measure_rounds(bench_op op, clock_fn now, unsigned calls, size_t batch,
				    size_t round)
{
	double rounds[ROUNDS];

	for (unsigned i = 0; i < calls * 2; i++)
		op();
	for (size_t i = 0; i < ROUNDS; i++)
		rounds[i] = one_round(op, now, calls, batch);
	return sample_of(rounds, ROUNDS, round);
}

struct sample measure(bench_op op)
{
	return measure_rounds(op, counter_now, CALLS, BATCHES / 2, ROUNDS / 2);
}

/* What takes up to 700,000 instructions a call would not be done with a longer batch before the
 * tick, which then counted with all that RCU left to it: once in each batch of one process, and
 * in none of another. */
struct sample measure_busy(bench_op op)
{
	return measure_rounds(op, busy_now, CALLS_BUSY, BATCHES / 2, ROUNDS / 2);
}

struct sample measure_few(bench_op op)
{
	return measure_rounds(op, counter_now, CALLS_FEW, BATCHES / 2, ROUNDS / 2);
}

struct sample measure_least(bench_op op)
{
	return measure_rounds(op, counter_now, CALLS_LEAST, 0, 0);
}
