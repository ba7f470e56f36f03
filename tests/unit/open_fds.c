/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks into /proc, so that those count too of which nobody knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "open_fds.h"

size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t len = 0;

	assert_non_null(d);
	while (readdir(d))
		len++;
	(void)closedir(d);
	return len;
}
