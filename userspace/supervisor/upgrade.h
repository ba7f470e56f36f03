/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Upgrade in place: posternd executes its program anew, with the same pid, while contexts run on.
 */
#ifndef POSTERN_SUPERVISOR_UPGRADE_H
#define POSTERN_SUPERVISOR_UPGRADE_H

#include "supervisor/supervisor.h"

/* Remembers program and command line; before anything can replace the file. */
int upgrade_prepare(struct supervisor *s, char **argv, struct error *err);

/*
 * Decides on an upgrade, and ends the event loop for it. Refuses where the next program could not
 * start: one that others can write, or a manifest that is wrong. Returns 0 or a negative errno with
 * the reason.
 */
int upgrade_start(struct supervisor *s, struct error *err);

/* Was it decided? */
bool upgrade_decided(const struct supervisor *s);

/* Executes the program. Returns only on failure; contexts run on, confined, also then. */
int upgrade_execute(struct supervisor *s, struct error *err);

/* The name by which a listener of ours is handed on (LISTEN_FDNAMES, sd_listen_fds(3)). */
#define UPGRADE_LISTENER "postern"

#endif
