/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A manifest's texts inside C, Python and Markdown.
 *
 * Who writes a description does not write code: no text may end the comment or string that it
 * stands in, and none may show as something else than it is (marks that turn the direction of
 * writing, "Trojan Source", CVE-2021-42574).
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "cli/gen.h"

#define LINE_COLUMNS 96

/* The code point of a well-formed character of n bytes. */
static uint32_t code_point(const unsigned char *p, size_t n)
{
	uint32_t c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/* Controls (C0, DEL, C1), and what has no shape of its own: direction, joiners, separators of lines
 * and paragraphs, tags. */
static bool shapeless(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

/* One step through a text: the character, or a byte that is none (then n is 0). */
struct step {
	uint32_t c;
	size_t n;
};

static struct step step_at(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = text_character(p, strnlen(text, 4));

	return n ? (struct step){code_point(p, n), n} : (struct step){p[0], 0};
}

/* Writes what cannot be written as it is for a reader: "U+202E". Returns false when there is no
 * need. */
static bool named(FILE *to, struct step s)
{
	if (s.n == 0)
		(void)fprintf(to, "\\x%02X", (unsigned)s.c);
	else if (s.c == '\n' || s.c == '\t' || s.c == '\r')
		(void)fputc(' ', to);
	else if (shapeless(s.c))
		(void)fprintf(to, "U+%04X", (unsigned)s.c);
	else
		return false;
	return true;
}

void gen_comment_text(FILE *to, const char *text)
{
	char before = '\0';

	for (const char *p = text; *p;) {
		struct step s = step_at(p);

		if ((*p == '/' && before == '*') || (*p == '*' && before == '/'))
			(void)fputc(' ', to);
		before = *p;
		if (!named(to, s))
			(void)fwrite(p, 1, s.n, to);
		p += s.n ? s.n : 1;
	}
}

/* Octal digits, since a hexadecimal number has no end in C; and no trigraphs. */
void gen_c_text(FILE *to, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p >= 0x7f)
			(void)fprintf(to, "\\%03o", *p);
		else if (strchr("\"\\?", *p))
			(void)fprintf(to, "\\%c", *p);
		else
			(void)fputc(*p, to);
	}
}

void gen_python_text(FILE *to, const char *text)
{
	for (const char *p = text; *p;) {
		struct step s = step_at(p);

		if (s.n == 0 || (shapeless(s.c) && s.c < 0x100))
			(void)fprintf(to, "\\x%02x", (unsigned)s.c);
		else if (shapeless(s.c))
			(void)fprintf(to, s.c < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)s.c);
		else if (s.c == '"' || s.c == '\\')
			(void)fprintf(to, "\\%c", (char)s.c);
		else
			(void)fwrite(p, 1, s.n, to);
		p += s.n ? s.n : 1;
	}
}

/* Of CommonMark and its extensions: what begins a span, a link, HTML or an entity anywhere; and, at
 * a line's start, a block. */
void gen_markdown_text(FILE *to, const char *text)
{
	size_t digits;

	text += strspn(text, " \t\r\n"); /* would be a block of code */
	digits = strspn(text, "0123456789");
	if (*text && (strchr("-+=#~:", *text) != NULL))
		(void)fputc('\\', to);
	for (const char *p = text; *p;) {
		struct step s = step_at(p);

		if (digits > 0 && p == text + digits && (*p == '.' || *p == ')'))
			(void)fputc('\\', to);
		if (*p == '<' || *p == '&' || *p == '>')
			(void)fputs(*p == '<' ? "&lt;" : *p == '&' ? "&amp;" : "&gt;", to);
		else if (*p == '_' && p > text && isalnum((unsigned char)p[-1]) &&
			 isalnum((unsigned char)p[1]))
			(void)fputc('_', to); /* inside a word it means nothing */
		else if (strchr("\\`*_[]|!$~", *p))
			(void)fprintf(to, "\\%c", *p);
		else if (!named(to, s))
			(void)fwrite(p, 1, s.n, to);
		p += s.n ? s.n : 1;
	}
}

static size_t longest_run(const char *text, char c)
{
	size_t longest = 0;

	for (const char *p = text; *p;) {
		size_t run = 0;

		while (p[run] == c)
			run++;
		longest = MAX_OF(longest, run);
		p += run ? run : 1;
	}
	return longest;
}

/* A run of backquotes that the text does not hold ends the span, and spaces keep its first and last
 * character apart from them. */
void gen_markdown_code(FILE *to, const char *text)
{
	size_t run = longest_run(text, '`') + 1, len = strlen(text);
	bool apart = len == 0 || strchr("` ", text[0]) || strchr("` ", text[len - 1]);

	for (size_t i = 0; i < run; i++)
		(void)fputc('`', to);
	if (apart)
		(void)fputc(' ', to);
	for (const char *p = text; *p;) {
		struct step s = step_at(p);

		if (!named(to, s))
			(void)fwrite(p, 1, s.n, to);
		p += s.n ? s.n : 1;
	}
	if (apart)
		(void)fputc(' ', to);
	for (size_t i = 0; i < run; i++)
		(void)fputc('`', to);
}

static char *word_written(const char *text, size_t len, gen_text_fn write, size_t *ret_len)
{
	cleanup_free char *word = strndup(text, len);
	char *written = NULL;
	FILE *to = word ? open_memstream(&written, ret_len) : NULL;

	if (!to)
		return NULL;
	write(to, word);
	if (fclose(to) == 0)
		return written;
	free(written);
	return NULL;
}

void gen_lines(FILE *to, const char *margin, const char *text, gen_text_fn write)
{
	static const char space[] = " \t\r\n";
	size_t column = 0, written_len = 0;

	while (*(text += strspn(text, space))) {
		size_t len = strcspn(text, space);
		cleanup_free char *written = word_written(text, len, write, &written_len);

		if (column > 0 && column + 1 + written_len > LINE_COLUMNS) {
			(void)fputc('\n', to);
			column = 0;
		}
		(void)fputs(column > 0 ? " " : margin, to);
		column += (column > 0 ? 1 : strlen(margin)) + written_len;
		(void)fputs(written ? written : "", to);
		text += len;
	}
	if (column > 0)
		(void)fputc('\n', to);
}
