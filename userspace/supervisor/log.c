/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The supervisor's log lines. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "supervisor/log.h"

/* Names in denials and a worker's own output must not be able to forge a line or drive the reader's
 * terminal. */
static void write_escaped(FILE *to, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < ' ' || *p == 0x7f)
			(void)fprintf(to, "\\x%02x", *p);
		else
			(void)fputc(*p, to);
	}
}

void log_line(int level, const char *format, ...)
{
	cleanup_free char *text = NULL, *line = NULL;
	size_t len = 0;
	va_list args;
	FILE *to;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0) {
		text = NULL;
		return;
	}
	/* stderr has no buffer: each character would be a system call, and a talkative worker would
	 * hold up everybody. */
	to = open_memstream(&line, &len);
	if (!to)
		return;
	if (getenv("JOURNAL_STREAM"))
		(void)fprintf(to, "<%d>", level);
	else
		(void)fputs("posternd: ", to);
	write_escaped(to, text);
	(void)fputc('\n', to);
	if (fclose(to) == 0)
		(void)fwrite(line, 1, len, stderr);
}

void log_error(int level, const char *what, const struct error *err)
{
	log_line(level, "%s: %s", what, error_text(err));
	if (err && err->hint)
		log_line(level, "hint: %s", err->hint);
}
