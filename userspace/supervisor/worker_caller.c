/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Workers of one user each (isolation: caller): what one user's calls leave in a process, no other
 * user's call finds.
 *
 * A worker is a user's from before it is forked to its end. Its place is another's only with
 * another process.
 */
#include <errno.h>
#include <stdio.h>

#include "supervisor/cgroup.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/retire.h"
#include "supervisor/worker.h"

bool worker_is_callers(const struct worker *w)
{
	return w->context->manifest->entrypoints[w->entrypoint].isolation ==
	       MANIFEST_ISOLATION_CALLER;
}

static void refuse(struct connection *conn)
{
	const struct manifest *m = conn->context->manifest;
	const struct manifest_entrypoint *e = &m->entrypoints[conn->entrypoint];
	char message[256];

	(void)snprintf(message, sizeof(message),
		       "%u other user%s ha%s a worker of %s and connections to it", e->workers,
		       e->workers == 1 ? "" : "s", e->workers == 1 ? "s" : "ve", e->name);
	connection_refuse(conn, POSTERN_BUSY, message,
			  "try again later; `workers` is how many users may have one at once");
}

struct worker *worker_for_caller(struct connection *conn)
{
	struct context *c = conn->context;
	struct worker *unused = NULL, *idle = NULL;
	bool ending = false;

	for (size_t i = 0; i < c->workers_len; i++) {
		struct worker *w = &c->workers[i];

		if (w->entrypoint != conn->entrypoint || w->bank != c->banks[conn->entrypoint])
			continue;
		if (w->state == WORKER_NONE)
			unused = unused ? unused : w;
		else if (w->retired || w->state == WORKER_ENDING)
			ending = true;
		else if (w->caller == conn->uid)
			return w->state == WORKER_READY ? w : NULL;
		else if (w->state == WORKER_READY && worker_connections(w) == 0)
			idle = w;
	}
	if (unused) {
		unused->caller = conn->uid;
		(void)worker_spawn(unused);
	} else if (!ending && idle) {
		worker_retire(idle);
	} else if (!ending) {
		refuse(conn);
	}
	return NULL;
}

int worker_adopt_caller(struct worker *w, struct error *err)
{
	int r = cgroup_noted_caller(w->cgroup, &w->caller);

	if (r < 0)
		return error_set(err, r, "find out whose worker %u is", w->number);
	for (const struct connection *conn = w->context->connections; conn; conn = conn->next)
		if (conn->worker == w && conn->uid != w->caller)
			return error_say(err, -EPERM,
					 "worker %u of uid %u has a connection of uid %u",
					 w->number, w->caller, conn->uid);
	return 0;
}
