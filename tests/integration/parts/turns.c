/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two callers of one worker: one keeps many connections busy, the other has one. */
#include <grp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define GREEDY 8
#define TURNS  30
#define MS     10 /* of one call: much longer than a client takes from an answer to its next call */

/* Shared with the greedy caller's process. */
struct contest {
	const char *entrypoint;
	struct postern *p;
	atomic_int greedy; /* its calls so far */
};

static bool turn(struct postern *p, const char *entrypoint)
{
	struct postern_args *args = postern_args_new();
	int r = postern_args_integer(args, "ms", MS);

	if (r == 0)
		r = postern_call(p, entrypoint, args, 0, NULL, NULL);
	postern_args_free(args);
	return r == 0;
}

static void *greedy_thread(void *data)
{
	struct contest *c = data;

	while (turn(c->p, c->entrypoint))
		atomic_fetch_add(&c->greedy, 1);
	return NULL;
}

static pid_t greedy_start(struct contest *c)
{
	pid_t pid = fork();
	pthread_t thread;

	if (pid != 0)
		return pid;
	if (setgroups(0, NULL) < 0 || setresuid(ALICE, ALICE, ALICE) < 0)
		_exit(1);
	c->p = postern_new("turns");
	for (int i = 0; c->p && i < GREEDY; i++)
		(void)pthread_create(&thread, NULL, greedy_thread, c);
	for (;;)
		(void)pause();
}

static void contest(const char *entrypoint)
{
	struct contest *c =
		mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct postern *p = postern_new("turns");
	int own = 0, before, greedy;
	pid_t pid;

	if (c == MAP_FAILED || !p)
		trial_bail("out of memory");
	c->entrypoint = entrypoint;
	pid = greedy_start(c);
	while (atomic_load(&c->greedy) < 2 * GREEDY)
		trial_sleep(10);
	(void)turn(p, entrypoint);
	before = atomic_load(&c->greedy);
	for (int i = 0; i < TURNS; i++)
		own += turn(p, entrypoint);
	greedy = atomic_load(&c->greedy) - before;
	tap(own == TURNS && greedy <= 2 * TURNS + 2,
	    "turns: %s: %d calls of one connection, beside %d of another caller's %d", entrypoint,
	    own, greedy, GREEDY);
	tap(greedy > 0, "turns: %s: who asks for much is served, too", entrypoint);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	postern_free(p);
	(void)munmap(c, sizeof(*c));
}

void part_turns(void)
{
	contest("turn");
	contest("turn_each");
}
