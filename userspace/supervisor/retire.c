/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Retired workers and rules. settle.c ends what is left of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "supervisor/callers.h"
#include "supervisor/cancel.h"
#include "supervisor/clients.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/deadlines.h"
#include "supervisor/difference.h"
#include "supervisor/idle.h"
#include "supervisor/instance.h"
#include "supervisor/kept.h"
#include "supervisor/log.h"
#include "supervisor/settle.h"
#include "supervisor/worker.h"

#define RECORDS_MAX 65536 /* more than a socket's buffer holds */

/* May the worker be reading from the connection, or taking it over? Its claim. */
static bool claimed(const struct worker *w, const struct connection *conn)
{
	for (uint32_t i = 0; i < w->slots; i++) {
		volatile struct postern_page *page = &w->context->pages[w->slot + i];

		if (__atomic_load_n(&page->connection, __ATOMIC_SEQ_CST) == conn->number ||
		    __atomic_load_n(&page->opening, __ATOMIC_SEQ_CST) == conn->number)
			return true;
	}
	return false;
}

/*
 * The order matters. The order to retire stands on the pages before the claims are read, and the
 * worker claims before it reads the order: so what is not claimed now it will not touch any more.
 * Only then are its records taken: of a connection that it had claimed before, they tell whether it
 * was greeted.
 */
static void take_back(struct worker *w)
{
	struct connection *next;

	for (struct connection *conn = w->context->connections; conn; conn = conn->next)
		conn->under_way = conn->worker == w && claimed(w, conn);
	for (unsigned i = 0; i < RECORDS_MAX; i++)
		if (worker_take_record(w) <= 0)
			break;
	for (struct connection *conn = w->context->connections; conn; conn = next) {
		next = conn->next;
		if (conn->worker == w && !conn->under_way)
			connection_release(conn);
	}
}

void worker_retire(struct worker *w)
{
	const struct control_record record = {.type = CONTROL_RETIRE};

	if (w->state == WORKER_NONE || w->state == WORKER_ENDING)
		return;
	if (!w->retired) {
		w->retired = true;
		w->retired_since = now_ns();
	}
	/* One that is not ready yet has nothing; it is told when it is. */
	if (w->state != WORKER_READY)
		return;
	for (uint32_t i = 0; i < w->slots; i++)
		__atomic_store_n(&w->context->pages[w->slot + i].retire, 1, __ATOMIC_SEQ_CST);
	take_back(w);
	/* Where there is no room for this, there is something that wakes it. */
	(void)control_send(w->channel, &record, NULL, 0, MSG_DONTWAIT);
	deadlines_wake(w->context->supervisor);
}

void worker_released(struct connection *conn)
{
	struct context *c = conn->context;

	connection_release(conn);
	context_serve(c);
}

static void refuse(struct connection *conn, enum postern_code code, const char *message)
{
	connection_error(conn, 0, code, message, "the context was loaded anew", 0);
	connection_close(conn);
}

/* Its entrypoint in the manifest that holds now. A client that knows another signature is to open
 * anew: its library does so by itself when a connection is closed between calls. */
static void find_entrypoint(struct connection *conn, const struct manifest *from)
{
	const struct manifest *m = conn->context->manifest;
	const struct manifest_entrypoint *before = &from->entrypoints[conn->entrypoint];
	const struct manifest_entrypoint *now = manifest_entrypoint(m, before->name);
	char message[256];

	if (!now) {
		(void)snprintf(message, sizeof(message), "context %s has no entrypoint %s any more",
			       m->name, before->name);
		refuse(conn, POSTERN_NOT_AVAILABLE, message);
	} else if ((conn->resumed && !signature_same(before, now)) || now->does != before->does) {
		connection_close(conn);
	} else {
		conn->entrypoint = (uint32_t)(now - m->entrypoints);
	}
}

void connection_release(struct connection *conn)
{
	struct context *from = conn->context, *to = from;

	conn->under_way = false;
	if (conn->state == CONNECTION_SERVED)
		connection_waits(conn);
	conn->worker = NULL;
	if (conn->cancelled && conn->state == CONNECTION_WAITING) {
		cancel_answer(conn, 0);
		return;
	}
	if (from->idle && conn->state == CONNECTION_WAITING && connection_is_quiet(conn)) {
		connection_close(conn);
		return;
	}
	while (to->successor)
		to = to->successor;
	if (to->network[0] && to->draining) {
		to = instance_release(conn);
		if (!to)
			return;
	}
	if (to->draining) {
		refuse(conn, POSTERN_NOT_AVAILABLE, "the context was removed");
		return;
	}
	if (to != from)
		connection_move(conn, to);
	conn->listed = caller_listed(to->manifest, conn);
	if (conn->state == CONNECTION_OPENING)
		return;
	if (!conn->listed)
		refuse(conn, POSTERN_NOT_PERMITTED,
		       "the caller is not among the callers of the context any more");
	else if (!instance_name_again(conn))
		return;
	else if (to != from)
		find_entrypoint(conn, from->manifest);
}

void rules_retire(struct context *c, struct ruleset *set)
{
	struct retired_rules *retired = calloc(1, sizeof(*retired));

	if (!retired) {
		/* Fails closed: what still runs under them is refused everything from now on. */
		log_line(LOG_ERR, "context %s: no memory to keep the rules of calls under way",
			 c->manifest->name);
		for (size_t i = 0; i < c->workers_len; i++)
			if (c->workers[i].rules == set)
				worker_kill(&c->workers[i]);
		ruleset_remove(c->supervisor->enforcement, set);
		return;
	}
	*retired = (struct retired_rules){.next = c->retired, .set = set};
	c->retired = retired;
	settle_later(c->supervisor);
}

const struct ruleset *retired_find(const struct context *c, uint64_t policy)
{
	for (const struct retired_rules *r = c->retired; r; r = r->next)
		if (r->set->id == policy)
			return r->set;
	return NULL;
}

const struct ruleset *context_ruleset(const struct context *c, uint64_t policy)
{
	if (c->start_rules && c->start_rules->id == policy)
		return c->start_rules;
	for (size_t i = 0; i < c->manifest->entrypoints_len; i++)
		if (c->rules[i] && c->rules[i]->id == policy)
			return c->rules[i];
	return retired_find(c, policy);
}

void retired_remove(struct context *c)
{
	struct retired_rules *r;

	while ((r = c->retired)) {
		c->retired = r->next;
		ruleset_remove(c->supervisor->enforcement, r->set);
		free(r);
	}
}

void context_drain(struct context *c)
{
	struct connection *next;

	c->draining = true;
	/* First: a supervisor that adopts its successor is not to take this one for what serves. */
	kept_drain(c->cgroup_name);
	for (size_t i = 0; i < c->workers_len; i++)
		worker_retire(&c->workers[i]);
	for (struct connection *conn = c->connections; conn; conn = next) {
		next = conn->next;
		if (conn->state != CONNECTION_SERVED)
			connection_release(conn);
	}
	settle_later(c->supervisor);
}
