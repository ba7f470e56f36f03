/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Deadlines: a coarse look at the workers' pages, and a kill for what is past its time.
 *
 * A timer per call would cost more than the call, so there is one for all. The page is the worker's
 * claim: a worker that claims an early start is killed early; one that claims none, or a new call
 * each time, is not killed, and holds up its own clients alone, who have deadlines of their own. A
 * late start gains nothing, since the supervisor remembers when it first saw the call.
 */
#include <errno.h>

#include "supervisor/cancel.h"
#include "supervisor/clients.h"
#include "supervisor/clock.h"
#include "supervisor/context.h"
#include "supervisor/deadlines.h"
#include "supervisor/idle.h"
#include "supervisor/log.h"
#include "supervisor/worker.h"

#define PERIOD_US	100000ull
#define RETIRE_SLACK_NS 1000000000ull /* beyond its call's time, for a worker that is to end */

static bool overdue(struct worker *w, uint64_t now)
{
	volatile struct postern_page *page = &w->context->pages[w->slot];
	uint64_t connection = page->connection, call = page->call, started = page->started,
		 deadline = page->deadline;
	uint64_t timeout = w->timeout_ns;

	if (!connection) {
		w->seen_connection = w->seen_call = w->seen_deadline = w->seen_since = 0;
		return false;
	}
	/* Before a call of several records is whole its number is 0, as of the next one: their
	 * deadlines differ. */
	if (connection != w->seen_connection || call != w->seen_call ||
	    deadline != w->seen_deadline) {
		w->seen_connection = connection;
		w->seen_call = call;
		w->seen_deadline = deadline;
		w->seen_since = now;
	}
	if (started && started < w->seen_since)
		w->seen_since = started;
	return now - w->seen_since > timeout ||
	       (started && deadline && now > deadline && deadline > w->seen_since);
}

static bool look(struct context *c, uint64_t now)
{
	bool busy = false;

	clients_look(c);
	cancel_look(c);
	for (size_t i = 0; i < c->workers_len; i++) {
		struct worker *w = &c->workers[i];
		const struct manifest_entrypoint *e = &c->manifest->entrypoints[w->entrypoint];

		if (w->state != WORKER_READY)
			continue;
		busy = true;
		if (w->retired && now - w->retired_since > w->timeout_ns + RETIRE_SLACK_NS) {
			log_line(LOG_WARNING,
				 "%s.%s: a worker does not end after its calls; killing it",
				 c->manifest->name, e->name);
			w->timed_out = true;
			worker_kill(w);
			continue;
		}
		/* A zygote ends its own calls: it is their parent, and reads nothing that comes
		 * from a client. */
		if (e->isolation == MANIFEST_ISOLATION_CALL || !overdue(w, now))
			continue;
		log_line(LOG_WARNING, "%s.%s: a call is past its deadline; killing its worker",
			 c->manifest->name, e->name);
		w->timed_out = true;
		worker_kill(w);
	}
	return busy;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct supervisor *s = userdata;
	uint64_t now = now_ns();
	bool busy = false;

	for (size_t i = 0; i < s->contexts_len; i++) {
		struct context *c = s->contexts[i];

		if (c->connections || c->retired || c->draining || c->leaving)
			busy |= look(c, now);
		if (c->leaving)
			context_left(c);
	}
	if (!busy)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return sd_event_source_set_time(source, usec + PERIOD_US);
}

int deadlines_start(struct supervisor *s, struct error *err)
{
	int r = sd_event_add_time(s->loop, &s->deadline_timer, CLOCK_MONOTONIC, 0, PERIOD_US / 10,
				  on_timer, s);

	if (r >= 0)
		r = sd_event_source_set_enabled(s->deadline_timer, SD_EVENT_OFF);
	return r < 0 ? error_set(err, r, "make the timer of deadlines") : 0;
}

void deadlines_wake(struct supervisor *s)
{
	int enabled;

	if (sd_event_source_get_enabled(s->deadline_timer, &enabled) >= 0 &&
	    enabled != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time(s->deadline_timer, now_ns() / 1000 + PERIOD_US);
	(void)sd_event_source_set_enabled(s->deadline_timer, SD_EVENT_ON);
}
