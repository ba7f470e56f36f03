/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing indented JSON. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_JSON_H
#define POSTERN_MANIFEST_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Zero-initialise but for `to`. Write errors show in ferror(to). */
struct json {
	FILE *to;
	unsigned depth;
	bool started; /* the innermost object or array has a member already */
};

/* In an object every member has a key; in an array it is NULL. bracket: '{' or '['. */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_string(struct json *j, const char *key, const char *text);
void json_number(struct json *j, const char *key, int64_t number);

/* A text that is JSON already: true, false, a number. */
void json_literal(struct json *j, const char *key, const char *text);

#endif
