/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function changes of its process, and the ways in which it takes leave of it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conform.h"

static int spoil(struct postern_invocation *call)
{
	sigset_t all;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0 || chdir("/srv") < 0 ||
	    setenv("POSTERN_SPOILT", "1", 1) < 0 || setenv("LD_PRELOAD", "/tmp/x.so", 1) < 0)
		return postern_fail(call, errno, "spoil");
	(void)umask(0);
	return postern_return_strings(call, NULL, 0);
}

/* Past libc. */
static int spoil_bare(struct postern_invocation *call)
{
	const uint64_t all = ~UINT64_C(0);

	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all)) < 0 ||
	    syscall(SYS_chdir, "/srv") < 0)
		return postern_fail(call, errno, "spoil");
	(void)syscall(SYS_umask, 0);
	return postern_return_strings(call, NULL, 0);
}

int state(struct postern_invocation *call)
{
	char cwd[512] = "?", mode[32], blocked[32], variables[32];
	const char *const words[] = {cwd, mode, blocked, variables};
	mode_t mask = umask(022);
	size_t len = 0, signals = 0;
	sigset_t now;

	if (strcmp(postern_arg_string(call, "how"), "spoil") == 0)
		return spoil(call);
	if (strcmp(postern_arg_string(call, "how"), "spoil bare") == 0)
		return spoil_bare(call);
	if (!getcwd(cwd, sizeof(cwd)) || sigprocmask(SIG_BLOCK, NULL, &now) < 0)
		return postern_fail(call, errno, "look");
	(void)umask(mask);
	for (int i = 1; i < NSIG; i++)
		signals += sigismember(&now, i) == 1;
	while (environ && environ[len])
		len++;
	(void)snprintf(mode, sizeof(mode), "umask %03o", mask);
	(void)snprintf(blocked, sizeof(blocked), "%zu signals blocked", signals);
	(void)snprintf(variables, sizeof(variables), "%zu variables", len);
	return postern_return_strings(call, words, sizeof(words) / sizeof(words[0]));
}

static int leave_child(struct postern_invocation *call, int64_t ms)
{
	pid_t pid = fork();

	if (pid == 0) {
		conform_sleep(ms);
		_exit(7);
	}
	return pid < 0 ? postern_fail(call, errno, "fork") : postern_return_integer(call, 0);
}

int end(struct postern_invocation *call)
{
	const char *how = postern_arg_string(call, "how");

	if (strcmp(how, "_exit") == 0)
		_exit(0);
	if (strncmp(how, "_exit ", 6) == 0)
		_exit((int)strtol(how + 6, NULL, 10));
	if (strcmp(how, "kill") == 0)
		(void)raise(SIGKILL);
	if (strcmp(how, "child, abort") == 0) {
		(void)leave_child(call, 60000);
		abort();
	}
	if (strcmp(how, "child") == 0)
		return leave_child(call, 60000);
	if (strcmp(how, "short child") == 0)
		return leave_child(call, 300);
	/* Both processes go on as if they were the worker. */
	if (strcmp(how, "twice") == 0)
		return postern_return_integer(call, fork() == 0 ? 2 : 1);
	return postern_return_integer(call, 0);
}
