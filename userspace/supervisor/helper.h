/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Helpers: started (helper_start.c), and what they say (helper_control.c). */
#ifndef POSTERN_SUPERVISOR_HELPER_H
#define POSTERN_SUPERVISOR_HELPER_H

#include "supervisor/supervisor.h"

int helper_start(struct context *c, struct error *err);

/* One record from the helper. Returns 0, or a negative errno when it broke the order of things:
 * then it is to be ended. */
int helper_control(struct context *c, struct error *err);

/*
 * Puts an entrypoint's policy (~0u: the start policy) into the kernel for the running helper, under
 * a new id. bank: of the workers that will run under it. places: as ruleset_install() takes it.
 * policy: taken over. ret: set on success only.
 */
int helper_install(struct context *c, struct policy *policy, uint32_t entrypoint, uint32_t bank,
		   const struct rule_places *places, struct ruleset **ret, struct error *err);

/* Says in the log how many lines of a context's output were left out. To be called now and then. */
void helper_log_look(struct context *c);

/* Closes what belongs to a helper's process. */
void helper_close(struct helper *h);

#endif
