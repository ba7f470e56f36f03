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
 * an `id`, or a new one. bank: of the workers that will run under it. places: as ruleset_install()
 * takes it. policy: taken over. ret: set on success only.
 */
int helper_install_as(struct context *c, struct policy *policy, uint32_t entrypoint, uint32_t bank,
		      uint64_t id, const struct rule_places *places, struct ruleset **ret,
		      struct error *err);
int helper_install(struct context *c, struct policy *policy, uint32_t entrypoint, uint32_t bank,
		   const struct rule_places *places, struct ruleset **ret, struct error *err);

/* Writes the manifest's ids into the maps of a new user namespace that the process is in. */
int helper_map_ids(pid_t pid, const struct manifest *m, struct error *err);

/* First page of the workers of an entrypoint's generation. */
uint32_t helper_slot_base(const struct context *c, uint32_t entrypoint, uint32_t bank);

/* Says in the log how many lines of a context's output were left out. To be called now and then. */
void helper_log_look(struct context *c);

/* Watches a helper's process and control socket, and for how long it may take until it runs; and
 * its log. */
int helper_watch(struct context *c, uint64_t timeout_us, sd_event_time_handler_t on_timeout,
		 struct error *err);
/* What lies there yet of a helper that has ended, the start of a line among it: mostly why. */
void helper_log_rest(struct context *c);
int helper_watch_log(struct context *c, struct error *err);

/* A descriptor of our own for the pipe that a helper has a copy of too: what the helper sets on its
 * description does not make ours wait. Returns it, or a negative errno for what is no pipe. */
int helper_own_log(int fd);

/* Kills it, and with it all of its pid namespace. */
void helper_kill(const struct helper *h);

/* Closes what belongs to a helper's process. */
void helper_close(struct helper *h);

#endif
