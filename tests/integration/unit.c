/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A service manager's view: posternd dies in a unit's cgroup, and is started in it again, while the
 * contexts below it live. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define CGROUPS "/sys/fs/cgroup"
#define UNIT	CGROUPS "/unit"
#define HELPER	UNIT "/postern-contexts/trial/helper"
#define STALE	"/run/postern/bpf/maps-0"
#define WAIT_MS 60000

static bool put(const char *file, const char *text)
{
	cleanup_close int fd = open(file, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* As a service manager starts a unit's main process. Returns its pid, or what it exited with, made
 * negative: EBUSY when the cgroup cannot take it. */
static pid_t start_in_unit(void)
{
	const char *const argv[] = {POSTERND, "--contexts", TRIAL_CONTEXTS, NULL};
	int status, log;
	pid_t pid = fork();

	if (pid == 0) {
		if (!put(UNIT "/cgroup.procs", "0"))
			_exit(errno);
		log = open(TRIAL_LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		(void)dup2(log, STDERR_FILENO);
		(void)execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	for (uint64_t until = trial_ms() + WAIT_MS; trial_ms() < until; trial_sleep(50)) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
		if (trial_answers(pid))
			return pid;
	}
	trial_bail("posternd does not start in a unit's cgroup");
}

static pid_t linger(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (!put(UNIT "/postern-supervisor/cgroup.procs", "0"))
			_exit(errno);
		(void)pause();
		_exit(0);
	}
	return pid;
}

/* What an earlier posternd's end left half dropped, so much that whoever drops the rest is not done
 * when its parent turns controllers on. */
static void leave_generation(void)
{
	char path[64];

	if (mkdir(STALE, 0700) < 0)
		trial_bail("make " STALE ": %s", strerror(errno));
	for (int i = 0; i < 4000; i++) {
		(void)snprintf(path, sizeof(path), STALE "/%d", i);
		if (symlink("nowhere", path) < 0)
			trial_bail("make %s: %s", path, strerror(errno));
	}
}

/* After let_go() there is room for it: without it there is nothing left to test. */
static pid_t start_again(void)
{
	pid_t posternd = start_in_unit();

	if (!tap(posternd > 0, "after that it does (%d)", posternd)) {
		trial_log_show();
		trial_bail("posternd does not start again");
	}
	return posternd;
}

static void let_go(void)
{
	struct trial_program p;

	TRIAL_RUN(&p, 0, POSTERND, "--let-go");
	if (!tap(p.status == 0, "posternd --let-go"))
		trial_program_show(&p);
	trial_program_clear(&p);
}

static void called(const char *what)
{
	struct trial_call c = {.context = "trial", .entrypoint = "nap", .name = "ms"};

	trial_call(&c);
	if (!tap(c.r == 0, "%s", what))
		trial_call_show(&c);
}

static void status_says(const char *text, const char *what)
{
	struct trial_program p;

	TRIAL_RUN(&p, 0, POSTERN, "status", "trial");
	if (!tap(p.status == 0 && strstr(p.out, text), "%s", what))
		trial_program_show(&p);
	trial_program_clear(&p);
}

int main(void)
{
	cleanup_free char *before = NULL, *off = NULL, *after = NULL;
	pid_t posternd, lingers;

	trial_tree();
	if ((mkdir(UNIT, 0755) < 0 && errno != EEXIST) ||
	    !put(CGROUPS "/cgroup.subtree_control", "+pids"))
		trial_bail("make a unit's cgroup: %s", strerror(errno));
	posternd = start_in_unit();
	if (!tap(posternd > 0, "posternd starts in a unit's cgroup (%d)", posternd)) {
		trial_log_show();
		return tap_done();
	}
	called("a call works");
	before = trial_read(HELPER "/pids.max");
	(void)trial_end(posternd, SIGKILL, NULL);
	tap(start_in_unit() == -EBUSY, "beside contexts that run the kernel takes no process");
	let_go();
	leave_generation();
	off = trial_read(HELPER "/pids.max");
	posternd = start_again();
	status_says("(adopted)", "and the context is adopted");
	called("a call works again");
	after = trial_read(HELPER "/pids.max");
	tap(before[0] && !off[0] && strcmp(before, after) == 0,
	    "the bound on its processes is what it was: %s", after);
	lingers = linger();
	tap(trial_end(posternd, SIGTERM, NULL) == 0, "SIGTERM ends it");
	off = (free(off), trial_read(UNIT "/postern-contexts/cgroup.events"));
	tap(strstr(off, "populated 0"), "and its contexts");
	tap(start_in_unit() == -EBUSY, "while a child of it lives on, such as one that drops pins, "
				       "its cgroup takes no process");
	let_go();
	posternd = start_again();
	called("a call works once more");
	(void)trial_end(posternd, SIGTERM, NULL);
	tap(trial_end(lingers, SIGKILL, NULL) == 128 + SIGKILL, "the child was there all the time");
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
