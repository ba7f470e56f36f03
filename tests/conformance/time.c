/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls that take too long, and what comes after them. */
#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define BRIEF_WORKERS 2

/* A result that comes too late is nobody's: neither this thread's next call gets it, nor another's.
 */
static void late_results(struct postern *p)
{
	bool timed_out = true, own = true;

	for (int64_t i = 1; i <= 4; i++) {
		struct postern_args *args = with_integer("number", -i);
		struct answer a;

		(void)postern_args_integer(args, "ms", 400);
		answer_get(&a, p, "echo_number", args, (unsigned)(i * 120));
		timed_out = timed_out && (i == 4 || a.result == POSTERN_RESULT_TIMED_OUT);
		answer_clear(&a);
		answer_get(&a, p, "echo_number", with_integer("number", i), 0);
		own = own && a.r == 0 && a.number == i;
		if (a.r < 0)
			answer_show(&a);
		answer_clear(&a);
	}
	tap(timed_out, "time: a call's limit may be shorter than its entrypoint's");
	tap(own, "time: each call after one that timed out gets its own result");
}

static bool too_long(size_t i, void *data)
{
	struct answer a;
	bool good;

	(void)i;
	answer_get(&a, data, "brief", with_integer("ms", 60000), 0);
	good = a.result == POSTERN_RESULT_TIMED_OUT;
	if (!good)
		answer_show(&a);
	answer_clear(&a);
	return good;
}

static bool in_time(size_t i, void *data)
{
	struct answer a;
	bool good;

	(void)i;
	answer_get(&a, data, "brief", with_integer("ms", 1), 0);
	good = a.r == 0;
	if (!good)
		answer_show(&a);
	answer_clear(&a);
	return good;
}

void part_time(struct postern *p)
{
	size_t good;

	late_results(p);
	good = in_threads(BRIEF_WORKERS + 1, too_long, p);
	tap(good == BRIEF_WORKERS + 1, "time: one call more than workers time out, all are told");
	good = in_threads(BRIEF_WORKERS + 1, in_time, p);
	tap(good == BRIEF_WORKERS + 1, "time: as many are answered at once after that");
}
