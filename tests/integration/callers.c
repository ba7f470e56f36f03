/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What posternd does for one caller beside another: workers of their own (isolation: caller), and
 * turns at those that they share. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define EACH	CALLER_CONTEXTS "/each/context.yaml"
#define SOON_MS 15000

/* What the nth call of a process gives is n. */
static bool counts(uid_t uid, const char *number)
{
	struct trial_program p;
	bool good;

	TRIAL_RUN(&p, uid, POSTERN, "call", "each", "count");
	good = p.status == 0 && strcmp(p.out, number) == 0;
	if (!good)
		trial_program_show(&p);
	trial_program_clear(&p);
	return good;
}

static bool status_says(const char *text)
{
	struct trial_program p;
	bool says;

	TRIAL_RUN(&p, 0, POSTERN, "status", "each");
	says = strstr(p.out, text);
	if (!says)
		trial_program_show(&p);
	trial_program_clear(&p);
	return says;
}

/* One that has a connection, and keeps it until it is killed. */
static pid_t holder(uid_t uid)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe(ready) < 0)
		trial_bail("pipe");
	pid = fork();
	if (pid == 0) {
		char record[1024];
		int fd = setresuid(uid, uid, uid) == 0 ? trial_open("each", "count") : -1;

		(void)close(ready[0]);
		if (fd < 0 || trial_receive(fd, record, sizeof(record), SOON_MS) <= 0 ||
		    trial_code(record, sizeof(record)) > 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		tap(false, "a connection of uid %u", uid);
	(void)close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	trial_sleep(100);
}

static void own_state(void)
{
	pid_t alice;

	tap(counts(ALICE, "1\n") && counts(ALICE, "2\n"),
	    "each: a caller finds what its call left");
	alice = trial_worker("each", "count", 0);
	tap(counts(BOB, "1\n"), "each: another caller does not");
	tap(counts(ALICE, "3\n") && counts(BOB, "2\n") && alice > 0 &&
		    (trial_worker("each", "count", 0) == alice ||
		     trial_worker("each", "count", 1) == alice),
	    "each: both go on in processes of their own");
	tap(status_says(", of uid 1000 alone") && status_says(", of uid 1001 alone"),
	    "each: postern status says whose they are");
}

static void room(void)
{
	pid_t alice = holder(ALICE), bob;
	struct trial_program p;

	tap(counts(0, "1\n"), "each: a worker without connections makes room for a third caller");
	tap(counts(ALICE, "4\n"), "each: one with a connection does not");
	tap(counts(BOB, "1\n"), "each: who made room begins anew");
	bob = holder(BOB);
	TRIAL_RUN(&p, 0, POSTERN, "call", "each", "count");
	if (!tap(p.status == 19 &&
			 strstr(p.err, "2 other users have a worker of count and connections"),
		 "each: where all have connections the third is told busy"))
		trial_program_show(&p);
	trial_program_clear(&p);
	tap(counts(ALICE, "5\n") && counts(BOB, "2\n"), "each: the others are served on");
	end(alice);
	end(bob);
}

/* Two at once of a third and a fourth caller, while both places are in use by calls. */
static void adoption(pid_t *posternd)
{
	pid_t alice = holder(ALICE), worker = trial_worker("each", "count", 0);

	(void)trial_end(*posternd, SIGKILL, NULL);
	*posternd = trial_posternd(CALLER_CONTEXTS);
	tap(status_says("(adopted)") && status_says(", of uid 1000 alone") &&
		    status_says(", of uid 1001 alone"),
	    "each: after a kill -9 posternd knows whose workers they are");
	tap(counts(ALICE, "6\n"), "each: one with a connection is its caller's");
	tap(counts(BOB, "3\n"), "each: one without is its caller's");
	tap(counts(0, "1\n") && counts(ALICE, "7\n"),
	    "each: and makes room, and the other one does not");
	tap(worker > 0 && (trial_worker("each", "count", 0) == worker ||
			   trial_worker("each", "count", 1) == worker),
	    "each: a worker lived through it");
	end(alice);
}

static void reload(void)
{
	cleanup_free char *text = trial_read(EACH);
	char *at = strstr(text, "timeout: 20s");
	struct trial_program p;

	if (!at)
		trial_bail("%s has no timeout", EACH);
	at[strlen("timeout: ")] = '3';
	trial_write(EACH, text, 0644, 0);
	TRIAL_RUN(&p, 0, POSTERN, "reload");
	if (p.status != 0)
		trial_program_show(&p);
	trial_program_clear(&p);
	tap(counts(ALICE, "1\n") && counts(BOB, "1\n") && counts(ALICE, "2\n") &&
		    status_says(", of uid 1001 alone"),
	    "each: after a reload each caller has a new worker of its own");
}

/* A worker that dies is followed by one of the same caller. */
static void death(void)
{
	pid_t alice = holder(ALICE),
	      before[2] = {trial_worker("each", "count", 0), trial_worker("each", "count", 1)};

	for (size_t i = 0; i < 2; i++)
		if (before[i] > 0)
			(void)kill(before[i], SIGKILL);
	trial_sleep(300);
	tap(counts(BOB, "1\n") && counts(ALICE, "1\n") && counts(BOB, "2\n"),
	    "each: workers that die are followed by their callers' own");
	end(alice);
}

int main(void)
{
	pid_t posternd = trial_posternd(CALLER_CONTEXTS);

	own_state();
	room();
	adoption(&posternd);
	reload();
	death();
	part_turns();
	part_bound(&posternd);
	return trial_done(posternd);
}
