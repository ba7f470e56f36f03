/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The first calls of a context, and names that are none of its entrypoints. */
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define AT_ONCE 16

static bool first_call(size_t i, void *data)
{
	struct answer a;
	bool good;

	(void)data;
	answer_get(&a, data, "echo_number", with_integer("number", (int64_t)i), 0);
	good = a.r == 0 && a.number == (int64_t)i;
	if (!good)
		answer_show(&a);
	answer_clear(&a);
	return good;
}

static void started_once(struct postern *p)
{
	struct trial_program status;
	size_t good;

	tap(trial_helper("conform") == 0, "first: nothing runs before the first call");
	good = in_threads(AT_ONCE, first_call, p);
	TRIAL_RUN(&status, 0, POSTERN, "status", "conform");
	if (!tap(good == AT_ONCE && strstr(status.out, ", 1 start\n"),
		 "first: %zu of %d first calls at once are answered, by one helper", good, AT_ONCE))
		trial_program_show(&status);
	trial_program_clear(&status);
}

void part_first(struct postern *p)
{
	static const char *const names[] = {"undeclared", "system", "postern_module",
					    "conform.echo_text"};
	struct answer a;

	started_once(p);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char what[96];

		(void)snprintf(what, sizeof(what), "unexported: %s cannot be called", names[i]);
		answer_get(&a, p, names[i], NULL, 0);
		answer_bad(&a, POSTERN_RESULT_NOT_AVAILABLE, names[i], what);
	}
}
