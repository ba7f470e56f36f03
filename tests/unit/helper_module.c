/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The module that test_helper_run.c has the helper load: each function tries one thing and tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "postern-entrypoint.h"

static int echo(struct postern_invocation *call)
{
	return postern_return_string(call, postern_arg_string(call, "text"));
}

/* 0, or the errno of opening. */
static int look(struct postern_invocation *call)
{
	const char *path = postern_arg_string(call, "path");
	int fd = open(path, (postern_arg_boolean(call, "write") ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	int r = fd < 0 ? errno : 0;

	if (fd >= 0)
		(void)close(fd);
	return postern_return_integer(call, r);
}

static int crash(struct postern_invocation *call)
{
	(void)call;
	abort();
}

/* Says how the call found the process, and leaves it otherwise. */
static int spoil(struct postern_invocation *call)
{
	char cwd[256] = "?", text[512];
	sigset_t all, before;
	mode_t mask;

	if (!getcwd(cwd, sizeof(cwd)))
		return postern_fail(call, errno, "getcwd");
	mask = umask(0777);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	if (chdir("/usr/lib") < 0)
		return postern_fail(call, errno, "chdir");
	(void)snprintf(text, sizeof(text), "%s %03o %d", cwd, (unsigned)mask,
		       sigismember(&before, SIGTERM));
	return postern_return_string(call, text);
}

/* The number of ways out that were open. */
static int escape(struct postern_invocation *call)
{
	struct stat root;
	int open_ways = 0;

	open_ways += mount("none", "/", "tmpfs", 0, NULL) == 0;
	open_ways += mount("/usr", "/", NULL, MS_BIND, NULL) == 0;
	open_ways += umount2("/usr/lib", MNT_DETACH) == 0;
	open_ways += unshare(CLONE_NEWNS) == 0;
	open_ways += unshare(CLONE_NEWUSER) == 0;
	open_ways += chroot("/usr") == 0;
	open_ways += syscall(SYS_open_tree, AT_FDCWD, "/", 1) >= 0;
	open_ways += syscall(SYS_fsopen, "tmpfs", 0) >= 0;
	open_ways += mkdir("/new", 0700) == 0;
	/* Everything that the worker's own code left open: standard streams, channel, epoll,
	 * connection. Nothing among it may be a directory, but for its root's place, which "/" is
	 * as well. */
	if (stat("/", &root) < 0)
		open_ways++;
	for (int fd = 0; fd < 1024; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		open_ways += st.st_dev != root.st_dev || st.st_ino != root.st_ino ||
			     !(fcntl(fd, F_GETFL) & O_PATH);
	}
	return postern_return_integer(call, open_ways);
}

static int stay(struct postern_invocation *call)
{
	(void)call;
	(void)sleep(600);
	return 0;
}

/* Leaves a process behind that tries to get out of the call's reach. */
static int leave(struct postern_invocation *call)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)setsid();
		(void)setpgid(0, 0);
		if (fork() == 0)
			(void)signal(SIGTERM, SIG_IGN);
		(void)sleep(600);
		_exit(0);
	}
	if (pid < 0)
		return postern_fail(call, errno, "fork");
	return 0;
}

static int quit(struct postern_invocation *call)
{
	(void)call;
	exit(0);
}

POSTERN_MODULE({"echo", echo}, {"look", look}, {"crash", crash}, {"spoil", spoil},
	       {"escape", escape}, {"fresh", echo}, {"stay", stay}, {"leave", leave},
	       {"quit", quit}, {"abort", crash});
