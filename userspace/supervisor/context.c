/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A context's life: its helper is started when somebody waits, ended when it breaks the order of
 * things, and followed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/cgroup.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/helper.h"
#include "supervisor/instance.h"
#include "supervisor/kept.h"
#include "supervisor/load.h"
#include "supervisor/log.h"
#include "supervisor/remade.h"
#include "supervisor/replace.h"
#include "supervisor/retire.h"
#include "supervisor/worker.h"

#define RETRY_FIRST_US	 500000ull
#define RETRY_LONGEST_US 30000000ull

static void refuse_waiting(struct context *c, const char *message)
{
	struct connection *next;

	for (struct connection *conn = c->connections; conn; conn = next) {
		next = conn->next;
		if (conn->state != CONNECTION_WAITING)
			continue;
		connection_error(conn, 0, POSTERN_NOT_AVAILABLE, message,
				 "`postern status` and the journal say more", 0);
		connection_close(conn);
	}
}

static bool anyone_waits(const struct context *c)
{
	for (const struct connection *conn = c->connections; conn; conn = conn->next)
		if (conn->state == CONNECTION_WAITING)
			return true;
	return false;
}

static void start_failed(struct context *c, const char *why)
{
	uint64_t wait = RETRY_FIRST_US << (c->failures < 6 ? c->failures : 6);
	char message[400];

	c->failures++;
	c->not_before = now_ns() / 1000 + MIN_OF(wait, RETRY_LONGEST_US);
	if (why != c->failure)
		(void)snprintf(c->failure, sizeof(c->failure), "%s", why);
	log_line(LOG_ERR, "context %s: %s", c->manifest->name, c->failure);
	(void)snprintf(message, sizeof(message), "context %s cannot be started: %s",
		       c->manifest->name, c->failure);
	refuse_waiting(c, message);
}

static bool refused_for_failure(struct context *c)
{
	char message[400];

	if (!c->supervisor->failure[0])
		return false;
	(void)snprintf(message, sizeof(message), "enforcement has failed: %s",
		       c->supervisor->failure);
	refuse_waiting(c, message);
	return true;
}

static void ensure_helper(struct context *c)
{
	cleanup_error struct error err = {};

	if (c->helper.state != HELPER_STOPPED)
		return;
	if (now_ns() / 1000 < c->not_before) {
		char message[400];

		(void)snprintf(message, sizeof(message),
			       "context %s failed to start a moment ago: %s", c->manifest->name,
			       c->failure);
		refuse_waiting(c, message);
		return;
	}
	c->starts++;
	file_identify(c->manifest->module, &c->module);
	if (helper_start(c, &err) < 0) {
		helper_close(&c->helper);
		start_failed(c, error_text(&err));
	}
}

void context_serve(struct context *c)
{
	struct connection *next;

	while (c->successor)
		c = c->successor;
	if (c->network[0] && c->draining)
		c = context_named(c->supervisor, c->manifest->name);
	if (!c || !anyone_waits(c) || refused_for_failure(c))
		return;
	if (is_template(c)) {
		instances_serve(c);
		return;
	}
	if (c->unpublished || c->leaving)
		return;
	if (c->helper.state != HELPER_RUNNING) {
		ensure_helper(c);
		return;
	}
	for (struct connection *conn = c->connections; conn; conn = next) {
		struct worker *w;
		int r;

		next = conn->next;
		if (conn->state != CONNECTION_WAITING)
			continue;
		w = worker_for(conn);
		r = w ? worker_serve(w, conn) : 0;
		if (r < 0 && r != -EAGAIN)
			worker_kill(w);
	}
}

void context_end_helper(struct context *c, const char *why)
{
	if (c->helper.state == HELPER_STOPPED || c->helper.state == HELPER_ENDING)
		return;
	log_line(c->draining || c->idle ? LOG_INFO : LOG_WARNING,
		 "context %s: ending its helper: %s", c->manifest->name, why);
	if (c->helper.state < HELPER_RUNNING)
		(void)snprintf(c->failure, sizeof(c->failure), "%s", why);
	c->helper.state = HELPER_ENDING;
	/* The helper is the first process of its pid namespace: with it all others go. */
	helper_kill(&c->helper);
	(void)cgroup_kill(c->cgroup);
}

void context_helper_gone(struct context *c, const char *why)
{
	/* Its end may have been seen on its control socket first, so that the state tells nothing.
	 * One that never came to serve would only be followed by another one like it. */
	bool served = c->helper.served;

	(void)cgroup_kill(c->cgroup);
	for (size_t i = 0; i < c->workers_len; i++)
		if (c->workers[i].state != WORKER_NONE)
			worker_gone(&c->workers[i], -1);
	helper_log_rest(c);
	helper_close(&c->helper);
	c->adopted = false;
	kept_forget(c->cgroup_name);
	for (size_t i = 0; i < c->manifest->entrypoints_len; i++) {
		ruleset_remove(c->supervisor->enforcement, c->rules[i]);
		c->rules[i] = NULL;
	}
	ruleset_remove(c->supervisor->enforcement, c->start_rules);
	c->start_rules = NULL;
	remade_forget(c);
	c->leaving = false;
	if (c->retired || c->draining || c->pending)
		settle_later(c->supervisor);
	if (c->pending) {
		replace_failed(c, c->failure[0] ? c->failure : why);
	} else if (c->draining) {
		log_line(LOG_INFO, "context %s: its earlier helper has ended", c->manifest->name);
		context_serve(c);
	} else if (c->idle && !c->network[0]) {
		c->idle = false;
		context_serve(c);
	} else if (served) {
		log_line(LOG_WARNING, "context %s: its helper ended: %s", c->manifest->name, why);
		context_serve(c);
	} else {
		start_failed(c, c->failure[0] ? c->failure : why);
	}
}
