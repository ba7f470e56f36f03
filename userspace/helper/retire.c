/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A retired worker: another policy is in force, and it takes no further call.
 *
 * The order stands on its record pages; CONTROL_RETIRE only wakes it. What it did not claim the
 * supervisor has given to the next worker, so it must neither read from these connections nor shut
 * them down: it lets go of them by ending.
 */
#include <errno.h>
#include <sys/socket.h>

#include "helper/worker.h"

bool worker_retired(struct worker *w)
{
	w->retired = w->retired || page_retired(w->pages[0]);
	return w->retired;
}

int worker_discard(struct error *err)
{
	struct control_record record;
	ssize_t n;

	do {
		n = recv(WORKER_CHANNEL, &record, sizeof(record), MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN)
		return error_set(err, errno, "read the channel");
	return n != 0;
}

int worker_release(struct worker *w, struct connection *c, struct error *err)
{
	const struct control_record record = {.type = CONTROL_RELEASED, .connection = c->id};
	int r;

	connections_forget(&w->connections, c);
	r = control_send(WORKER_CHANNEL, &record, NULL, 0, 0);
	return r < 0 ? error_set(err, r, "tell RELEASED") : 0;
}
