/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many calls, large calls, and more callers than workers. */
#include <stdatomic.h>
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define THREADS	 16
#define ROUNDS	 8
#define HALF	 30000 /* twice that is what stalled privsep's client and daemon for ever */
#define IN_A_ROW 1000
#define GREEDY	 8
#define TURNS	 10

/* 60 kB there and 30 kB back, again and again. */
static bool large_calls(size_t i, void *data)
{
	char *block = malloc(HALF);
	bool good = block;

	for (int round = 0; good && round < ROUNDS; round++) {
		struct postern_args *args = postern_args_new();
		struct answer a;

		(void)memset(block, 'a' + (int)i, HALF);
		(void)postern_args_bytes(args, "data", block, HALF);
		(void)postern_args_bytes(args, "more", block, HALF);
		answer_get(&a, data, "echo_data", args, 0);
		good = a.r == 0 && a.length == HALF && memcmp(a.text, block, HALF) == 0;
		if (!good)
			answer_show(&a);
		answer_clear(&a);
	}
	free(block);
	return good;
}

static bool in_a_row(struct postern *p)
{
	for (int64_t i = 0; i < IN_A_ROW; i++) {
		struct answer a;
		bool good;

		answer_get(&a, p, "echo_number", with_integer("number", i), 0);
		good = a.r == 0 && a.number == i;
		if (!good)
			answer_show(&a);
		answer_clear(&a);
		if (!good)
			return false;
	}
	return true;
}

struct contest {
	struct postern *p;
	atomic_bool over;
	int64_t first, last; /* which turns of the worker the modest client had */
};

static int64_t turn(struct postern *p)
{
	struct answer a;
	int64_t n;

	answer_get(&a, p, "turn", with_integer("ms", 4), 0);
	n = a.r == 0 ? a.number : -1;
	if (a.r < 0)
		answer_show(&a);
	answer_clear(&a);
	return n;
}

/* The first is modest: it ends the contest when it had its turns. */
static bool contender(size_t i, void *data)
{
	struct contest *c = data;
	bool good = true;

	if (i > 0) {
		while (good && !atomic_load(&c->over))
			good = turn(c->p) > 0;
		return good;
	}
	trial_sleep(200);
	c->first = turn(c->p);
	for (int n = 1; n < TURNS; n++)
		c->last = turn(c->p);
	atomic_store(&c->over, true);
	return c->first > 0 && c->last > 0;
}

/* One worker, eight that ask all the time and one that asks at times: each round of the worker has
 * a turn for it. */
static void fair(struct postern *p)
{
	struct contest c = {.p = p};
	size_t good = in_threads(GREEDY + 1, contender, &c);
	int64_t turns = c.last - c.first;

	tap(good == GREEDY + 1 && turns > 0 && turns <= (int64_t)TURNS * GREEDY * 3,
	    "load: beside %d that never stop, %d calls of another took %lld turns of the worker",
	    GREEDY, TURNS, (long long)turns);
}

void part_load(struct postern *p)
{
	size_t good = in_threads(THREADS, large_calls, p);

	tap(good == THREADS, "load: %zu of %d threads had all answers to calls of 60 kB", good,
	    THREADS);
	tap(in_a_row(p), "load: %d calls in a row", IN_A_ROW);
	fair(p);
}
