/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of exit statuses. */
#include "cli/exit.h"
#include "base/util.h"

static const struct {
	int status;
	const char *meaning;
} statuses[] = {
	{CLI_OK, "it went well"},
	{CLI_FAILED, "it failed; check: problems were found; doctor: posternd could not start"},
	{CLI_USAGE, "the command line is wrong"},
	{CLI_UNREACHABLE, "posternd cannot be reached"},
	{CLI_CALL + POSTERN_FAILED, "call: the function reports an error"},
	{CLI_CALL + POSTERN_BAD_ARGUMENT, "call: an argument is missing, unknown or wrong"},
	{CLI_CALL + POSTERN_NOT_PERMITTED, "call: this user may not call the context"},
	{CLI_CALL + POSTERN_DENIED, "call: the kernel denied what the function tried"},
	{CLI_CALL + POSTERN_TIMED_OUT, "call: it took too long"},
	{CLI_CALL + POSTERN_WORKER_DIED, "call: the worker died"},
	{CLI_CALL + POSTERN_PROTOCOL_ERROR, "call: an answer does not follow the protocol"},
	{CLI_CALL + POSTERN_NOT_AVAILABLE, "call: there is no such context or entrypoint, or it "
					   "does not start"},
	{CLI_CALL + POSTERN_BUSY, "call: too many connections or calls"},
	{CLI_CALL + POSTERN_CANCELLED, "call: it was cancelled by ^C"},
};

void exit_table_print(FILE *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		(void)fprintf(to, "  %2d  %s\n", statuses[i].status, statuses[i].meaning);
}
