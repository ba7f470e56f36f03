/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An error with a chain of context: what failed, on which object, and what to do about it. */
#ifndef POSTERN_BASE_ERROR_H
#define POSTERN_BASE_ERROR_H

#include "base/util.h"

/*
 * A negative errno and a text. A caller that passes NULL for `err` wants only the number. The text
 * grows at its front as the error travels up ("start context motd: bind /etc: No such file or
 * directory") and at its end by a hint.
 */
struct error {
	int code;   /* negative errno; 0 while there is no error */
	char *text; /* owned; NULL while there is no error, or when there was no memory for it */
	char *hint; /* owned; the next step for the reader; NULL when there is none */
};

#define cleanup_error cleanup(error_clear)

/*
 * Sets the error: `format` and its arguments name the object; the errno's own text is appended when
 * `code` is not 0. code: a positive or negative errno. Returns the negative errno, so that `return
 * error_set(...)` reads well.
 */
int error_set(struct error *err, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same without the errno's text, for errors whose own words say it all. */
int error_say(struct error *err, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "context: " in front of an error that travels up. Returns err->code, or -EIO when err is
 * NULL or not set. */
int error_prefix(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds the next step for the person who reads the error; a hint set earlier stays. */
void error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* The text, never NULL. It lives as long as the error does. */
const char *error_text(const struct error *err);

/* Moves an error into another, which is cleared first; either may be NULL. Returns the code moved.
 */
int error_move(struct error *to, struct error *from);

/* Frees what the error holds and makes it empty again. */
void error_clear(struct error *err);

#endif
