/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a worker: killed, crashed or gone with its helper, and what its clients are told. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "supervisor/cancel.h"
#include "supervisor/cgroup.h"
#include "supervisor/clients.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/log.h"
#include "supervisor/retire.h"
#include "supervisor/worker.h"

#define LAST_RECORDS_MAX 65536 /* more than a socket's buffer holds */
#define RETRY_NS	 5000000000ull

/* What it said before it died, and the loop has not come to yet: which connections it had opened or
 * closed. */
static void take_last_records(struct worker *w)
{
	w->state = WORKER_ENDING;
	for (unsigned i = 0; w->channel >= 0 && i < LAST_RECORDS_MAX; i++)
		if (worker_take_record(w) <= 0)
			return;
}

void worker_kill(struct worker *w)
{
	if (w->state == WORKER_NONE || w->state == WORKER_ENDING)
		return;
	w->state = WORKER_ENDING;
	if (w->cgroup >= 0)
		(void)cgroup_kill(w->cgroup);
	else
		context_end_helper(w->context, "a worker could not be ended");
}

static void tell_end(struct worker *w, struct connection *conn, uint64_t call, int status)
{
	const char *entrypoint = w->context->manifest->entrypoints[w->entrypoint].name;
	int signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	char message[256];

	if (w->timed_out) {
		(void)snprintf(message, sizeof(message),
			       "%s did not end within its time, and was killed", entrypoint);
		connection_error(conn, call, POSTERN_TIMED_OUT, message, NULL, 0);
		return;
	}
	if (signal)
		(void)snprintf(message, sizeof(message),
			       "the worker of %s died by signal %d (SIG%s)", entrypoint, signal,
			       sigabbrev_np(signal));
	else if (status >= 0)
		(void)snprintf(message, sizeof(message),
			       "the worker of %s exited with status %d during the call", entrypoint,
			       WEXITSTATUS(status));
	else
		(void)snprintf(message, sizeof(message),
			       "the helper of the context died during the call of %s", entrypoint);
	connection_error(conn, call, POSTERN_WORKER_DIED, message,
			 "it is started anew with the next call; the journal may say why", signal);
}

/*
 * The client whose call was running is told. The others, whose calls may wait unread in their
 * sockets, get the next worker.
 */
static void release_connections(struct worker *w, int status)
{
	struct connection *next;
	uint64_t call;

	for (struct connection *conn = w->context->connections; conn; conn = next) {
		next = conn->next;
		if (conn->worker != w)
			continue;
		connection_waits(conn);
		if (worker_claims(w, conn->number, &call)) {
			if (w->cancelled && conn->cancelled) {
				cancel_answer(conn, call);
				continue;
			}
			tell_end(w, conn, call, status);
			/* It is not known what the worker had read: nothing more may be answered on
			 * this connection. */
			if (!call) {
				connection_close(conn);
				continue;
			}
		}
		connection_release(conn);
	}
}

static void close_worker(struct worker *w)
{
	const int fds[] = {w->pidfd, w->channel, w->cgroup};
	char name[32];

	sd_event_source_disable_unref(w->channel_source);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	(void)snprintf(name, sizeof(name), "worker-%u", w->number);
	(void)cgroup_remove(w->context->cgroup, name);
	w->channel_source = NULL;
	w->pidfd = w->channel = w->cgroup = -EBADF;
	w->pid = 0;
	w->state = WORKER_NONE;
	w->seen_call = w->seen_connection = w->seen_deadline = w->seen_since = 0;
	w->rules = NULL;
	if (w->retired)
		settle_later(w->context->supervisor);
	w->retired = false;
}

void worker_gone(struct worker *w, int status)
{
	/* What it forked is still there, under the same policy, but serves nobody. */
	if (w->cgroup >= 0)
		(void)cgroup_kill(w->cgroup);
	take_last_records(w);
	release_connections(w, status);
	worker_clear_pages(w);
	close_worker(w);
}

/* A worker that ends before it is ready would only be followed by another one like it. */
static void refuse_waiting(const struct worker *w)
{
	struct context *c = w->context;
	uint32_t entrypoint = w->entrypoint;
	struct connection *next;
	char message[256];

	(void)snprintf(message, sizeof(message), "the worker of %s does not start",
		       c->manifest->entrypoints[entrypoint].name);
	log_line(LOG_ERR, "context %s: %s", c->manifest->name, message);
	for (struct connection *conn = c->connections; conn; conn = next) {
		next = conn->next;
		if (conn->state != CONNECTION_WAITING || conn->entrypoint != entrypoint ||
		    (worker_is_callers(w) && conn->uid != w->caller))
			continue;
		connection_error(conn, 0, POSTERN_NOT_AVAILABLE, message, "the journal says why",
				 0);
		connection_close(conn);
	}
}

static void start_failed(struct worker *w)
{
	struct context *c = w->context;

	w->not_before = now_ns() + RETRY_NS;
	for (size_t i = 0; i < c->workers_len && !worker_is_callers(w); i++)
		if (c->workers[i].entrypoint == w->entrypoint && !c->workers[i].retired &&
		    c->workers[i].state == WORKER_READY)
			return;
	refuse_waiting(w);
}

void worker_said(struct context *c, const struct control_record *record)
{
	struct worker *w = worker_find(c, record->worker);
	uint64_t call = 0;

	if (!w || record->status < LOG_EMERG || record->status > LOG_DEBUG)
		return;
	for (struct connection *conn = c->connections; conn; conn = conn->next)
		if (conn->worker == w && worker_claims(w, conn->number, &call) && call)
			connection_log(conn, call, record->status, record->text);
}

void worker_exited(struct context *c, uint32_t number, int status)
{
	struct worker *w = worker_find(c, number);

	if (!w)
		return;
	if (!w->retired && (w->state == WORKER_SPAWNING || w->state == WORKER_STARTING))
		start_failed(w);
	if (WIFSIGNALED(status) && !w->timed_out && !w->cancelled)
		log_line(LOG_WARNING, "%s.%s: worker died by signal %d", c->manifest->name,
			 c->manifest->entrypoints[w->entrypoint].name, WTERMSIG(status));
	worker_gone(w, status);
	context_serve(c);
}
