/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a call ended, for people and for programs. */
#ifndef POSTERN_CLI_CALL_PRINT_H
#define POSTERN_CLI_CALL_PRINT_H

#include "cli/call_values.h"

/* What a call is, for messages. */
struct call_subject {
	const char *context, *entrypoint;
	const struct call_values *values;
};

void call_print_result(const struct postern_value *v, bool json);

/* Says what happened, on which object, and the next step, on stderr; with json also as an object on
 * stdout. Returns the exit status. */
int call_print_failure(const struct call_subject *s, const struct postern_failure *f, bool json);

/* The same for an argument whose text cannot be what the entrypoint takes. */
int call_print_bad_text(const struct call_subject *s, const struct error *err, bool json);

/* A failure as an object on stdout, and nothing else. */
void call_print_failure_json(const struct postern_failure *f);

#endif
