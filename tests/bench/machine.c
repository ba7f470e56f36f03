/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the whole machine ran, idle left out, for operations that many processes have a part in and
 * that wait in between.
 *
 * The kernel adds up what tasks ran on each processor (/proc/schedstat, seventh field of a "cpu"
 * line: kernel/sched/stats.c), by the same clock, at each switch from one task to another: what is
 * idle is not in it. With a sleep before, and the answer of another process as the last thing,
 * there was a switch right before both readings.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "tests/bench/calls.h"

#define TIMES	   5
#define BEFORE_S   3
#define CPU_FORMAT "cpu0 %*u %*u %*u %*u %*u %*u %llu"

static double machine_now(void)
{
	cleanup_file FILE *from = fopen("/proc/schedstat", "re");
	unsigned long long ran;
	char line[256];

	while (from && fgets(line, sizeof(line), from))
		if (sscanf(line, CPU_FORMAT, &ran) == 1)
			return (double)ran;
	bench_bail("/proc/schedstat does not say what ran");
}

struct sample measure_machine(bench_op before, bench_op op, double *ret_waited)
{
	const struct timespec settle = {.tv_sec = BEFORE_S}, nap = {.tv_nsec = 1000000};
	double ran[TIMES], waited[TIMES];

	for (size_t i = 0; i < TIMES; i++) {
		double from, began;

		before();
		(void)nanosleep(&settle, NULL);
		began = machine_now(); /* for the next one finds all of it in memory */
		(void)nanosleep(&nap, NULL);
		from = machine_now();
		began = seconds_now();
		op();
		ran[i] = machine_now() - from;
		waited[i] = seconds_now() - began - ran[i] / 1e9;
	}
	if (ret_waited)
		*ret_waited = ranked(waited, TIMES, TIMES / 2);
	return sample_of(ran, TIMES, TIMES / 2);
}
