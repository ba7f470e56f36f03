/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long posternd takes to put a context's changed manifest in force, by its own word. */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/bench/bench.h"

#define POSTERN	    "/usr/local/bin/postern"
#define MANIFEST    "/etc/postern/contexts/motd/context.yaml"
#define CALLER	    1000 /* alice */
#define OUTPUT	    "/run/bench-reload"
#define WHAT	    "reload of a context"
#define GOAL_MS	    30
#define EXIT_USAGE  2
#define TIMES	    3
#define LOG_SECONDS 5

/* Runs postern VERB [WHAT...] as `uid`. Returns its exit status, or -1. */
static int run_postern(uid_t uid, char *const argv[])
{
	int status, fd;
	pid_t pid = fork();

	if (pid == 0) {
		fd = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(126);
		if (setuid(uid) < 0)
			_exit(126);
		(void)execv(POSTERN, argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int run_reload(void)
{
	char program[] = POSTERN, verb[] = "reload";
	char *const argv[] = {program, verb, NULL};

	return run_postern(0, argv);
}

/* Rules are swapped below a helper that runs: the first call starts it. */
static int run_call(void)
{
	char program[] = POSTERN, verb[] = "call", context[] = "motd", entrypoint[] = "read_motd";
	char *const argv[] = {program, verb, context, entrypoint, NULL};

	return run_postern(CALLER, argv);
}

/* What is not changed is not reloaded. */
static bool change_manifest(void)
{
	cleanup_file FILE *to = fopen(MANIFEST, "ae");

	return to && fputs("# changed\n", to) >= 0;
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
		if (run_call() != 0 || !change_manifest()) {
			row_missing(WHAT, "there is no context that runs and can be changed");
			return;
		}
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
