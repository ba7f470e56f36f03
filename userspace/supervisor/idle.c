/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Helpers that nobody has called for a while. */
#include <sys/socket.h>

#include "supervisor/cgroup.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/deadlines.h"
#include "supervisor/idle.h"
#include "supervisor/instance_private.h"
#include "supervisor/log.h"
#include "supervisor/network.h"
#include "supervisor/retire.h"

#define PERIOD_US 500000ull

/* The worker's claims; one that claims without end keeps its own helper alive. */
static bool claims_any(const struct context *c)
{
	for (uint32_t i = 0; i < c->slots; i++) {
		volatile struct postern_page *page = &c->pages[i];

		if (page->connection || page->opening)
			return true;
	}
	return false;
}

bool context_busy(const struct context *c)
{
	if (c->unpublished ||
	    (c->helper.state != HELPER_RUNNING && c->helper.state != HELPER_STOPPED))
		return true;
	for (const struct connection *conn = c->connections; conn; conn = conn->next)
		if (conn->state == CONNECTION_WAITING)
			return true;
	return claims_any(c);
}

bool connection_is_quiet(struct connection *conn)
{
	char byte;

	/* From here on it looks as if its client cancelled. */
	conn->shut = true;
	(void)sd_event_source_set_io_events(conn->source, 0);
	return shutdown(conn->fd, SHUT_RD) == 0 &&
	       recv(conn->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/*
 * The workers give back what they do not serve just now, and idle connections are closed
 * (connection_release()). A call that came meanwhile is served: by its worker to its end, or, when
 * nobody has read it yet, by the next helper.
 */
static void end_helper(struct context *c)
{
	bool under_way = false;

	c->idle = true;
	for (size_t i = 0; i < c->workers_len; i++)
		worker_retire(&c->workers[i]);
	for (const struct connection *conn = c->connections; conn; conn = conn->next)
		under_way |= conn->worker != NULL;
	if (!under_way)
		context_end_helper(c, "nobody has called for a while");
	c->idle = !under_way;
}

void context_left(struct context *c)
{
	if (c->manifest->ends != MANIFEST_ENDS_WITH_LAST_CONNECTION ||
	    c->helper.state != HELPER_RUNNING || c->draining || c->pending)
		return;
	/* Of callers who are not listed none was ever served. */
	if (!c->leaving && connections_count(c, NULL) > 0)
		return;
	c->leaving = true;
	if (claims_any(c)) {
		deadlines_wake(c->supervisor);
		return;
	}
	c->idle = true;
	context_end_helper(c, "its last connection was closed");
}

static void look(struct context *c)
{
	uint64_t used_us = cgroup_used_us(c->cgroup), now = now_ns();
	const bool instance = c->network[0];
	uint64_t limit = instance ? c->manifest->network.idle_ns : c->manifest->idle_ns;

	if (c->manifest->ends == MANIFEST_ENDS_WITH_LAST_CONNECTION) {
		context_left(c);
		return;
	}
	if (instance && c->helper.state == HELPER_RUNNING &&
	    !network_pinned(c->network, &c->network_identity)) {
		instance_removed(c);
		return;
	}
	/* Calls that begin and end between two looks take time on a processor. */
	if (context_busy(c) || used_us != c->used_us) {
		c->used_us = used_us;
		c->idle_since = now;
	} else if (now - c->idle_since >= limit && instance) {
		instance_end_idle(c, "nobody has called for a while");
	} else if (now - c->idle_since >= limit) {
		end_helper(c);
	}
}

/* One of before a reload ends by itself. */
static bool is_watched(const struct context *c)
{
	if (c->draining || c->pending)
		return false;
	return c->network[0] ||
	       (c->helper.state == HELPER_RUNNING && (c->manifest->idle_ns || c->manifest->ends));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct supervisor *s = userdata;
	bool any = false;

	(void)usec;
	for (size_t i = 0; i < s->contexts_len; i++) {
		if (!is_watched(s->contexts[i]))
			continue;
		any = true;
		look(s->contexts[i]);
	}
	if (!any)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return sd_event_source_set_time(source, now_ns() / 1000 + PERIOD_US);
}

void idle_watch(struct context *c)
{
	sd_event_source *timer = c->supervisor->idle_timer;
	int enabled = SD_EVENT_OFF;

	c->idle_since = now_ns();
	c->used_us = 0;
	if (!timer ||
	    (sd_event_source_get_enabled(timer, &enabled) >= 0 && enabled != SD_EVENT_OFF))
		return;
	(void)sd_event_source_set_time(timer, now_ns() / 1000 + PERIOD_US);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ON);
}

int idle_start(struct supervisor *s, struct error *err)
{
	int r = sd_event_add_time(s->loop, &s->idle_timer, CLOCK_MONOTONIC, 0, PERIOD_US / 10,
				  on_timer, s);

	return r < 0 ? error_set(err, r, "make the timer that looks after idle helpers") : 0;
}
