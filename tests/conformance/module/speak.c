/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What functions print, and what they do after that. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "conform.h"

#define FLOOD_LINE 1024

static void mixed(struct postern_invocation *call)
{
	(void)fputs("first, to stderr\n", stderr);
	postern_log(call, LOG_INFO, "second, logged");
	(void)printf("third, to stdout\n");
	(void)fputs("<3>fourth, with a level\n", stderr);
	postern_log(call, LOG_ERR, "fifth, logged");
	(void)printf("sixth, ");
	(void)printf("not ended");
}

/* 10 MB, of which each write is counted. */
static int64_t flood(void)
{
	char line[FLOOD_LINE];
	int64_t written = 0;

	(void)memset(line, 'f', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 10 * 1024; i++)
		written += write(STDERR_FILENO, line, sizeof(line)) == sizeof(line);
	return written;
}

/* A child's child, as a program that a script runs. */
static void grandchild(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			(void)fputs("a grandchild speaks\n", stderr);
		else
			(void)waitpid(pid, NULL, 0);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

/* Speaks when its call is over. */
static void stray(void)
{
	if (fork() != 0)
		return;
	conform_sleep(500);
	(void)fputs("a stray speaks\n", stderr);
	_exit(0);
}

static void noise(void)
{
	static const char text[] = "caf\xc3\xa9 \x1b[31m\xff\r\n\n\ttab\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
}

/* How many of the three are there, and what they should be. */
static int64_t standard(void)
{
	struct stat st[3];

	(void)fputs("here it is\n", stderr);
	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st[fd]) < 0)
			return fd;
	return S_ISCHR(st[0].st_mode) + (st[1].st_ino == st[2].st_ino) + S_ISREG(st[2].st_mode);
}

static int64_t redirect(void)
{
	int fds[2];
	int64_t r = 0;

	if (pipe(fds) < 0)
		return -1;
	for (int fd = 0; fd < 3; fd++)
		r |= dup2(fds[1], fd) < 0;
	return r + close(fds[0]) + close(fds[1]);
}

int speak(struct postern_invocation *call)
{
	const char *how = postern_arg_string(call, "how");
	int64_t n = 0;

	if (strcmp(how, "mixed") == 0)
		mixed(call);
	else if (strcmp(how, "flood") == 0)
		n = flood();
	else if (strcmp(how, "grandchild") == 0)
		grandchild();
	else if (strcmp(how, "stray") == 0)
		stray();
	else if (strcmp(how, "noise") == 0)
		noise();
	else if (strcmp(how, "close") == 0)
		n = close(STDIN_FILENO) + close(STDOUT_FILENO) + close(STDERR_FILENO);
	else if (strcmp(how, "redirect") == 0)
		n = redirect();
	else if (strcmp(how, "standard") == 0)
		n = standard();
	else if (strcmp(how, "wait") == 0)
		conform_sleep(1500);
	else if (strcmp(how, "quiet") != 0)
		(void)fputs("last words\n<7>not asked for\n", stderr);
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "exit") == 0)
		_exit(3);
	if (strcmp(how, "stay") == 0)
		conform_sleep(600000);
	return postern_return_integer(call, n);
}

/* As a function does that a debugger is to look into, and that crashes with what it was given. */
int crash(struct postern_invocation *call)
{
	const char *word = postern_arg_string(call, "word");
	char *kept = strdup(word);

	if (!kept || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return postern_fail(call, errno, "become dumpable");
	abort();
}
