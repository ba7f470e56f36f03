/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Clients that fork, and clients that die during a call. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define FORKS 4

static bool echoes(struct postern *p, int64_t number)
{
	struct answer a;
	bool good;

	answer_get(&a, p, "echo_number", with_integer("number", number), 0);
	good = a.r == 0 && a.number == number;
	if (!good)
		answer_show(&a);
	answer_clear(&a);
	return good;
}

/* Parent and children call at the same time, with the handle that the parent used before. */
static void forks(struct postern *p)
{
	bool parent = echoes(p, 1), children = true;
	pid_t pids[FORKS];

	for (int i = 0; i < FORKS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			bool good = true;

			for (int64_t n = 0; n < 50; n++)
				good = good && echoes(p, (i + 1) * 1000 + n);
			_exit(good ? 0 : 1);
		}
		for (int64_t n = 0; n < 20; n++)
			parent = parent && echoes(p, n);
	}
	for (int i = 0; i < FORKS; i++) {
		int status;

		children = waitpid(pids[i], &status, 0) == pids[i] && status == 0 && children;
	}
	tap(parent, "clients: one that forks goes on calling");
	tap(children, "clients: so do its %d children, beside it", FORKS);
	tap(echoes(p, 2), "clients: and it itself, when they have ended");
}

bool conform_appears(const char *file)
{
	for (uint64_t until = trial_ms() + HANG_MS / 2; trial_ms() < until; trial_sleep(20))
		if (access(file, F_OK) == 0)
			return true;
	return false;
}

/* A call that is under way runs to its end, and then its worker serves others. */
static void dies(struct postern *p)
{
	pid_t pid = fork(), worker;
	struct postern_args *args;
	struct answer a;

	if (pid == 0) {
		args = with_integer("ms", 1000);
		(void)postern_args_string(args, "name", "dies");
		answer_get(&a, p, "mark", args, 0);
		_exit(0);
	}
	tap(pid > 0 && conform_appears(CONFORM_DIR "/dies"), "clients: a call runs");
	worker = trial_worker("conform", "mark", 0);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	tap(conform_appears(CONFORM_DIR "/dies-"),
	    "clients: its client is killed, and it runs to its end");
	args = with_integer("ms", 0);
	(void)postern_args_string(args, "name", "next");
	answer_get(&a, p, "mark", args, 0);
	answer_good(&a, "clients: the next client's call is answered");
	tap(worker > 0 && trial_worker("conform", "mark", 0) == worker,
	    "clients: by the same worker");
}

void part_clients(struct postern *p)
{
	forks(p);
	dies(p);
}
