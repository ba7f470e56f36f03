/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function logs: to its caller as LOG records, to the journal by standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "base/text.h"
#include "helper/call.h"

/* On the stack: a text, its level, and the header. */
#define RECORD_MAX (sizeof(struct postern_header) + REPLY_MESSAGE_MAX + 16)

static void tell_caller(struct postern_invocation *call, int level, const char *text, size_t len,
			bool last)
{
	const struct invocation_target *t = call->target;
	uint8_t record[RECORD_MAX];
	struct wire_writer w;
	size_t record_len;

	if (!t->log || level > call->log_level)
		return;
	wire_start(&w, record, sizeof(record), POSTERN_LOG, call->call, 0);
	wire_put_array(&w, 2);
	wire_put_integer(&w, level);
	wire_put_string(&w, text, len);
	if (wire_finish(&w, &record_len) < 0 ||
	    t->log(t->log_userdata, record, record_len, last) < 0)
		call->log_lost++;
}

/* One write: lines of several processes are not mixed (pipe(7), PIPE_BUF), and a pipe that nobody
 * reads does not make it wait. */
static void tell_journal(const struct postern_invocation *call, int level, const char *text)
{
	char line[REPLY_MESSAGE_MAX + 128];
	int n;

	if (level > call->target->log_level)
		return;
	n = snprintf(line, sizeof(line), "<%d>%s: %s\n", level, call->target->entrypoint->name,
		     text);
	if (n > 0)
		(void)!write(STDERR_FILENO, line, MIN_OF((size_t)n, sizeof(line) - 1));
}

void postern_log(struct postern_invocation *call, int level, const char *format, ...)
{
	char text[REPLY_MESSAGE_MAX + 1];
	char *said = NULL;
	va_list args;
	size_t len;
	int n;

	level = MIN_OF(MAX_OF(level, LOG_EMERG), LOG_DEBUG);
	if (level > call->log_level && level > call->target->log_level)
		return;
	va_start(args, format);
	n = vasprintf(&said, format, args);
	va_end(args);
	if (n < 0) {
		call->log_lost++;
		return;
	}
	len = text_clean(text, sizeof(text), said, (size_t)n);
	free(said);
	tell_caller(call, level, text, len, false);
	tell_journal(call, level, text);
}

void invocation_log_end(struct postern_invocation *call)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%u more lines were lost on the way to the caller",
			 call->log_lost);

	if (call->log_lost)
		tell_caller(call, MIN_OF(call->log_level, LOG_WARNING), text, (size_t)n, true);
}
