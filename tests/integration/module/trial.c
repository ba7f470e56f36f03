/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Entrypoint functions that do what a test asks for: sleep, misbehave in every way, touch files. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "postern-entrypoint.h"

#define PROWL_OUT    "/srv/trial/prowl/outcomes"
#define PROWL_SECRET "/srv/trial/data-beside/secret"

static void sleep_ms(int64_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* Sleeps, and says which process it was. */
static int nap(struct postern_invocation *call)
{
	sleep_ms(postern_arg_integer(call, "ms"));
	return postern_return_integer(call, getpid());
}

static int echo(struct postern_invocation *call)
{
	return postern_return_string(call, postern_arg_string(call, "text"));
}

/* Takes one of each type, and gives nothing back. */
static int types(struct postern_invocation *call)
{
	return postern_arg_boolean(call, "flag") && postern_arg_integer(call, "count") == 3
		       ? 0
		       : -EINVAL;
}

static int touch(struct postern_invocation *call)
{
	const char *file = postern_arg_string(call, "file");
	const char *how = postern_arg_string(call, "how");
	int fd = open(file, (strcmp(how, "read") == 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC);

	if (fd < 0)
		return postern_fail(call, errno, "open %s", file);
	(void)close(fd);
	return 0;
}

static int whoami(struct postern_invocation *call)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%u %u", postern_caller_uid(call),
		       postern_caller_gid(call));
	return postern_return_string(call, text);
}

/* Tries a file that no rule names, over and over, and notes each outcome, until somebody ends it.
 */
static int prowl(struct postern_invocation *call)
{
	int out = open(PROWL_OUT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (out < 0)
		return postern_fail(call, errno, "open " PROWL_OUT);
	for (;;) {
		int fd = open(PROWL_SECRET, O_RDONLY | O_CLOEXEC);
		const char *outcome = fd >= 0 ? "O" : errno == EACCES ? "d" : "?";

		if (write(out, outcome, 1) != 1)
			return postern_fail(call, errno, "write " PROWL_OUT);
		if (fd >= 0)
			(void)close(fd);
		sleep_ms(20);
	}
}

static int end_by_exit(struct postern_invocation *call)
{
	(void)call;
	exit(3);
}

static int end_by_abort(struct postern_invocation *call)
{
	(void)call;
	abort();
}

static int leave_child(struct postern_invocation *call)
{
	pid_t pid = fork();

	if (pid == 0) {
		sleep_ms(60000);
		_exit(0);
	}
	return pid < 0 ? postern_fail(call, errno, "fork") : postern_return_integer(call, pid);
}

/* Three generations that ignore whatever can be ignored, each in a session of its own if it may. */
static int deaf_children(struct postern_invocation *call)
{
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_IGN);
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return postern_fail(call, errno, "fork");
		if (pid == 0)
			(void)setsid();
		else if (fork() == 0)
			(void)setsid();
	}
	for (;;)
		sleep_ms(60000);
}

static int close_all(struct postern_invocation *call)
{
	for (int fd = 0; fd < 1024; fd++)
		(void)close(fd);
	return postern_return_integer(call, 0);
}

static int shout(struct postern_invocation *call)
{
	static char line[1024];

	(void)memset(line, 'a', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 1024; i++)
		if (write(STDERR_FILENO, line, sizeof(line)) < 0)
			return postern_fail(call, errno, "write to stderr");
	return postern_return_integer(call, 0);
}

static int no_result(struct postern_invocation *call)
{
	(void)call;
	return 0;
}

static int wrong_kind(struct postern_invocation *call)
{
	return postern_return_string(call, "no number");
}

static int stop(struct postern_invocation *call)
{
	(void)raise(SIGSTOP);
	return postern_return_integer(call, 0);
}

static int segfault(struct postern_invocation *call)
{
	(void)raise(SIGSEGV);
	return postern_return_integer(call, 0);
}

/* One line of each level, and so many more. */
static int talk(struct postern_invocation *call)
{
	int64_t lines = postern_arg_integer(call, "lines");

	postern_log(call, LOG_DEBUG, "a line for debugging");
	postern_log(call, LOG_INFO, "a line of information");
	postern_log(call, LOG_ERR, "a line of an error");
	for (int64_t i = 0; i < lines; i++)
		postern_log(call, LOG_DEBUG, "line %lld", (long long)i);
	return postern_return_integer(call, lines);
}

static int misbehave(struct postern_invocation *call)
{
	static const struct {
		const char *how;
		postern_function function;
	} ways[] = {
		{"exit", end_by_exit},	  {"abort", end_by_abort},    {"child", leave_child},
		{"deaf", deaf_children},  {"close", close_all},	      {"shout", shout},
		{"no_result", no_result}, {"wrong_kind", wrong_kind}, {"stop", stop},
		{"segfault", segfault},
	};
	const char *how = postern_arg_string(call, "how");

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].how, how) == 0)
			return ways[i].function(call);
	return postern_fail(call, EINVAL, "there is no way \"%s\" to misbehave", how);
}

POSTERN_MODULE({"nap", nap}, {"quick", nap}, {"pair", nap}, {"echo", echo}, {"types", types},
	       {"touch", touch}, {"whoami", whoami}, {"prowl", prowl}, {"misbehave", misbehave},
	       {"talk", talk});
