/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kill -9 of a worker and of a helper, each in the middle of calls of several clients. posternd's
 * own death is in survive.c. */
#include <signal.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define TOLD_MS 1000 /* within which a client hears that its call's process died */

/* Its user is not root, so that nothing but its helper's end ends it (prctl(2), PR_SET_PDEATHSIG).
 */
static const struct trial_call nap = {.context = "trial", .entrypoint = "nap", .name = "ms"};

/* A call that runs, and some whose records wait in their sockets behind it. */
struct queue {
	struct trial_call running, waiting[3];
};

static void queue_start(struct queue *q)
{
	q->running = nap;
	q->running.number = 15000;
	trial_call_start(&q->running);
	trial_sleep(400);
	for (size_t i = 0; i < ARRAY_SIZE(q->waiting); i++) {
		q->waiting[i] = nap;
		trial_call_start(&q->waiting[i]);
	}
	trial_sleep(400);
}

static void queue_join(struct queue *q)
{
	trial_call_join(&q->running);
	for (size_t i = 0; i < ARRAY_SIZE(q->waiting); i++)
		trial_call_join(&q->waiting[i]);
}

/* The one whose call ran was told in time, how it ended. */
static void running_ended(const struct queue *q, uint64_t killed, int result, const char *what)
{
	const struct trial_call *c = &q->running;

	if (!tap((int)c->result == result && c->ended - killed <= TOLD_MS,
		 "%s: the client whose call ran hears of it after %lld ms", what,
		 (long long)(c->ended - killed)))
		trial_call_show(c);
}

static void waiting_answered(const struct queue *q, const char *what)
{
	bool all = true;

	for (size_t i = 0; i < ARRAY_SIZE(q->waiting); i++) {
		all = all && q->waiting[i].r == 0;
		if (q->waiting[i].r < 0)
			trial_call_show(&q->waiting[i]);
	}
	tap(all, "%s: the calls that waited are answered by the next worker", what);
}

static void kill_worker(void)
{
	pid_t worker, next;
	struct queue q;
	uint64_t killed;

	queue_start(&q);
	worker = trial_worker("trial", "nap", 0);
	killed = trial_ms();
	tap(worker > 0 && kill(worker, SIGKILL) == 0, "kill -9 of the worker, pid %d", worker);
	queue_join(&q);
	running_ended(&q, killed, POSTERN_RESULT_WORKER_DIED, "worker");
	tap(q.running.signal == SIGKILL, "worker: the error names signal %d", q.running.signal);
	waiting_answered(&q, "worker");
	next = trial_worker("trial", "nap", 0);
	tap(next > 0 && next != worker, "worker: another one took its place, pid %d", next);
}

static void kill_helper(void)
{
	struct trial_call other = {
		.context = "trial", .entrypoint = "quick", .name = "ms", .number = 0};
	pid_t helper = trial_helper("trial"), pids[TRIAL_PIDS];
	struct queue q;
	uint64_t killed;
	size_t len;

	queue_start(&q);
	len = trial_pids("trial", pids);
	killed = trial_ms();
	tap(helper > 0 && kill(helper, SIGKILL) == 0, "kill -9 of the helper, pid %d", helper);
	trial_call(&other);
	queue_join(&q);
	running_ended(&q, killed, POSTERN_RESULT_WORKER_DIED, "helper");
	waiting_answered(&q, "helper");
	if (!tap(other.r == 0, "helper: a call that comes now is answered by the next helper"))
		trial_call_show(&other);
	for (size_t i = 0; i < len; i++)
		if (kill(pids[i], 0) == 0)
			len = 0;
	tap(len > 0, "helper: none of the processes from before is left");
	tap(trial_helper("trial") > 0 && trial_helper("trial") != helper,
	    "helper: there is a new one");
}

void part_life(void)
{
	struct trial_call warm = nap;

	trial_call(&warm);
	if (!tap(warm.r == 0, "a call works"))
		trial_call_show(&warm);
	kill_worker();
	kill_helper();
}
