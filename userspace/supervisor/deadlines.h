/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The coarse timer that ends calls past their deadlines. */
#ifndef POSTERN_SUPERVISOR_DEADLINES_H
#define POSTERN_SUPERVISOR_DEADLINES_H

#include "supervisor/supervisor.h"

/* Runs the coarse timer while any worker may be in a call. */
int deadlines_start(struct supervisor *s, struct error *err);
void deadlines_wake(struct supervisor *s);

#endif
