/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A resident worker (isolation: entrypoint): one process that serves all connections in turn. */
#include <errno.h>
#include <sys/epoll.h>

#include "helper/restore.h"
#include "helper/worker.h"

#define EVENTS 64

/* One record of one connection, so that a client that sends many waits like the others. */
static int ready(struct worker *w, struct connection *c, uint32_t events, struct error *err)
{
	int r;

	if (!page_claim(w->pages[0], c->id)) {
		w->retired = true;
		return 0;
	}
	if (connection_cancelled(c, events)) {
		r = connections_cancel(&w->connections, c);
		page_clear(w->pages[0]);
		return r < 0 ? error_set(err, r, "tell CLOSED") : 0;
	}
	r = server_serve(&w->server, c);
	/* Also after a call whose client does not read its answer. */
	if (r != 0)
		restore_after(&w->output);
	if (restore_left_behind())
		output_renew(&w->output, w->manifest->limits.file_size);
	if (r >= 0)
		return 0;
	if (r == -EBADFD)
		return error_say(err, r, "the function closed descriptors that are not its own");
	r = connections_close(&w->connections, c, r == -ENOTCONN ? 0 : r);
	return r < 0 ? error_set(err, r, "tell CLOSED") : 0;
}

/* alone: no other event is there. Returns 1, 0 when the worker is to end, or a negative errno. */
static int serve(struct worker *w, const struct epoll_event *e, bool alone, struct error *err)
{
	struct connection *added;
	int r;

	if (e->data.ptr)
		r = ready(w, e->data.ptr, e->events, err);
	/* Those whose clients went during a call do not count any more, and make room first. */
	else if (!alone && connections_full(&w->connections))
		r = 1;
	else
		r = worker_receive(w, &added, err);
	if (r < 0)
		return r;
	/* Nothing was read that is not answered: it may go. Not by closing its connections, which
	 * others serve on. */
	return !w->retired && (e->data.ptr || r > 0);
}

/* Keeps what the supervisor says and the one connection whose turn it is, and returns how many that
 * are. After one call it is looked who is ready by then: a user with one connection sends its next
 * call while another's is served. */
static size_t keep_turn(struct connections *all, struct epoll_event *events, size_t len)
{
	const struct epoll_event *turn = connections_turn(all, events, len);
	struct epoll_event next = {};
	size_t kept = 0;

	if (turn)
		next = *turn;
	for (size_t i = 0; i < len; i++)
		if (!events[i].data.ptr)
			events[kept++] = events[i];
	if (turn)
		events[kept++] = next;
	return kept;
}

int resident_run(struct worker *w, struct error *err)
{
	struct epoll_event events[EVENTS];
	struct epoll_event channel = {.events = EPOLLIN};
	int r = 1;

	if (epoll_ctl(w->connections.epoll, EPOLL_CTL_ADD, WORKER_CHANNEL, &channel) < 0)
		return error_set(err, errno, "watch the channel");
	for (;;) {
		/* Level-triggered: what is still ready goes to the end of the kernel's list. */
		int n = epoll_wait(w->connections.epoll, events, EVENTS,
				   server_patience(&w->server));

		if (n < 0 && errno != EINTR)
			return error_set(err, errno, "wait for calls");
		if (n == 0)
			server_rest(&w->server);
		if (n > 0 && connections_shared(&w->connections))
			n = (int)keep_turn(&w->connections, events, (size_t)n);
		/* A connection that is closed here has no second event in this round. */
		for (int i = 0; i < n && r > 0; i++)
			r = serve(w, &events[i], n == 1, err);
		if (r <= 0)
			return r;
	}
}
