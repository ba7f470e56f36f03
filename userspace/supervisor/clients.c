/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What clients do to connections that a worker serves: they close them, or cancel a call.
 *
 * The worker sees it, unless it runs a function just then. The supervisor could watch as well, but
 * the kernel would come by its epoll with each record either way, some 200 instructions a call
 * (tests/bench). So it looks: on the coarse timer, at the connections of workers that are in a
 * call, and before it refuses a connection for being one too many.
 */
#include <poll.h>
#include <stdlib.h>

#include "supervisor/cancel.h"
#include "supervisor/clients.h"
#include "supervisor/connection.h"
#include "supervisor/worker.h"

void connection_served(struct connection *conn, struct worker *w)
{
	conn->worker = w;
	conn->state = CONNECTION_SERVED;
	(void)sd_event_source_set_enabled(conn->source, SD_EVENT_OFF);
}

void connection_waits(struct connection *conn)
{
	conn->worker = NULL;
	conn->state = CONNECTION_WAITING;
	(void)sd_event_source_set_enabled(conn->source, SD_EVENT_ON);
}

/* A connection as it was asked about: what is made of one answer may close another. */
struct question {
	size_t len;
	struct pollfd *fds;
	uint64_t *numbers;
};

static void question_clear(struct question *q)
{
	free(q->fds);
	free(q->numbers);
}

/* all: those of idle workers, too. */
static bool is_asked(const struct connection *conn, bool all)
{
	if (conn->state != CONNECTION_SERVED)
		return false;
	return all || (conn->worker->state == WORKER_READY && worker_in_call(conn->worker));
}

/* Returns how many have something to say. Without memory nobody has: there is another look. */
static int ask(const struct context *c, bool all, struct question *q)
{
	size_t len = 0;

	for (const struct connection *conn = c->connections; conn; conn = conn->next)
		len += is_asked(conn, all);
	*q = (struct question){};
	if (!len)
		return 0;
	q->fds = calloc(len, sizeof(*q->fds));
	q->numbers = calloc(len, sizeof(*q->numbers));
	if (!q->fds || !q->numbers)
		return 0;
	for (const struct connection *conn = c->connections; conn; conn = conn->next) {
		/* A worker may have begun a call since they were counted. */
		if (q->len == len || !is_asked(conn, all))
			continue;
		q->fds[q->len] = (struct pollfd){.fd = conn->fd, .events = POLLRDHUP};
		q->numbers[q->len++] = conn->number;
	}
	return poll(q->fds, q->len, 0);
}

void clients_look(struct context *c)
{
	cleanup(question_clear) struct question q;

	if (ask(c, false, &q) <= 0)
		return;
	for (size_t i = 0; i < q.len; i++) {
		struct connection *conn =
			q.fds[i].revents ? connection_find(c, q.numbers[i]) : NULL;

		if (conn && q.fds[i].revents & (POLLHUP | POLLERR))
			connection_close(conn);
		else if (conn && !conn->shut && !conn->cancelled)
			cancel_asked(conn);
	}
}

void clients_forget_gone(struct context *c)
{
	cleanup(question_clear) struct question q;

	if (ask(c, true, &q) <= 0)
		return;
	for (size_t i = 0; i < q.len; i++) {
		struct connection *conn = connection_find(c, q.numbers[i]);

		if (conn && q.fds[i].revents & (POLLHUP | POLLERR))
			connection_close(conn);
	}
}
