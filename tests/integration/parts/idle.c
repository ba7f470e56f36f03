/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A helper that ends when nobody calls, and a client that keeps its connection. */
#include <string.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define GONE_MS 20000

static bool ends(void)
{
	for (uint64_t until = trial_ms() + GONE_MS; trial_ms() < until; trial_sleep(50))
		if (trial_helper("trial-idle") == 0)
			return true;
	return false;
}

void part_idle(void)
{
	struct postern *p = postern_new("trial-idle");
	cleanup_free char *log = NULL;
	pid_t first, again;

	tap(trial_nap(p, 0) > 0, "idle: a call starts the helper");
	first = trial_helper("trial-idle");
	tap(first > 0 && trial_nap(p, 3000) > 0 && trial_helper("trial-idle") == first,
	    "idle: a call that takes longer is no idleness");
	tap(ends(), "idle: the helper ends, though a client keeps its connection");
	for (int i = 0; i < 3; i++)
		if (trial_nap(p, 0) < 0)
			tap(false, "idle: the client's next calls");
	again = trial_helper("trial-idle");
	tap(again > 0 && again != first, "idle: the client's next call starts another one");
	tap(ends(), "idle: which ends, too");
	trial_sleep(1000);
	tap(trial_helper("trial-idle") == 0, "idle: and stays away");
	log = trial_read(TRIAL_LOG);
	tap(strstr(log, "context trial-idle: ending its helper: nobody has called for a while") &&
		    !strstr(log, "context trial-idle: its helper ended"),
	    "idle: the log has why, and no warning");
	postern_free(p);
}
