/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/exit.h"
#include "cli/say.h"

#define NS_PER_SECOND UINT64_C(1000000000)

size_t say_character(const char *text, size_t left)
{
	for (size_t n = 1; n <= 4 && n <= left; n++)
		if (text_utf8(text, n))
			return n;
	return 0;
}

static bool is_control(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;

	return p[0] < 0x20 || p[0] == 0x7f || (n == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

void say_escaped(FILE *to, const char *text, size_t len, unsigned flags)
{
	for (size_t i = 0; i < len;) {
		size_t n = say_character(text + i, len - i);
		char c = text[i];

		if (n > 0 && !is_control(text + i, n)) {
			if (flags & ESCAPE_QUOTED && (c == '"' || c == '\\'))
				(void)fputc('\\', to);
			(void)fwrite(text + i, 1, n, to);
			i += n;
		} else if (c == '\n' || c == '\t') {
			(void)fputs(c == '\n' ? "\\n" : "\\t", to);
			i++;
		} else {
			(void)fprintf(to, "\\x%02x", (unsigned char)c);
			i++;
		}
	}
}

static void say(const char *prefix, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void say(const char *prefix, const char *format, va_list args)
{
	cleanup_free char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	(void)fflush(stdout); /* so that both streams keep their order on a terminal */
	(void)fputs(prefix, stderr);
	if (text)
		say_escaped(stderr, text, strlen(text), 0);
	else
		(void)fputs("out of memory", stderr);
	(void)fputc('\n', stderr);
}

void say_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("postern: ", format, args);
	va_end(args);
}

void say_hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("hint: ", format, args);
	va_end(args);
}

void say_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("warning: ", format, args);
	va_end(args);
}

void say_struct(const struct error *err)
{
	say_error("%s", error_text(err));
	if (err->hint)
		say_hint("%s", err->hint);
}

void say_time(FILE *to, uint64_t ns, enum say_zone zone)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	unsigned fraction = (unsigned)(ns % NS_PER_SECOND);
	char date[32], offset[8];
	struct tm tm;

	if (!(zone == SAY_UTC ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)) ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0 ||
	    strftime(offset, sizeof(offset), "%z", &tm) == 0) {
		(void)fprintf(to, "%" PRIu64 ".%09u", ns / NS_PER_SECOND, fraction);
		return;
	}
	if (zone == SAY_UTC)
		(void)fprintf(to, "%s.%09uZ", date, fraction);
	else
		(void)fprintf(to, "%s.%03u%s", date, fraction / 1000000, offset);
}

int say_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno != EPIPE)
		say_error("write to standard output: %s", strerror(errno));
	return status == CLI_OK ? CLI_FAILED : status;
}
