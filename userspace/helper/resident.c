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
		restore_all(&w->output);
	if (restore_left_behind())
		output_renew(&w->output, w->manifest->limits.file_size);
	if (r >= 0)
		return 0;
	if (r == -EBADFD)
		return error_say(err, r, "the function closed descriptors that are not its own");
	r = connections_close(&w->connections, c, r == -ENOTCONN ? 0 : r);
	return r < 0 ? error_set(err, r, "tell CLOSED") : 0;
}

int resident_run(struct worker *w, struct error *err)
{
	struct epoll_event events[EVENTS];
	struct epoll_event channel = {.events = EPOLLIN};
	struct connection *added;
	int r;

	if (epoll_ctl(w->connections.epoll, EPOLL_CTL_ADD, WORKER_CHANNEL, &channel) < 0)
		return error_set(err, errno, "watch the channel");
	for (;;) {
		/* Level-triggered: what is still ready goes to the end of the kernel's list. */
		int n = epoll_wait(w->connections.epoll, events, EVENTS, -1);

		if (n < 0 && errno != EINTR)
			return error_set(err, errno, "wait for calls");
		for (int i = 0; i < n; i++) {
			/* A connection that is closed here has no second event in this round. */
			if (events[i].data.ptr)
				r = ready(w, events[i].data.ptr, events[i].events, err);
			else
				r = worker_receive(w, &added, err);
			if (r < 0)
				return r;
			/* Nothing was read that is not answered: it may go. Not by closing its
			 * connections, which others serve on. */
			if (w->retired || (!events[i].data.ptr && r == 0))
				return 0;
		}
	}
}
