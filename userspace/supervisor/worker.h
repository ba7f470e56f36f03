/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Workers: started and serving (worker.c), and their end (worker_end.c). */
#ifndef POSTERN_SUPERVISOR_WORKER_H
#define POSTERN_SUPERVISOR_WORKER_H

#include "supervisor/supervisor.h"

/* A worker of its entrypoint that can take a connection that waits: a ready one, or NULL after a
 * new one was asked for. */
struct worker *worker_for(struct connection *conn);

/* Asks the helper for a worker in a place that has none. Returns true when it was asked. */
bool worker_spawn(struct worker *w);

/* Do its entrypoint's workers serve one user each? (worker_caller.c) */
bool worker_is_callers(const struct worker *w);

/* The same as worker_for() with isolation: caller. Where all have workers who may, and need them,
 * the connection is refused and closed. */
struct worker *worker_for_caller(struct connection *conn);

/* Finds out whose worker it is that an earlier supervisor started, and that it has no other's
 * connections. */
int worker_adopt_caller(struct worker *w, struct error *err);

/* The process behind a pidfd, in our pid namespace, or a negative errno. */
pid_t worker_pid(int pidfd);

/* Watches the channel of a worker that has its policy, and lets it begin. */
int worker_begin(struct worker *w, struct error *err);

/* Numbers given from now on are above this one, which an earlier supervisor gave. */
void worker_number_taken(uint32_t number);

/* SPAWNED, SAID and EXITED from the helper. fds: taken over. */
int worker_spawned(struct context *c, const struct control_record *record, int pidfd, int channel,
		   struct error *err);
void worker_said(struct context *c, const struct control_record *record);
void worker_exited(struct context *c, uint32_t number, int status);

/* Kills it with all that it started; its end is told by the helper. */
void worker_kill(struct worker *w);

/* Forgets a worker whose process is gone. status: as waitpid() gives it, -1 when it is not known.
 */
void worker_gone(struct worker *w, int status);

/* Gives a connection to a ready worker. -EAGAIN: it has no room now, and context_serve() is called
 * when it has. */
int worker_serve(struct worker *w, struct connection *conn);

/* Does it say that it reads from a connection, or runs a call? */
bool worker_in_call(const struct worker *w);

/* The call that the worker's page claims to be running on a connection; 0: none. */
bool worker_claims(const struct worker *w, uint64_t connection, uint64_t *ret_call);

/* How many connections it serves. */
unsigned worker_connections(const struct worker *w);

/* The worker of that number that is not gone yet, or NULL. */
struct worker *worker_find(struct context *c, uint32_t number);

/* One record of a worker's. Returns 1, -EAGAIN when there is none, 0 at the end, or another
 * negative errno. */
int worker_take_record(struct worker *w);

/* Makes its record pages say that there is no call. */
void worker_clear_pages(struct worker *w);

#endif
