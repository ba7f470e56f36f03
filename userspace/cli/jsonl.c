/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing JSON on one line. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/jsonl.h"
#include "cli/say.h"

static void text_write(FILE *to, const char *text, size_t len)
{
	(void)fputc('"', to);
	for (size_t i = 0; i < len;) {
		size_t n = say_character(text + i, len - i);
		unsigned char c = (unsigned char)text[i];

		if (n == 0) {
			/* A NUL is no UTF-8 text to us, yet JSON can say it. */
			(void)fputs(c == '\0' ? "\\u0000" : "\\ufffd", to);
			i++;
			continue;
		}
		if (c == '"' || c == '\\')
			(void)fprintf(to, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)fprintf(to, "\\u%04x", c);
		else if (n == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
			(void)fprintf(to, "\\u%04x", (unsigned char)text[i + 1]); /* C1 */
		else
			(void)fwrite(text + i, 1, n, to);
		i += n;
	}
	(void)fputc('"', to);
}

static void member_start(struct jsonl *j, const char *key)
{
	if (j->started)
		(void)fputs(", ", j->to);
	j->started = true;
	if (!key)
		return;
	text_write(j->to, key, strlen(key));
	(void)fputs(": ", j->to);
}

void jsonl_open(struct jsonl *j, const char *key, char bracket)
{
	member_start(j, key);
	(void)fputc(bracket, j->to);
	j->started = false;
}

void jsonl_close(struct jsonl *j, char bracket)
{
	(void)fputc(bracket, j->to);
	j->started = true;
}

void jsonl_end(struct jsonl *j)
{
	(void)fputc('\n', j->to);
	j->started = false;
}

void jsonl_text(struct jsonl *j, const char *key, const char *text, size_t len)
{
	member_start(j, key);
	text_write(j->to, text, len);
}

void jsonl_string(struct jsonl *j, const char *key, const char *text)
{
	if (text)
		jsonl_text(j, key, text, strlen(text));
	else
		jsonl_null(j, key);
}

void jsonl_number(struct jsonl *j, const char *key, int64_t number)
{
	member_start(j, key);
	(void)fprintf(j->to, "%" PRId64, number);
}

void jsonl_unsigned(struct jsonl *j, const char *key, uint64_t number)
{
	member_start(j, key);
	(void)fprintf(j->to, "%" PRIu64, number);
}

void jsonl_boolean(struct jsonl *j, const char *key, bool value)
{
	member_start(j, key);
	(void)fputs(value ? "true" : "false", j->to);
}

void jsonl_null(struct jsonl *j, const char *key)
{
	member_start(j, key);
	(void)fputs("null", j->to);
}

void jsonl_bytes(struct jsonl *j, const char *key, const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;

	member_start(j, key);
	(void)fputc('"', j->to);
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)p[i] << 16;

		if (left > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		(void)fputc(digits[v >> 18], j->to);
		(void)fputc(digits[v >> 12 & 63], j->to);
		(void)fputc(left > 1 ? digits[v >> 6 & 63] : '=', j->to);
		(void)fputc(left > 2 ? digits[v & 63] : '=', j->to);
	}
	(void)fputc('"', j->to);
}

void jsonl_time(struct jsonl *j, const char *key, uint64_t ns)
{
	member_start(j, key);
	(void)fputc('"', j->to);
	say_time(j->to, ns, SAY_UTC);
	(void)fputc('"', j->to);
}

void jsonl_path(struct jsonl *j, const char *key, const char *path)
{
	size_t len = strlen(path);
	char exact[64];

	jsonl_text(j, key, path, len);
	if (text_utf8(path, len))
		return;
	(void)snprintf(exact, sizeof(exact), "%s_base64", key);
	jsonl_bytes(j, exact, path, len);
}
