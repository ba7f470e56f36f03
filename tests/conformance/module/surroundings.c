/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function finds around it, and a program that it executes. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conform.h"

#define PROGRAM "/usr/local/lib/postern-tests/bin/conform-program"
#define WORDS	12

struct words {
	char text[WORDS][96];
	const char *all[WORDS];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *w, const char *format, ...)
{
	va_list args;

	if (w->len == WORDS)
		return;
	va_start(args, format);
	(void)vsnprintf(w->text[w->len], sizeof(w->text[0]), format, args);
	va_end(args);
	w->all[w->len] = w->text[w->len];
	w->len++;
}

static const char *error_name(long r)
{
	return r >= 0 ? "allowed" : strerrorname_np(errno);
}

int surroundings(struct postern_invocation *call)
{
	struct sigaction pipe = {};
	struct words w = {};
	struct stat st = {};
	char byte;

	say(&w, "uid %u gid %u groups %d", getuid(), getgid(), getgroups(0, NULL));
	(void)fstat(STDIN_FILENO, &st);
	say(&w, "stdin %u:%u read %zd", major(st.st_rdev), minor(st.st_rdev),
	    read(STDIN_FILENO, &byte, 1));
	(void)sigaction(SIGPIPE, NULL, &pipe);
	say(&w, "SIGPIPE %s", pipe.sa_handler == SIG_IGN ? "ignored" : "not ignored");
	say(&w, "no_new_privs %d dumpable %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
	    prctl(PR_GET_DUMPABLE));
	say(&w, "bounding net_admin %d sys_admin %d", prctl(PR_CAPBSET_READ, CAP_NET_ADMIN),
	    prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN));
	say(&w, "setuid %s", error_name(setuid(0)));
	say(&w, "setgroups %s", error_name(setgroups(0, NULL)));
	say(&w, "keyctl %s",
	    error_name(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)));
	say(&w, "ptrace %s", error_name(syscall(SYS_ptrace, 16 /* ATTACH */, getppid(), 0, 0)));
	say(&w, "caller %u", postern_caller_uid(call));
	return postern_return_strings(call, w.all, w.len);
}

/* The program exits with what it found; see there. */
int program(struct postern_invocation *call)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl(PROGRAM, PROGRAM, (char *)NULL);
		_exit(126);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return postern_fail(call, errno, "run " PROGRAM);
	return postern_return_integer(call, WIFEXITED(status) ? WEXITSTATUS(status)
							      : 128 + WTERMSIG(status));
}
