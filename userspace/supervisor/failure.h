/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a posternd whose enforcement has failed. */
#ifndef POSTERN_SUPERVISOR_FAILURE_H
#define POSTERN_SUPERVISOR_FAILURE_H

#include "supervisor/supervisor.h"

/* posternd's exit status then; documented in posternd(8). */
#define EXIT_ENFORCEMENT 25

/*
 * Kills all processes of contexts, refuses every call from now on with the reason, says so in the
 * log, to the service manager and in ADMIN_FAILURE_FILE, and ends the event loop with
 * EXIT_ENFORCEMENT a moment later. Only the first failure counts.
 */
void fail_enforcement(struct supervisor *s, const struct error *why);

/* Forgets what an earlier posternd left in ADMIN_FAILURE_FILE. */
void failure_forget(void);

#endif
