/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Helpers: started (helper_start.c), and what they say (helper_control.c). */
#ifndef POSTERN_SUPERVISOR_HELPER_H
#define POSTERN_SUPERVISOR_HELPER_H

#include "supervisor/supervisor.h"

int helper_start(struct context *c, struct error *err);

/* One record from the helper. Returns 0, or a negative errno when it broke the order of things:
 * then it is to be ended. */
int helper_control(struct context *c, struct error *err);

/* Closes what belongs to a helper's process. */
void helper_close(struct helper *h);

#endif
