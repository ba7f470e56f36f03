/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Helpers that nobody has called for a while end; the next call starts them again. */
#ifndef POSTERN_SUPERVISOR_IDLE_H
#define POSTERN_SUPERVISOR_IDLE_H

#include "supervisor/supervisor.h"

int idle_start(struct supervisor *s, struct error *err);

/* Looks from now on whether an instance is idle, and its namespace pinned; or whether a context is
 * whose manifest has `idle`. */
void idle_watch(struct context *c);

/*
 * A connection was closed. Ends the helper of a context that ends with its last connection, if that
 * was the last one; after the calls under way, which run to their end as elsewhere. Those who come
 * meanwhile are served by the next helper.
 */
void context_left(struct context *c);

/* Is a call under way in it, or about to be? */
bool context_busy(const struct context *c);

/*
 * Has nothing come on a connection that no worker has, and that nobody read? From here on nothing
 * can: who sends the next call is told at once, and opens another connection.
 */
bool connection_is_quiet(struct connection *conn);

#endif
