/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Built twice, with another VERSION: what a module is that is replaced by its next version. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "postern-entrypoint.h"

static void sleep_ms(long ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (ms > 0 && nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* "MS FILE...": sleeps before it opens each file for reading; bit n of the result: the n-th one
 * was opened. */
static int look(struct postern_invocation *call)
{
	char text[4096], *save = NULL, *word;
	int64_t opened = 0, bit = 1;
	long ms;

	(void)strncpy(text, postern_arg_string(call, "what"), sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	word = strtok_r(text, " ", &save);
	ms = word ? strtol(word, NULL, 10) : 0;
	while ((word = strtok_r(NULL, " ", &save))) {
		int fd;

		sleep_ms(ms);
		fd = open(word, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			opened |= bit;
			(void)close(fd);
		}
		bit <<= 1;
	}
	return postern_return_integer(call, opened);
}

static int version(struct postern_invocation *call)
{
	return postern_return_integer(call, VERSION);
}

POSTERN_MODULE({"look", look}, {"each", look}, {"brief", look}, {"version", version});
