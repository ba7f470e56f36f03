/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kill -9 of a worker, a helper and posternd, each in the middle of calls of several clients. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define PINS	 "/run/postern/bpf"
#define PINS_MS	 20000
#define TOLD_MS	 1000 /* within which a client hears that its call's process died */
#define EMPTY_MS 2000 /* within which nothing of a dead posternd runs any more */
#define PROWL	 TRIAL_DIR "/prowl/outcomes"

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

static void call_again(const char *what)
{
	struct trial_call c = nap,
			  each = {.context = "trial-call", .entrypoint = "nap", .name = "ms"};

	trial_call(&c);
	if (!tap(c.r == 0, "%s: the next posternd serves at once", what))
		trial_call_show(&c);
	trial_call(&each);
	if (!tap(each.r == 0, "%s: isolation: call too", what))
		trial_call_show(&each);
}

static void all_went_away(const struct queue *q, uint64_t killed)
{
	bool all = true;

	for (size_t i = 0; i < ARRAY_SIZE(q->waiting); i++) {
		const struct trial_call *c = &q->waiting[i];

		if (c->result == POSTERN_RESULT_NOT_AVAILABLE && c->ended - killed <= TOLD_MS)
			continue;
		all = false;
		trial_call_show(c);
	}
	tap(all, "posternd: so do those whose calls waited");
}

static off_t prowled(void)
{
	struct stat st;

	return stat(PROWL, &st) == 0 ? st.st_size : 0;
}

/* What a task without a tag gets to see where only contexts live. Returns the errno of an open. */
static int open_in_cgroup(void)
{
	pid_t pid = fork();
	int fd, status;

	if (pid == 0) {
		fd = open(TRIAL_CGROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(255);
		fd = open(TRIAL_DIR "/data/free", O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 ? errno : 0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* A worker that never stops trying what no rule names, below a helper that is stopped, so that it
 * cannot see that posternd is gone. */
static void prowl_start(struct trial_call *prowl)
{
	pid_t helper;

	*prowl = (struct trial_call){.context = "trial-prowl", .entrypoint = "prowl"};
	trial_call_start(prowl);
	for (int i = 0; i < 100 && prowled() < 5; i++)
		trial_sleep(50);
	helper = trial_helper(prowl->context);
	tap(helper > 0 && kill(helper, SIGSTOP) == 0, "posternd: one context's helper is stopped");
}

static void prowl_join(struct trial_call *prowl, uint64_t killed)
{
	cleanup_free char *outcomes = NULL;

	trial_call_join(prowl);
	tap(prowl->result == POSTERN_RESULT_NOT_AVAILABLE && prowl->ended - killed <= TOLD_MS,
	    "posternd: the client of the stopped helper's worker hears of it");
	outcomes = trial_read(PROWL);
	tap(strlen(outcomes) >= 5 && strspn(outcomes, "d") == strlen(outcomes),
	    "posternd: every one of that worker's %zu attempts was denied", strlen(outcomes));
}

static pid_t kill_posternd(pid_t posternd)
{
	struct trial_call prowl, each = {.context = "trial-call",
					 .entrypoint = "nap",
					 .name = "ms",
					 .number = 15000};
	struct queue q;
	uint64_t killed;

	prowl_start(&prowl);
	trial_call_start(&each);
	queue_start(&q);
	killed = trial_ms();
	(void)trial_end(posternd, SIGKILL, NULL);
	queue_join(&q);
	trial_call_join(&each);
	running_ended(&q, killed, POSTERN_RESULT_NOT_AVAILABLE, "posternd");
	all_went_away(&q, killed);
	if (!tap(each.result == POSTERN_RESULT_NOT_AVAILABLE && each.ended - killed <= TOLD_MS,
		 "posternd: and one of isolation: call"))
		trial_call_show(&each);
	prowl_join(&prowl, killed);
	tap(trial_gone(NULL, EMPTY_MS), "posternd: no process of a context is left after %llu ms",
	    (unsigned long long)(trial_ms() - killed));
	tap(open_in_cgroup() == EPERM, "posternd: without it the kernel's rules are in force");
	posternd = trial_posternd(TRIAL_CONTEXTS);
	tap(open_in_cgroup() == EPERM, "posternd: and with the next one");
	call_again("posternd");
	return posternd;
}

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

int main(void)
{
	struct trial_call warm = nap;
	uint64_t ms, ended;
	pid_t posternd;
	int status;
	bool left;

	trial_tree();
	posternd = trial_posternd(TRIAL_CONTEXTS);
	trial_call(&warm);
	if (!tap(warm.r == 0, "a call works"))
		trial_call_show(&warm);
	kill_worker();
	kill_helper();
	posternd = kill_posternd(posternd);
	part_calls();
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
