/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules' directories that are deleted and made again (systemd's RuntimeDirectory=).
 *
 * The helper's bind mount stays with the deleted one, so what lies in the new one is denied, until
 * a helper that was started anew takes the place of the one that runs.
 */
#ifndef POSTERN_SUPERVISOR_REMADE_H
#define POSTERN_SUPERVISOR_REMADE_H

#include "supervisor/supervisor.h"

int remade_start(struct supervisor *s, struct error *err);
void remade_free(struct remade *r);

/* Watches the directories of the rules that are in force now, in place of those watched before. */
void remade_watch(struct context *c);

/* Watches none of a context's any more. */
void remade_forget(struct context *c);

#endif
