/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The exit statuses of `postern`, the same for every verb. */
#ifndef POSTERN_CLI_EXIT_H
#define POSTERN_CLI_EXIT_H

#include <stdio.h>

#include "lib/protocol.h"

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_UNREACHABLE = 3, /* posternd does not answer */
	/* `postern call`: and the call's result, enum postern_code */
	CLI_CALL = 10,
	CLI_BAD_ARGUMENT = CLI_CALL + POSTERN_BAD_ARGUMENT,
	CLI_TIMED_OUT = CLI_CALL + POSTERN_TIMED_OUT,
	CLI_PROTOCOL_ERROR = CLI_CALL + POSTERN_PROTOCOL_ERROR,
	CLI_NOT_AVAILABLE = CLI_CALL + POSTERN_NOT_AVAILABLE,
};

/* Writes the table of statuses for people. */
void exit_table_print(FILE *to);

#endif
