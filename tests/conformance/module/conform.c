/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The module of the tests of conformance: its table, and functions that fail, wait and write. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conform.h"

#define MARKS "/srv/conform"

void conform_sleep(int64_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static int fail(struct postern_invocation *call)
{
	int code = (int)postern_arg_integer(call, "errno");
	const char *text = postern_arg_string(call, "text");

	if (!postern_arg_given(call, "name"))
		return postern_fail(call, code, "%s", text);
	postern_fail_field(call, "volume", text);
	postern_fail_field(call, "pool", "");
	return postern_fail_named(call, postern_arg_string(call, "name"), code, "volume %s", text);
}

/* Has the kernel refuse something too, so that there is an event to look into. */
static int secret(struct postern_invocation *call)
{
	int fd = open("/srv/conform/secret", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return postern_return_string(call, postern_arg_string(call, "word"));
}

/* How many calls its worker had before, and this one. */
static int turn(struct postern_invocation *call)
{
	static int64_t turns;

	conform_sleep(postern_arg_integer(call, "ms"));
	return postern_return_integer(call, ++turns);
}

static int brief(struct postern_invocation *call)
{
	conform_sleep(postern_arg_integer(call, "ms"));
	return postern_return_integer(call, getpid());
}

/* Leaves a file when it begins, NAME, and another when it ends, NAME-. */
static int mark(struct postern_invocation *call)
{
	char file[64];

	for (int i = 0; i < 2; i++) {
		int fd;

		(void)snprintf(file, sizeof(file), MARKS "/%s%s", postern_arg_string(call, "name"),
			       i ? "-" : "");
		fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			return postern_fail(call, errno, "create %s", file);
		(void)close(fd);
		if (i == 0)
			conform_sleep(postern_arg_integer(call, "ms"));
	}
	return 0;
}

/* What finds no room is lost, and the function goes on. */
static int shout(struct postern_invocation *call)
{
	static char line[1024];
	int64_t lines = postern_arg_integer(call, "lines");

	(void)memset(line, 'a', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int64_t i = 0; i < lines; i++)
		if (write(STDERR_FILENO, line, sizeof(line)) < 0 && errno != EAGAIN)
			return postern_fail(call, errno, "write to stderr");
	return 0;
}

/* Not in the manifest. */
static int undeclared(struct postern_invocation *call)
{
	(void)call;
	return 0;
}

POSTERN_MODULE({"echo_text", echo_text}, {"echo_data", echo_data},
	       {"echo_descriptor", echo_descriptor}, {"echo_number", echo_number},
	       {"echo_flag", echo_flag}, {"echo_words", echo_words}, {"echo_routes", echo_routes},
	       {"read_mark", read_mark}, {"sum", sum}, {"give", give}, {"give_words", give_words},
	       {"large", echo_data}, {"large_each", echo_data}, {"large_record", large_record},
	       {"large_brief", echo_data}, {"large_brief_each", echo_data}, {"give_large", give},
	       {"give_unread", give}, {"fail", fail}, {"secret", secret}, {"turn", turn},
	       {"brief", brief}, {"state", state}, {"state_each", state}, {"end", end},
	       {"end_each", end}, {"surroundings", surroundings}, {"program", program},
	       {"mark", mark}, {"mark_each", mark}, {"shout", shout}, {"speak", speak},
	       {"speak_each", speak}, {"speak_briefly", speak}, {"speak_each_briefly", speak},
	       {"crash", crash}, {"crash_secret", crash}, {"crash_each", crash},
	       {"undeclared", undeclared});
