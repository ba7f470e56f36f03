/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages on stderr, text made safe for a terminal, and the end of stdout. */
#ifndef POSTERN_CLI_SAY_H
#define POSTERN_CLI_SAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* One line on stderr each: "postern: ...", "hint: ...", "warning: ...". Control characters and
 * bytes that are not UTF-8 are escaped, so that no text that came from elsewhere steers the
 * terminal. */
void say_error(const char *format, ...) PRINTF_LIKE(1, 2);
void say_hint(const char *format, ...) PRINTF_LIKE(1, 2);
void say_warning(const char *format, ...) PRINTF_LIKE(1, 2);

/* An error of the library with its hint. */
void say_struct(const struct error *err);

enum escape_flags {
	ESCAPE_QUOTED = 1 << 0, /* a backslash and a double quote are escaped too */
};

/* Writes text with \n, \t, \xNN for control characters (C0, DEL, C1) and for bytes that are not
 * UTF-8. */
void say_escaped(FILE *to, const char *text, size_t len, unsigned flags);

/* The length of the well-formed UTF-8 character at text, which has `left` bytes; 0: there is none.
 */
size_t say_character(const char *text, size_t left);

/* Writes a time of CLOCK_REALTIME: local with its offset, or in UTC as RFC 3339 says. */
enum say_zone { SAY_LOCAL, SAY_UTC };
void say_time(FILE *to, uint64_t ns, enum say_zone zone);

/* Writes out stdout. Returns `status`, or CLI_FAILED when that was not possible (which is said,
 * unless the reader went away). */
int say_finish(int status);

#endif
