/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function logs and prints: to its caller as LOG records, and to the journal. */
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <syslog.h>

#include "base/text.h"
#include "helper/call.h"
#include "helper/output.h"

static void tell_caller(struct postern_invocation *call, int level, const char *text, size_t len,
			bool last)
{
	const struct invocation_target *t = call->target;
	uint8_t record[REPLY_LOG_MAX];
	size_t record_len;

	if (!t->log || level > call->log_level)
		return;
	record_len = reply_log(record, call->call, level, text, len);
	if (!record_len || t->log(t->log_userdata, record, record_len, last) < 0)
		call->log_lost++;
}

void invocation_journal(const struct postern_invocation *call, int level, const char *text)
{
	const struct output *o = call->target->output;

	output_journal(o ? o->journal : STDERR_FILENO, call->target->entrypoint->name, level, text);
}

/* The journal gets all of it, whatever the manifest's level: it is what a library complains of, and
 * what a program says before it dies. */
static void printed(void *userdata, int level, const char *text, size_t len)
{
	struct postern_invocation *call = userdata;

	tell_caller(call, level, text, len, false);
	invocation_journal(call, level, text);
}

static void printed_between(void *userdata, int level, const char *text, size_t len UNUSED)
{
	invocation_journal(userdata, level, text);
}

/* To be told before what is logged now. A child that the function forked has the same file, and
 * leaves it to its parent. */
static void printed_tell(struct postern_invocation *call)
{
	if (!call->target->output || call->target->forked())
		return;
	/* Mostly neither holds anything, and to see that takes no lock. */
	if (__fpending(stdout) > 0)
		(void)fflush(stdout);
	if (__fpending(stderr) > 0)
		(void)fflush(stderr);
	if (output_waits(call->target->output))
		output_take(call->target->output, printed, call);
}

/* What is there already comes from nobody's call: from a process that an earlier one left. */
void invocation_log_begin(struct postern_invocation *call)
{
	struct output *o = call->target->output;

	if (!o || !o->area)
		return;
	if (output_waits(o))
		output_take(o, printed_between, call);
	o->area->wanted = call->log_level;
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
	printed_tell(call);
	tell_caller(call, level, text, len, false);
	if (level <= call->target->log_level)
		invocation_journal(call, level, text);
}

void invocation_log_end(struct postern_invocation *call)
{
	char text[64];
	int n;

	printed_tell(call);
	if (!call->log_lost)
		return;
	n = snprintf(text, sizeof(text), "%u more lines were lost on the way to the caller",
		     call->log_lost);
	tell_caller(call, MIN_OF(call->log_level, LOG_WARNING), text, (size_t)n, true);
}
