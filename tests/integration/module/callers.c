/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Functions that keep something for the next call of their process. */
#include <errno.h>
#include <time.h>

#include "postern-entrypoint.h"

static int count(struct postern_invocation *call)
{
	static int64_t calls;
	int64_t ms = postern_arg_given(call, "ms") ? postern_arg_integer(call, "ms") : 0;
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
	return postern_return_integer(call, ++calls);
}

POSTERN_MODULE({"count", count}, {"turn", count}, {"turn_each", count});
