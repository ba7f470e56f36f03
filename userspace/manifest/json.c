/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing indented JSON (RFC 8259). */
#include <inttypes.h>

#include "manifest/json.h"

static void text_write(FILE *to, const char *text)
{
	(void)fputc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', to);
		if ((unsigned char)*text < 0x20)
			(void)fprintf(to, "\\u%04x", (unsigned char)*text);
		else
			(void)fputc(*text, to);
	}
	(void)fputc('"', to);
}

static void line_start(struct json *j)
{
	(void)fputc('\n', j->to);
	for (unsigned i = 0; i < j->depth; i++)
		(void)fputs("  ", j->to);
}

static void member_start(struct json *j, const char *key)
{
	if (j->started)
		(void)fputc(',', j->to);
	if (j->depth > 0)
		line_start(j);
	j->started = true;
	if (key) {
		text_write(j->to, key);
		(void)fputs(": ", j->to);
	}
}

void json_open(struct json *j, const char *key, char bracket)
{
	member_start(j, key);
	(void)fputc(bracket, j->to);
	j->depth++;
	j->started = false;
}

void json_close(struct json *j, char bracket)
{
	j->depth--;
	if (j->started)
		line_start(j);
	(void)fputc(bracket, j->to);
	j->started = true;
}

void json_string(struct json *j, const char *key, const char *text)
{
	member_start(j, key);
	text_write(j->to, text);
}

void json_number(struct json *j, const char *key, int64_t number)
{
	member_start(j, key);
	(void)fprintf(j->to, "%" PRId64, number);
}

void json_literal(struct json *j, const char *key, const char *text)
{
	member_start(j, key);
	(void)fputs(text, j->to);
}
