/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function changes of its process, the next call does not see. */
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define CLEAN "/, umask 022, 0 signals blocked, 0 variables"

/* What the next call sees. */
static void look(struct postern *p, const char *entrypoint, const char *when)
{
	char seen[256] = "";
	struct answer a;

	answer_get(&a, p, entrypoint, with_string("how", "look"), 0);
	for (size_t i = 0; i < a.length; i++) {
		const char *text = "?";
		size_t len, used = strlen(seen);

		(void)postern_value_string(postern_value_list_item(a.value, i), &text, &len);
		(void)snprintf(seen + used, sizeof(seen) - used, "%s%s", i ? ", " : "", text);
	}
	if (!tap(a.r == 0 && strcmp(seen, CLEAN) == 0, "state: %s, %s: %s", entrypoint, when, seen))
		answer_show(&a);
	answer_clear(&a);
}

void part_state(struct postern *p)
{
	static const char *const entrypoints[] = {"state", "state_each"};

	for (size_t i = 0; i < ARRAY_SIZE(entrypoints); i++) {
		pid_t worker;
		struct answer a;

		look(p, entrypoints[i], "at first");
		worker = trial_worker("conform", entrypoints[i], 0);
		answer_get(&a, p, entrypoints[i], with_string("how", "spoil"), 0);
		answer_good(&a, "state: cwd, umask, signal mask and environment are changed");
		look(p, entrypoints[i], "after that");
		tap(worker > 0 && trial_worker("conform", entrypoints[i], 0) == worker,
		    "state: %s, by the same worker", entrypoints[i]);
	}
}
