/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls that take too long, functions that misbehave, several workers, and a process for each call.
 */
#include <dirent.h>
#include <signal.h>
#include <string.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define TRIAL_WORKERS TRIAL_CGROUP "/trial"

/* No more than a second after its end a call's client knows of it. */
#define SLACK_MS   1000
#define ANY_SIGNAL (-1)

static struct trial_call nap_of(const char *context, const char *entrypoint, int64_t ms)
{
	return (struct trial_call){
		.context = context, .entrypoint = entrypoint, .name = "ms", .number = ms};
}

static void serves(const char *context, const char *entrypoint, const char *after)
{
	struct trial_call c = nap_of(context, entrypoint, 0);

	trial_call(&c);
	if (!tap(c.r == 0, "%s.%s serves after %s", context, entrypoint, after))
		trial_call_show(&c);
}

static void timed_out(const struct trial_call *c, uint64_t ms, const char *what)
{
	if (!tap(c->result == POSTERN_RESULT_TIMED_OUT && c->ms >= ms && c->ms <= ms + SLACK_MS,
		 "%s: timed out, told after %llu ms", what, (unsigned long long)c->ms))
		trial_call_show(c);
}

static void timeouts(const char *context)
{
	struct trial_call c = nap_of(context, "quick", 0);
	struct trial_call waiting = nap_of(context, "quick", 0);

	trial_call(&c);
	c = nap_of(context, "quick", 15000);
	trial_call_start(&c);
	trial_sleep(300);
	trial_call_start(&waiting);
	trial_call_join(&c);
	trial_call_join(&waiting);
	timed_out(&c, 1000, context);
	if (!tap(waiting.r == 0, "%s: a call that waited behind it is answered", context))
		trial_call_show(&waiting);
	serves(context, "nap", "another entrypoint's timeout");
	c = nap_of(context, "nap", 15000);
	c.timeout_ms = 700;
	trial_call(&c);
	timed_out(&c, 700, "the client's own deadline");
	serves(context, "nap", "a client's deadline");
}

static void misbehave(const char *context, const char *how, enum postern_result result, int signal,
		      const char *message)
{
	struct trial_call c = {
		.context = context, .entrypoint = "misbehave", .name = "how", .text = how};

	trial_call(&c);
	if (!tap(c.result == result && (signal == ANY_SIGNAL || c.signal == signal) &&
			 strstr(c.message, message) && c.ms <= 2000 + SLACK_MS,
		 "%s, %s: %s", context, how, c.r == 0 ? "answered" : c.message))
		trial_call_show(&c);
}

static void misbehave_all(const char *context)
{
	misbehave(context, "exit", POSTERN_RESULT_WORKER_DIED, 0, "status 3");
	misbehave(context, "abort", POSTERN_RESULT_WORKER_DIED, SIGABRT, "signal 6");
	misbehave(context, "segfault", POSTERN_RESULT_WORKER_DIED, SIGSEGV, "signal 11");
	misbehave(context, "shout", POSTERN_RESULT_OK, 0, "");
	misbehave(context, "no_result", POSTERN_RESULT_FAILED, 0, "without setting the result");
	misbehave(context, "wrong_kind", POSTERN_RESULT_FAILED, 0, "");
	/* The worker ends by itself, or posternd, whose channel to it is closed, ends it. */
	misbehave(context, "close", POSTERN_RESULT_WORKER_DIED, ANY_SIGNAL, "");
	misbehave(context, "stop", POSTERN_RESULT_TIMED_OUT, 0, "");
	serves(context, "nap", "all that");
}

/* What a call of isolation: entrypoint leaves behind runs on, confined; it ends with the worker. */
static void descendants(void)
{
	pid_t before[TRIAL_PIDS], during[TRIAL_PIDS], after[TRIAL_PIDS];
	struct trial_call c = nap_of("trial", "nap", 0);
	size_t first = trial_pids("trial", before), second, third;

	misbehave("trial", "child", POSTERN_RESULT_OK, 0, "");
	second = trial_pids("trial", during);
	misbehave("trial", "deaf", POSTERN_RESULT_TIMED_OUT, 0, "");
	trial_sleep(300);
	third = trial_pids("trial", after);
	trial_call(&c);
	tap(second > first && third <= first,
	    "descendants end with their worker, whatever they ignore: %zu processes, %zu, then %zu",
	    first, second, third);
}

static void descendants_of_call(void)
{
	pid_t before[TRIAL_PIDS], after[TRIAL_PIDS];
	size_t first = trial_pids("trial-call", before), second;

	misbehave("trial-call", "child", POSTERN_RESULT_OK, 0, "");
	misbehave("trial-call", "deaf", POSTERN_RESULT_TIMED_OUT, 0, "");
	trial_sleep(300);
	second = trial_pids("trial-call", after);
	tap(second == first, "isolation: call: nothing outlives its call: %zu processes, then %zu",
	    first, second);
}

/* The cgroups of workers that are gone must not pile up. */
static void cgroups(void)
{
	const struct dirent *entry;
	pid_t pids[TRIAL_PIDS];
	size_t directories = 0, processes;
	DIR *dir;

	trial_sleep(300);
	processes = trial_pids("trial", pids);
	dir = opendir(TRIAL_WORKERS);
	while (dir && (entry = readdir(dir)))
		directories += entry->d_type == DT_DIR && entry->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	tap(directories > 0 && directories <= processes,
	    "no cgroup is left of workers that are gone: %zu cgroups, %zu processes", directories,
	    processes);
}

/* Several calls at once. Returns how many processes answered, 0 when one failed. */
static size_t at_once(struct trial_call *calls, size_t len, uint64_t *ret_ms)
{
	uint64_t from = trial_ms();
	size_t distinct = 0;
	bool good = true;

	for (size_t i = 0; i < len; i++)
		trial_call_start(&calls[i]);
	for (size_t i = 0; i < len; i++)
		trial_call_join(&calls[i]);
	*ret_ms = trial_ms() - from;
	for (size_t i = 0; i < len; i++) {
		bool seen = false;

		if (calls[i].r < 0)
			trial_call_show(&calls[i]);
		good = good && calls[i].r == 0;
		for (size_t k = 0; k < i; k++)
			seen = seen || calls[k].value == calls[i].value;
		distinct += !seen;
	}
	return good ? distinct : 0;
}

static void two_workers(void)
{
	struct trial_call calls[4];
	uint64_t ms;
	size_t pids;

	for (size_t i = 0; i < 2; i++)
		calls[i] = nap_of("trial", "pair", 1500);
	pids = at_once(calls, 2, &ms);
	tap(pids == 2 && ms < 2900,
	    "workers: 2 serve two calls of 1.5 s at once: %zu pids, %llu ms", pids,
	    (unsigned long long)ms);
	for (size_t i = 0; i < 4; i++)
		calls[i] = nap_of("trial", "pair", 500);
	pids = at_once(calls, 4, &ms);
	tap(pids == 2 && ms >= 1000, "and four calls in turn: %zu pids, %llu ms", pids,
	    (unsigned long long)ms);
}

static void isolation_call(void)
{
	struct trial_call calls[5], crash;
	uint64_t ms;
	size_t pids;

	for (size_t i = 0; i < 3; i++)
		calls[i] = nap_of("trial-call", "nap", 1500);
	pids = at_once(calls, 3, &ms);
	tap(pids == 3 && ms < 2900, "isolation: call: three at once: %zu pids, %llu ms", pids,
	    (unsigned long long)ms);
	for (size_t i = 0; i < 5; i++)
		calls[i] = nap_of("trial-call", "nap", 400);
	pids = at_once(calls, 5, &ms);
	tap(pids == 5 && ms >= 800, "each of five calls has its own process: %zu pids, %llu ms",
	    pids, (unsigned long long)ms);
	calls[0] = nap_of("trial-call", "nap", 1000);
	trial_call_start(&calls[0]);
	crash = (struct trial_call){
		.context = "trial-call", .entrypoint = "misbehave", .name = "how", .text = "abort"};
	trial_call(&crash);
	trial_call_join(&calls[0]);
	tap(crash.result == POSTERN_RESULT_WORKER_DIED && calls[0].r == 0,
	    "a crash in one call does not touch another");
}

void part_calls(void)
{
	timeouts("trial");
	timeouts("trial-call");
	misbehave_all("trial");
	misbehave_all("trial-call");
	descendants();
	descendants_of_call();
	two_workers();
	isolation_call();
	cgroups();
}
