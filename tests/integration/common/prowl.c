/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A worker that tries a file that no rule names, over and over, and notes each outcome. */
#include <signal.h>
#include <string.h>

#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define OUTCOMES TRIAL_DIR "/prowl/outcomes"
#define MORE	 5 /* attempts that are waited for */
#define WAIT_MS	 10000

static size_t seen;

/* 20 ms apart, unless the machine is busy. */
static char *more_outcomes(void)
{
	for (uint64_t until = trial_ms() + WAIT_MS;; trial_sleep(50)) {
		char *outcomes = trial_read(OUTCOMES);

		if (strlen(outcomes) >= seen + MORE || trial_ms() > until)
			return outcomes;
		free(outcomes);
	}
}

pid_t trial_prowl_start(struct trial_call *prowl)
{
	pid_t worker;

	*prowl = (struct trial_call){
		.context = "trial-prowl", .entrypoint = "prowl", .timeout_ms = 3600 * 1000};
	seen = 0;
	(void)unlink(OUTCOMES);
	trial_call_start(prowl);
	free(more_outcomes());
	worker = trial_worker("trial-prowl", "prowl", 0);
	tap(worker > 0, "a worker, pid %d, tries what no rule names, over and over", worker);
	return worker;
}

bool trial_prowl_confined(pid_t worker, const char *what)
{
	cleanup_free char *outcomes = more_outcomes();
	size_t len = strlen(outcomes), before = seen;

	seen = len;
	return tap(worker > 0 && kill(worker, 0) == 0 && len >= before + MORE &&
			   strspn(outcomes, "d") == len,
		   "%s: the worker that was there tried %zu times more, all denied", what,
		   len - before);
}
