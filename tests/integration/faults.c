/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * posternd is killed at every step that it has (base/fault.h), while a worker tries what no rule
 * names: none of its attempts succeeds, and the next posternd adopts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/fault.h"
#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define SECRET	TRIAL_DIR "/data/free"
#define DEAD_MS 60000 /* within which a posternd comes to its point */

/* What brings posternd to its point, once it serves. */
enum cause {
	START,	 /* its start alone */
	HELPER,	 /* a call to a context that does not run */
	WORKER,	 /* a call to an entrypoint that has no worker */
	NETWORK, /* a call in a network namespace that is not there, or has no helper yet */
	REMOVE,	 /* a call that removes it */
	UPGRADE, /* `postern upgrade` */
	STOP,	 /* SIGTERM */
};

static const struct step {
	const char *fault; /* with which time it is, where that is not the first */
	enum fault point;
	enum cause cause;
	bool quick; /* it comes after the programs are loaded: they need not be */
} steps[] = {
	{"locked", FAULT_LOCKED, START, true},
	{"manifests-read", FAULT_MANIFESTS_READ, START, true},
	{"maps-taken", FAULT_MAPS_TAKEN, START, true},
	{"cgroup-ready", FAULT_CGROUP_READY, START, true},
	{"loaded", FAULT_LOADED, START, false},
	{"pin-map:3", FAULT_PIN_MAP, START, false},
	{"attach:20", FAULT_ATTACH, START, false},
	{"pin-link:20", FAULT_PIN_LINK, START, false},
	{"pinned", FAULT_PINNED, START, false},
	{"probed", FAULT_PROBED, START, true},
	{"adopt-found", FAULT_ADOPT_FOUND, START, true},
	{"adopt-rules", FAULT_ADOPT_RULES, START, true},
	/* The first two are the probe's. */
	{"policy-rules:2", FAULT_POLICY_RULES, START, true},
	{"policy-set:2", FAULT_POLICY_SET, START, true},
	{"adopt-swept", FAULT_ADOPT_SWEPT, START, true},
	{"contexts-made", FAULT_CONTEXTS_MADE, START, true},
	{"serving", FAULT_SERVING, START, true},
	{"adopt-hello", FAULT_ADOPT_HELLO, START, true},
	{"adopt-worker", FAULT_ADOPT_WORKER, START, true},
	{"adopt-done", FAULT_ADOPT_DONE, START, true},
	{"helper-saved", FAULT_HELPER_SAVED, HELPER, true},
	{"helper-cloned", FAULT_HELPER_CLONED, HELPER, true},
	{"ids-mapped", FAULT_IDS_MAPPED, HELPER, true},
	/* The probe's, two of the context that is adopted, and one of the helper's. */
	{"policy-rules:5", FAULT_POLICY_RULES, HELPER, true},
	{"policy-set:4", FAULT_POLICY_SET, HELPER, true},
	{"helper-tagged", FAULT_HELPER_TAGGED, HELPER, true},
	{"helper-placed", FAULT_HELPER_PLACED, HELPER, true},
	{"helper-loaded", FAULT_HELPER_LOADED, HELPER, true},
	{"worker-asked", FAULT_WORKER_ASKED, WORKER, true},
	{"worker-placed", FAULT_WORKER_PLACED, WORKER, true},
	{"worker-tagged", FAULT_WORKER_TAGGED, WORKER, true},
	{"worker-started", FAULT_WORKER_STARTED, WORKER, true},
	{"worker-ready", FAULT_WORKER_READY, WORKER, true},
	{"worker-served", FAULT_WORKER_SERVED, WORKER, true},
	{"worker-opened", FAULT_WORKER_OPENED, WORKER, true},
	{"network-made", FAULT_NETWORK_MADE, NETWORK, true},
	{"instance-made", FAULT_INSTANCE_MADE, NETWORK, true},
	{"network-removed", FAULT_NETWORK_REMOVED, REMOVE, true},
	{"upgrade-asked", FAULT_UPGRADE_ASKED, UPGRADE, true},
	{"upgrade-ready", FAULT_UPGRADE_READY, UPGRADE, true},
	{"stopping", FAULT_STOPPING, STOP, true},
	{"stop-ended", FAULT_STOP_ENDED, STOP, true},
	{"stop-dropped", FAULT_STOP_DROPPED, STOP, true},
};

/* One more for each step at a worker: none has a worker yet. */
static const char *const entrypoints[] = {"nap",   "quick",  "pair", "echo",
					  "types", "whoami", "touch"};
static size_t entrypoints_called;

static void hold(const char *fault, bool quick)
{
	if (setenv("POSTERN_FAULT", fault, 1) < 0 ||
	    (quick ? setenv("POSTERN_FAULT_QUICK", "1", 1) : unsetenv("POSTERN_FAULT_QUICK")) < 0)
		trial_bail("setenv: %s", strerror(errno));
}

static bool ended(pid_t posternd, int *ret_status)
{
	return waitpid(posternd, ret_status, WNOHANG) == posternd;
}

/* Returns false when it ended before. */
static bool serves(pid_t posternd, int *ret_status)
{
	for (uint64_t until = trial_ms() + DEAD_MS; trial_ms() < until; trial_sleep(20)) {
		if (trial_answers(posternd))
			return true;
		if (ended(posternd, ret_status))
			return false;
	}
	trial_bail("posternd does not come so far as to serve");
}

/* The client stays for as long as the test, or goes at once, as clients do. */
static void cause(const struct step *s, pid_t posternd)
{
	static const char *const upgrade[] = {POSTERN, "upgrade", NULL};
	static const char *const remove_network[] = {POSTERN,	      "call",	"--timeout", "10s",
						     "trial-network", "remove", NULL};

	switch (s->cause) {
	case HELPER:
		(void)close(trial_open("trial-few", "nap"));
		break;
	case WORKER:
		if (entrypoints_called == ARRAY_SIZE(entrypoints))
			trial_bail("there is no entrypoint left without a worker");
		(void)trial_open("trial", entrypoints[entrypoints_called++]);
		break;
	case NETWORK:
		(void)close(trial_open("trial-network", "nap"));
		break;
	case REMOVE:
		(void)trial_spawn("/dev/null", remove_network);
		break;
	case UPGRADE:
		(void)trial_spawn("/dev/null", upgrade);
		break;
	case STOP:
		(void)kill(posternd, SIGTERM);
		break;
	case START:
	default:
		break;
	}
}

/* Has a helper started for the steps at workers, by a worker that none of them asks for. */
static void warm_up(void)
{
	struct trial_call c = {
		.context = "trial", .entrypoint = "misbehave", .name = "how", .text = "child"};
	int status;
	pid_t pid;

	hold("", true);
	pid = trial_posternd_spawn(FAULTY, TRIAL_CONTEXTS);
	if (!serves(pid, &status))
		trial_bail("posternd ends without a fault");
	trial_call(&c);
	(void)trial_end(pid, SIGKILL, NULL);
}

static bool host_untouched(void)
{
	int fd = open(SECRET, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

/* Kills a posternd at the step. */
static void die_at(const struct step *s)
{
	int status = 0;
	pid_t pid;

	hold(s->fault, s->quick);
	pid = trial_posternd_spawn(FAULTY, TRIAL_CONTEXTS);
	if (s->cause != START && serves(pid, &status))
		cause(s, pid);
	for (uint64_t until = trial_ms() + DEAD_MS; status == 0 && !ended(pid, &status);
	     trial_sleep(20)) {
		if (trial_ms() < until)
			continue;
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		status = 0;
		break;
	}
	if (!tap(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && host_untouched(),
		 "%s: posternd was killed there, and the host is as it was", s->fault))
		trial_log_show();
}

static void serves_again(void)
{
	static const char *const contexts[] = {"trial", "trial-few", "trial-call", "trial-network"};
	struct trial_call c = {.entrypoint = "nap", .name = "ms"};
	bool all = true;

	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++) {
		c.context = contexts[i];
		trial_call(&c);
		if (c.r < 0)
			trial_call_show(&c);
		all &= c.r == 0;
	}
	c.context = "trial";
	c.entrypoint = "pair";
	trial_call(&c);
	tap(all && c.r == 0, "a whole start brings service back");
}

static void table_is_whole(void)
{
	bool hit[FAULTS] = {};
	size_t missing = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		hit[steps[i].point] = true;
	for (size_t i = 0; i < FAULTS; i++)
		missing += !hit[i];
	tap(missing == 0, "every point is tried, %zu are not", missing);
}

int main(void)
{
	struct trial_call prowl;
	pid_t posternd, prowler;

	trial_tree();
	table_is_whole();
	posternd = trial_posternd(TRIAL_CONTEXTS);
	prowler = trial_prowl_start(&prowl);
	(void)trial_end(posternd, SIGKILL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(steps) && steps[i].cause != STOP; i++) {
		/* Steps at a worker need a helper that runs. */
		if (steps[i].cause == WORKER && steps[i - 1].cause != WORKER)
			warm_up();
		die_at(&steps[i]);
		(void)trial_prowl_confined(prowler, steps[i].fault);
	}
	hold("", false);
	posternd = trial_posternd(TRIAL_CONTEXTS);
	serves_again();
	(void)trial_prowl_confined(prowler, "started whole");
	tap(trial_open_in_cgroup(SECRET) == EPERM, "the kernel's rules are in force");
	(void)trial_end(posternd, SIGKILL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i].cause == STOP)
			die_at(&steps[i]);
	trial_call_join(&prowl);
	hold("", false);
	posternd = trial_posternd(TRIAL_CONTEXTS);
	serves_again();
	tap(trial_end(posternd, SIGTERM, NULL) == 0 && trial_gone(NULL, 0) && host_untouched(),
	    "SIGTERM ends it, and leaves the host as it was");
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
