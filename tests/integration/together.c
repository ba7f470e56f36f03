/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests that share a posternd, which takes a guest longer to start and to end than most of them;
 * and its end by SIGTERM. */
#include <dirent.h>
#include <signal.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define PINS	"/run/postern/bpf"
#define PINS_MS 20000

/* Links are let go of one by one, each of which may wait for RCU. */
static bool pins_gone(void)
{
	for (uint64_t until = trial_ms() + PINS_MS; trial_ms() < until; trial_sleep(100)) {
		const struct dirent *entry;
		DIR *dir = opendir(PINS);
		size_t len = 0;

		while (dir && (entry = readdir(dir)))
			len += entry->d_name[0] != '.';
		if (dir)
			(void)closedir(dir);
		if (dir && len == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	uint64_t ms, ended;
	pid_t posternd;
	int status;
	bool left;

	(void)argv;
	if (argc > 1)
		return part_wrong_use_elsewhere();
	trial_tree();
	part_wrong_use_before();
	part_outside_before();
	posternd = trial_posternd(TRIAL_CONTEXTS);
	/* First, while there is no process but those that it asks for. */
	part_outside();
	part_life();
	part_calls();
	part_logs(posternd);
	part_idle();
	part_cli();
	part_wrong_use();
	part_rubbish(posternd);
	status = trial_end(posternd, SIGTERM, &ms);
	ended = trial_ms();
	tap(status == 0 && ms <= 5000, "SIGTERM: posternd ends with status %d after %llu ms",
	    status, (unsigned long long)ms);
	tap(trial_gone(NULL, 0), "SIGTERM: no process of a context is left");
	left = !pins_gone();
	tap(!left, "SIGTERM: no pin of its programs is left after %llu ms",
	    (unsigned long long)(trial_ms() - ended));
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
