/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* posternd's answer to `postern status`, and its two forms of print. */
#ifndef POSTERN_CLI_STATUS_H
#define POSTERN_CLI_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/admin.h"

/* The records in their order: supervisor; context, its entrypoints, each with rules and workers. */
struct status {
	struct admin_record *records;
	size_t len;
};

/* context: the only one to print, NULL for all. */
void status_print_text(const struct status *s, const char *context);
void status_print_json(const struct status *s, const char *context);

/* Does the record belong to what is printed? */
bool status_wanted(const struct admin_record *r, const char *context);

/*
 * Fetches the whole status. socket: NULL for posternd's own. quiet: nothing is said when it fails.
 * ret: free ret->records. Returns an enum cli_exit.
 */
int status_fetch(const char *socket, bool quiet, struct status *ret);

/* Does posternd have a context of that name? */
bool status_has(const struct status *s, const char *context);

/* Says that there is no such context, with the nearest name. */
void status_no_context(const struct status *s, const char *context);

/* status_hooks.c: prints the table of hooks for the running kernel. socket: NULL for posternd's
 * own. Returns an enum cli_exit. */
int status_hooks(const char *socket, bool json);

#endif
