/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long posternd takes to put a context's changed manifest in force, by its own word. */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/bench/bench.h"

#define POSTERN	    "/usr/local/bin/postern"
#define OUTPUT	    "/run/bench-reload"
#define WHAT	    "reload of a context"
#define GOAL_MS	    30
#define EXIT_USAGE  2
#define TIMES	    3
#define LOG_SECONDS 5

static int run_reload(void)
{
	int status, fd;
	pid_t pid = fork();

	if (pid == 0) {
		fd = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(126);
		(void)execl(POSTERN, POSTERN, "reload", (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* The last "context NAME: reloaded in N ms" of posternd's log, and how many there are. */
static unsigned reloads_in_log(double *ret_ms)
{
	cleanup_file FILE *log = fopen(BENCH_POSTERND_LOG, "re");
	unsigned found = 0;
	char line[512];

	while (log && fgets(line, sizeof(line), log)) {
		const char *at = strstr(line, ": reloaded in ");

		if (at && sscanf(at, ": reloaded in %lf ms", ret_ms) == 1)
			found++;
	}
	return found;
}

void reload_times(void)
{
	const struct timespec nap = {.tv_nsec = 10000000};
	unsigned before = reloads_in_log(&(double){0});
	double ms, from;
	int status;

	for (int i = 0; i < TIMES; i++) {
		status = run_reload();
		if (status == EXIT_USAGE) {
			row_missing(WHAT, "`postern` has no verb `reload`");
			return;
		}
		if (status != 0) {
			row_missing(WHAT, "`postern reload` fails");
			return;
		}
		from = seconds_now();
		while (reloads_in_log(&ms) <= before && seconds_now() - from < LOG_SECONDS)
			(void)nanosleep(&nap, NULL);
		if (reloads_in_log(&ms) <= before) {
			row_missing(WHAT, "posternd does not say how long it took");
			return;
		}
		before = reloads_in_log(&ms);
		row_value(WHAT, ms, "ms", GOAL_MS);
	}
}
