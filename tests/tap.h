/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TAP out of a test program that runs in the guest: one line a check, and a plan at the end. */
#ifndef POSTERN_TESTS_TAP_H
#define POSTERN_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* Weak: one count for all the files of a program. */
__attribute__((weak)) int tap_count, tap_failed;

__attribute__((format(printf, 2, 3))) static inline bool tap(bool ok, const char *format, ...)
{
	va_list args;

	printf("%s %d - ", ok ? "ok" : "not ok", ++tap_count);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	printf("\n");
	(void)fflush(stdout);
	tap_failed += !ok;
	return ok;
}

/* Ends the test: returns what main() is to return. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
