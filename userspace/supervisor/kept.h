/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a supervisor leaves for the next one, in a directory where only root can look: for each
 * context with a helper, the helper's listener and a copy of the manifest that it runs by. */
#ifndef POSTERN_SUPERVISOR_KEPT_H
#define POSTERN_SUPERVISOR_KEPT_H

#include <time.h>

#include "supervisor/load.h"
#include "supervisor/supervisor.h"

/*
 * Writes the manifest by which a context's helper is about to run (or, after a reload, runs), and
 * which module it loads; and makes the socket on which it waits for the next supervisor.
 * ret_listener: for the helper, owned by the caller.
 */
int kept_save(const struct context *c, struct error *err);
int kept_listener_make(const struct context *c, int *ret_listener, struct error *err);

/* In what follows a context is known by the name of its cgroup. */

/*
 * From here on the context finishes its calls and takes no more: kept_since() says -ENOENT,
 * kept_drains() true, and what was written can be loaded still.
 */
void kept_drain(const char *cgroup);
bool kept_drains(const char *cgroup);

/* What was written. name: that its manifest must have; file: what messages call it. */
int kept_load(const char *cgroup, const char *name, const char *file, struct loaded *ret,
	      struct file_identity *ret_module, struct error *err);

/* The network namespace of an instance; false: it is none. */
bool kept_network(const char *cgroup, char ret[POSTERN_WIRE_NAME]);

/* When the context's manifest was written; -ENOENT: it serves no more, or does not run. */
int kept_since(const char *cgroup, struct timespec *ret);

/* Connects to the helper. Never waits. Returns an owned fd. */
int kept_connect(const char *cgroup, struct error *err);

/* Removes all of it, when the helper is gone or is to be adopted no more. */
void kept_forget(const char *cgroup);

#endif
