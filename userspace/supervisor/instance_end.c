/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How instances end: idle, for want of room, with their network namespace, or after a reload. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "supervisor/cgroup.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/instance_private.h"
#include "supervisor/log.h"
#include "supervisor/network.h"
#include "supervisor/retire.h"

#define PERIOD_US 500000ull

void instance_drain(struct context *c)
{
	context_drain(c);
	context_serve(c);
}

void instances_drain(struct supervisor *s, const char *name)
{
	for (size_t i = 0; i < s->contexts_len; i++)
		if (is_instance_of(s->contexts[i], name))
			instance_drain(s->contexts[i]);
}

/* The worker's claims; one that claims without end keeps its own instance alive. */
static bool claims_any(const struct context *c)
{
	for (uint32_t i = 0; i < c->slots; i++) {
		volatile struct postern_page *page = &c->pages[i];

		if (page->connection || page->opening)
			return true;
	}
	return false;
}

bool instance_busy(const struct context *c)
{
	if (c->unpublished ||
	    (c->helper.state != HELPER_RUNNING && c->helper.state != HELPER_STOPPED))
		return true;
	for (const struct connection *conn = c->connections; conn; conn = conn->next)
		if (conn->state == CONNECTION_WAITING)
			return true;
	return claims_any(c);
}

static void end_idle(struct context *c, const char *why)
{
	log_line(LOG_INFO, "context %s: ending its helper in network namespace %s: %s",
		 c->manifest->name, c->network, why);
	c->idle = true;
	instance_drain(c);
}

int instance_make_room(const struct context *template, struct error *err)
{
	const struct supervisor *s = template->supervisor;
	const struct manifest *m = template->manifest;
	struct context *idlest = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < s->contexts_len; i++) {
		struct context *c = s->contexts[i];

		if (!is_instance_of(c, m->name))
			continue;
		n++;
		if (!instance_busy(c) && (!idlest || c->idle_since < idlest->idle_since))
			idlest = c;
	}
	if (n < m->network.instances)
		return 1;
	if (idlest) {
		end_idle(idlest, "another one needs its place");
		return 1;
	}
	(void)error_say(err, -EBUSY, "context %s serves as many network namespaces as it may, %u",
			m->name, n);
	error_hint(err, "try again later; `namespaces: network: instances` is the bound");
	return -EBUSY;
}

/* Has nothing come on it that nobody read? From here on nothing can: who sends the next call is
 * told at once, and opens another connection. */
static bool is_quiet(const struct connection *conn)
{
	char byte;

	return shutdown(conn->fd, SHUT_RD) == 0 &&
	       recv(conn->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) <= 0;
}

struct context *instance_release(struct connection *conn)
{
	const struct context *c = conn->context;
	struct context *template = context_named(c->supervisor, c->manifest->name);

	if (c->removed || !template) {
		connection_refuse(conn, POSTERN_NOT_AVAILABLE,
				  c->removed ? "the network namespace was removed"
					     : "the context was removed",
				  NULL);
		return NULL;
	}
	if (c->idle && is_quiet(conn)) {
		connection_close(conn);
		return NULL;
	}
	return template;
}

void instance_watch(struct context *c)
{
	sd_event_source *timer = c->supervisor->instance_timer;
	int enabled = SD_EVENT_OFF;

	c->idle_since = now_ns();
	c->used_us = 0;
	if (!timer ||
	    (sd_event_source_get_enabled(timer, &enabled) >= 0 && enabled != SD_EVENT_OFF))
		return;
	(void)sd_event_source_set_time(timer, now_ns() / 1000 + PERIOD_US);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ON);
}

static void look(struct context *c)
{
	uint64_t used_us = cgroup_used_us(c->cgroup), now = now_ns();

	if (c->helper.state == HELPER_RUNNING &&
	    !network_pinned(c->network, &c->network_identity)) {
		log_line(LOG_NOTICE, "context %s: network namespace %s was removed",
			 c->manifest->name, c->network);
		c->removed = true;
		instance_drain(c);
		return;
	}
	/* Calls that begin and end between two looks take time on a processor. */
	if (instance_busy(c) || used_us != c->used_us) {
		c->used_us = used_us;
		c->idle_since = now;
	} else if (now - c->idle_since >= c->manifest->network.idle_ns) {
		end_idle(c, "nobody has called for a while");
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct supervisor *s = userdata;
	bool any = false;

	(void)usec;
	for (size_t i = 0; i < s->contexts_len; i++) {
		if (!s->contexts[i]->network[0] || s->contexts[i]->draining)
			continue;
		any = true;
		look(s->contexts[i]);
	}
	if (!any)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return sd_event_source_set_time(source, now_ns() / 1000 + PERIOD_US);
}

int instances_start(struct supervisor *s, struct error *err)
{
	int r = sd_event_add_time(s->loop, &s->instance_timer, CLOCK_MONOTONIC, 0, PERIOD_US / 10,
				  on_timer, s);

	return r < 0 ? error_set(err, r, "make the timer that looks after instances") : 0;
}
