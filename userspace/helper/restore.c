/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function may have changed of its process, put back for the next call. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/restore.h"

#define LOOK_NS UINT64_C(10000000)

/* Of this process alone, which is single-threaded. */
static struct {
	char **environment; /* as before the first call, NULL at its end */
	bool forked;	    /* by a function */
	bool children;	    /* there may be some */
	bool left_behind;   /* new ones among them */
	bool standard;	    /* descriptors 0 to 2 may be others */
	bool directory;	    /* these too */
	bool umask;
	bool signals;
	bool once;	 /* it serves one call, and was just made for it */
	uint64_t looked; /* CLOCK_MONOTONIC ns: when all was last put back; 0: never */
	int root;	 /* "/" */
} kept = {.root = -EBADF};

static void in_parent(void)
{
	kept.children = kept.left_behind = kept.standard = true;
	kept.directory = kept.umask = kept.signals = true;
}

static void in_child(void)
{
	kept.forked = true;
	kept.children = kept.left_behind = false;
}

/* Mostly none: only what the module's own constructors set. */
static char **environment_copy(void)
{
	size_t len = 0;
	char **copy;

	while (environ && environ[len])
		len++;
	copy = calloc(len + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < len; i++) {
		copy[i] = strdup(environ[i]);
		if (!copy[i])
			return NULL;
	}
	return copy;
}

int restore_watch_forks(struct error *err)
{
	int r = pthread_atfork(NULL, in_parent, in_child);

	return r ? error_set(err, r, "watch for forks") : 0;
}

int restore_begin(struct error *err)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	kept.forked = kept.standard = false;
	kept.directory = kept.umask = kept.signals = true;
	/* Where no descriptor has its place. */
	kept.root = root < 0 ? -errno : fcntl(root, F_DUPFD_CLOEXEC, OUTPUT_FIRST_FREE);
	if (kept.root < 0)
		return error_set(err, errno, "open the root directory");
	(void)close(root);
	kept.environment = environment_copy();
	if (!kept.environment)
		return error_set(err, ENOMEM, "remember the environment");
	return 0;
}

void restore_own(void)
{
	kept.forked = false;
	kept.once = true;
}

bool restore_forked(void)
{
	return kept.forked;
}

static bool environment_same(void)
{
	size_t i = 0;

	for (; kept.environment[i]; i++)
		if (!environ || !environ[i] || strcmp(environ[i], kept.environment[i]) != 0)
			return false;
	return !environ || !environ[i];
}

/* LD_PRELOAD, PATH and their like are not for one caller to set for the next. */
APART static void environment_restore(void)
{
	if (clearenv() != 0)
		abort();
	/* They are taken as they are: setenv() would lay a copy aside each time. */
	for (size_t i = 0; kept.environment[i]; i++)
		if (putenv(kept.environment[i]) != 0)
			abort();
}

/* A zombie counts among limits.processes. */
APART static void children_reap(void)
{
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG);
	} while (pid > 0);
	if (pid < 0 && errno == ECHILD)
		kept.children = kept.left_behind = false;
}

void restore_standard(int first, int last)
{
	/* As close_range() takes them: -1 is the last of all. */
	if ((unsigned)first <= STDERR_FILENO && (unsigned)last >= (unsigned)first)
		kept.standard = true;
}

bool restore_left_behind(void)
{
	bool left = kept.left_behind;

	kept.left_behind = false;
	return left;
}

void restore_directory(void)
{
	kept.directory = true;
}

void restore_umask(void)
{
	kept.umask = true;
}

void restore_signals(void)
{
	kept.signals = true;
}

/* These are noticed, too, when they are called from here. */
APART static void noticed_restore(const struct output *output)
{
	sigset_t none;

	if (kept.standard && output->area)
		(void)output_restore(output);
	if (kept.signals) {
		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
	}
	if (kept.umask)
		(void)umask(022);
	/* Without a look at where it is, which takes longer, and without a walk, unless the
	 * function closed the descriptor. */
	if (kept.directory && fchdir(kept.root) < 0 && chdir("/") < 0)
		fputs("postern-helper: chdir / failed\n", stderr);
	kept.standard = kept.signals = kept.umask = kept.directory = false;
}

void restore_after(const struct output *output)
{
	if (kept.standard || kept.signals || kept.umask || kept.directory)
		noticed_restore(output);
	if (!environment_same())
		environment_restore();
	if (kept.children)
		children_reap();
}

void restore_before(const struct output *output, bool other_user, uint64_t now)
{
	if (kept.once || (!other_user && kept.looked && now - kept.looked < LOOK_NS))
		return;
	kept.looked = now;
	kept.directory = kept.umask = kept.signals = true;
	restore_after(output);
}
