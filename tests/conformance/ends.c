/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Functions that end their process, or leave others behind. */
#include <dirent.h>
#include <signal.h>
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define AT_ONCE_MS 15000 /* long before a child of 60 s ends, or the call's time is over */

static void ends(struct postern *p, const char *entrypoint, const char *how, int signal)
{
	struct answer a;

	answer_get(&a, p, entrypoint, with_string("how", how), 0);
	if (!tap(a.result == POSTERN_RESULT_WORKER_DIED && a.signal == signal && a.ms < AT_ONCE_MS,
		 "ends: %s, %s: %s", entrypoint, how, a.r == 0 ? "answered" : a.message))
		answer_show(&a);
	answer_clear(&a);
	answer_get(&a, p, entrypoint, with_string("how", "not at all"), 0);
	if (!tap(a.r == 0 && a.number == 0, "ends: %s, %s: the next call is answered", entrypoint,
		 how))
		answer_show(&a);
	answer_clear(&a);
}

/* Calls that are all answered with 0. */
static bool calls_answered(struct postern *p, const char *entrypoint, int calls)
{
	bool good = true;

	for (int i = 0; i < calls; i++) {
		struct answer a;

		answer_get(&a, p, entrypoint, with_string("how", "not at all"), 0);
		good = good && a.r == 0 && a.number == 0;
		if (a.r < 0 || a.number != 0)
			answer_show(&a);
		answer_clear(&a);
		trial_sleep(20);
	}
	return good;
}

/* Both processes return from the function as if they were the worker. */
static void returns_twice(struct postern *p, const char *entrypoint)
{
	struct answer a;
	int64_t first;

	answer_get(&a, p, entrypoint, with_string("how", "twice"), 0);
	first = a.number;
	if (!tap(a.r == 0 && first == 1,
		 "ends: %s, a child returns from the function too: the parent's result counts, "
		 "%lld",
		 entrypoint, (long long)first))
		answer_show(&a);
	answer_clear(&a);
	tap(calls_answered(p, entrypoint, 10), "ends: %s, the calls after it get their own results",
	    entrypoint);
}

static void children(struct postern *p, const char *entrypoint)
{
	struct answer a;

	answer_get(&a, p, entrypoint, with_string("how", "short child"), 0);
	answer_good(&a, "ends: a child that ends after its parent's call");
	tap(calls_answered(p, entrypoint, 30), "ends: %s, calls before and after the child's end",
	    entrypoint);
	answer_get(&a, p, entrypoint, with_string("how", "child"), 0);
	answer_good(&a, "ends: a child that stays");
	tap(calls_answered(p, entrypoint, 3), "ends: %s, calls beside the child that stays",
	    entrypoint);
}

/* As posternd counts them; -1: it does not say. */
static long connections(void)
{
	struct trial_program status;
	const char *at, *from;
	long n = -1;

	TRIAL_RUN(&status, 0, POSTERN, "status", "conform");
	at = strstr(status.out, " connection");
	from = at;
	while (from && from > status.out && from[-1] >= '0' && from[-1] <= '9')
		from--;
	if (from && from < at)
		n = strtol(from, NULL, 10);
	trial_program_clear(&status);
	return n;
}

/* A child that stays has a copy of the connection. When its client closes it, it is closed. */
static void connection_closed(void)
{
	long before = connections(), during, after = -1;
	struct postern *p = postern_new("conform");
	struct answer a;

	if (!p)
		trial_bail("out of memory");
	answer_get(&a, p, "end", with_string("how", "child"), 0);
	answer_good(&a, "ends: a child that has the connection");
	during = connections();
	postern_free(p);
	for (uint64_t until = trial_ms() + AT_ONCE_MS; trial_ms() < until; trial_sleep(100)) {
		after = connections();
		if (after == before)
			break;
	}
	tap(before >= 0 && during == before + 1 && after == before,
	    "ends: it keeps none open that its client closed: %ld connections, %ld, then %ld",
	    before, during, after);
}

/* Whoever was killed above is reaped, and what functions left, by the next call at the latest. */
static void no_zombies(void)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc");
	size_t zombies = 0;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *file = NULL, *text = NULL;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		if (asprintf(&file, "/proc/%s/status", entry->d_name) < 0)
			trial_bail("out of memory");
		text = trial_read(file);
		if (strstr(text, "\nState:\tZ")) {
			zombies++;
			printf("# %s: %.40s\n", file, text);
		}
	}
	if (dir)
		(void)closedir(dir);
	tap(dir && zombies == 0, "ends: no zombie is left of all these");
}

void part_ends(struct postern *p)
{
	static const char *const entrypoints[] = {"end", "end_each"};

	for (size_t i = 0; i < ARRAY_SIZE(entrypoints); i++) {
		ends(p, entrypoints[i], "_exit", 0);
		/* What a call's own process exits with when it has answered. */
		ends(p, entrypoints[i], "_exit 100", 0);
		ends(p, entrypoints[i], "_exit 105", 0);
		ends(p, entrypoints[i], "kill", SIGKILL);
		ends(p, entrypoints[i], "child, abort", SIGABRT);
		children(p, entrypoints[i]);
		returns_twice(p, entrypoints[i]);
	}
	connection_closed();
	trial_sleep(300);
	for (size_t i = 0; i < ARRAY_SIZE(entrypoints); i++)
		(void)calls_answered(p, entrypoints[i], 1);
	no_zombies();
}
