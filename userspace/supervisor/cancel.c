/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that their clients take back, by shutting down their sending side (docs/protocol.md).
 *
 * A call that nobody has read is thrown away. One that a worker runs ends with the worker. The page
 * is what tells which call that is, and it may say another one a moment later: so the worker is
 * retired first. Then it takes no further call, and the page still says this one, or the worker is
 * let be. So nobody can have another client's call killed by cancelling at the right moment.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "supervisor/cancel.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/deadlines.h"
#include "supervisor/log.h"
#include "supervisor/retire.h"
#include "supervisor/worker.h"

#define TOLD_MOST 64 /* records of a worker's that are taken in one go */

void cancel_answer(struct connection *conn, uint64_t call)
{
	char message[128];

	(void)snprintf(message, sizeof(message), "the call of %s was cancelled by its caller",
		       conn->context->manifest->entrypoints[conn->entrypoint].name);
	connection_error(conn, call, POSTERN_CANCELLED, message, NULL, 0);
	/* The worker has a copy of it, and is to see the end. */
	(void)shutdown(conn->fd, SHUT_RDWR);
	connection_close(conn);
}

/* Takes a record that no worker has read. None is read here either: there is no room for a byte. */
static bool take_unread(const struct connection *conn)
{
	char none;

	return recv(conn->fd, &none, 0, MSG_DONTWAIT | MSG_TRUNC) > 0;
}

/* The connection, if its worker still says that it runs a call of it. */
static struct connection *still_runs(struct context *c, uint64_t number, const struct worker *w)
{
	struct connection *conn = connection_find(c, number);
	uint64_t call;

	return conn && conn->worker == w && worker_claims(w, number, &call) && call ? conn : NULL;
}

static void end_worker(struct worker *w, uint64_t number)
{
	struct context *c = w->context;

	worker_retire(w);
	if (still_runs(c, number, w)) {
		log_line(LOG_INFO, "%s.%s: a call was cancelled; killing its worker",
			 c->manifest->name, c->manifest->entrypoints[w->entrypoint].name);
		w->cancelled = true;
		worker_kill(w);
	}
	context_serve(c);
}

/*
 * A worker that closes a connection shuts it down for receiving, which looks as if the client had
 * cancelled. It says so first: what it said is taken before anything is made of the look. Returns
 * whether the connection is still there.
 */
static bool still_there(struct context *c, struct worker *w, uint64_t number)
{
	int r = 1;

	for (int i = 0; r > 0 && i < TOLD_MOST; i++)
		r = worker_take_record(w);
	if (r < 0 && r != -EAGAIN)
		worker_kill(w);
	return connection_find(c, number) != NULL;
}

/* Returns true when connections may have gone. */
static bool step(struct connection *conn)
{
	struct context *c = conn->context;
	struct worker *w = conn->worker;
	uint64_t call;

	if (conn->state == CONNECTION_WAITING) {
		cancel_answer(conn, 0);
		return true;
	}
	if (conn->state != CONNECTION_SERVED || w->state != WORKER_READY)
		return false;
	if (!worker_claims(w, conn->number, &call)) {
		if (!still_there(c, w, conn->number))
			return true;
		/* Before OPENED there can be no call, and the worker may be long in coming to it.
		 */
		if (conn->resumed && !take_unread(conn))
			return false;
		cancel_answer(conn, 0);
		return true;
	}
	/* A zygote ends its own calls, and tells their clients. */
	if (!call || c->manifest->entrypoints[w->entrypoint].isolation == MANIFEST_ISOLATION_CALL)
		return false;
	end_worker(w, conn->number);
	return true;
}

void cancel_asked(struct connection *conn)
{
	struct supervisor *s = conn->context->supervisor;

	conn->cancelled = true;
	/* Once is enough; its end is told in any case. */
	(void)sd_event_source_set_io_events(conn->source, 0);
	(void)step(conn);
	deadlines_wake(s);
}

void cancel_look(struct context *c)
{
	struct connection *conn = c->connections;

	/* Each step ends the need for itself, so that this comes to an end. */
	while (conn)
		conn = conn->cancelled && step(conn) ? c->connections : conn->next;
}
