/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a new generation of rules leaves behind: workers that finish their calls, rules that they
 * run under, contexts that were replaced or removed. */
#ifndef POSTERN_SUPERVISOR_RETIRE_H
#define POSTERN_SUPERVISOR_RETIRE_H

#include "supervisor/supervisor.h"

int retire_start(struct supervisor *s, struct error *err);

/*
 * Lets a worker finish the calls that are under way, under the policy that it has, and take no
 * further one. Its other connections are waiting when this returns; context_serve() gives them to
 * the next worker. One that does not end in its call's time is killed (deadlines.c).
 */
void worker_retire(struct worker *w);

/* RELEASED: a retired worker's call on a connection is over. */
void worker_released(struct connection *conn);

/*
 * A connection that no worker has: it waits, in the context that serves its name now, held against
 * that one's callers and entrypoints. It may be closed by this.
 */
void connection_release(struct connection *conn);

/* Keeps rules that are no longer current until no task is under them. set: taken over. */
void rules_retire(struct context *c, struct ruleset *set);

/* The retired rules of that id, or NULL. */
const struct ruleset *retired_find(const struct context *c, uint64_t policy);

/* A context's rules of that id, current or retired; NULL: it has none. */
const struct ruleset *context_ruleset(const struct context *c, uint64_t policy);

/* Removes all retired rules, whoever is under them. */
void retired_remove(struct context *c);

/* Retires all that a context runs; it ends when its calls have ended. Its listener is the caller's
 * business. */
void context_drain(struct context *c);

/* Looks, outside of whatever is going on now, for what has come to its end, and frees it. */
void settle_later(struct supervisor *s);

#endif
