/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Entrypoint functions that say which network namespace they are in, by its links. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "postern-entrypoint.h"

/* Names with a blank behind each, in the order in which sysfs has them. */
static int links(struct postern_invocation *call)
{
	char text[1024] = "";
	const struct dirent *entry;
	size_t used = 0;
	DIR *dir = opendir("/sys/class/net");

	if (!dir)
		return postern_fail(call, errno, "open /sys/class/net");
	while ((entry = readdir(dir)) && used < sizeof(text))
		if (entry->d_name[0] != '.')
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ",
						 entry->d_name);
	(void)closedir(dir);
	return postern_return_string(call, text);
}

static int nap(struct postern_invocation *call)
{
	int64_t ms = postern_arg_integer(call, "ms");
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
	return postern_return_integer(call, getpid());
}

POSTERN_MODULE({"links", links}, {"nap", nap});
