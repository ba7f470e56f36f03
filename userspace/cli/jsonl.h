/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* JSON on one line, for the --json of each verb (RFC 8259). */
#ifndef POSTERN_CLI_JSONL_H
#define POSTERN_CLI_JSONL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Zero-initialise but for `to`. Write errors show in ferror(to). */
struct jsonl {
	FILE *to;
	bool started; /* the innermost object or array has a member already */
};

/* In an object every member has a key; in an array, and at the top, it is NULL. bracket: '{' or
 * '['. Closing the outermost bracket does not end the line: jsonl_end() does. */
void jsonl_open(struct jsonl *j, const char *key, char bracket);
void jsonl_close(struct jsonl *j, char bracket);
void jsonl_end(struct jsonl *j);

/* text: NULL becomes null. What is not UTF-8 in it becomes U+FFFD. */
void jsonl_string(struct jsonl *j, const char *key, const char *text);
void jsonl_text(struct jsonl *j, const char *key, const char *text, size_t len);
void jsonl_number(struct jsonl *j, const char *key, int64_t number);
void jsonl_unsigned(struct jsonl *j, const char *key, uint64_t number);
void jsonl_boolean(struct jsonl *j, const char *key, bool value);
void jsonl_null(struct jsonl *j, const char *key);
/* In base64 (RFC 4648). */
void jsonl_bytes(struct jsonl *j, const char *key, const void *data, size_t len);
/* A time of CLOCK_REALTIME in nanoseconds, as RFC 3339 writes it. */
void jsonl_time(struct jsonl *j, const char *key, uint64_t ns);
/* A path: as text, and when it is not UTF-8, exactly, as `KEY_base64` beside it. */
void jsonl_path(struct jsonl *j, const char *key, const char *path);

#endif
