/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which instance serves a connection, and how instances are made. Their ends are in
 * instance_end.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "supervisor/clients.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/idle.h"
#include "supervisor/instance_private.h"
#include "supervisor/log.h"
#include "supervisor/network.h"
#include "supervisor/reload_read.h"

bool is_instance_of(const struct context *c, const char *name)
{
	return c->network[0] && !c->draining && strcmp(c->manifest->name, name) == 0;
}

struct context *instance_find(const struct supervisor *s, const char *name, const char *network)
{
	for (size_t i = 0; i < s->contexts_len; i++)
		if (is_instance_of(s->contexts[i], name) &&
		    strcmp(s->contexts[i]->network, network) == 0)
			return s->contexts[i];
	return NULL;
}

/* Also one of before a reload, which ends by itself. */
static bool is_made_of(const struct context *c, const struct context *template)
{
	return c->network[0] && strcmp(c->manifest->name, template->manifest->name) == 0;
}

unsigned instances_connections(const struct context *template, const uid_t *uid)
{
	const struct supervisor *s = template->supervisor;
	unsigned n = 0;

	if (!is_template(template))
		return 0;
	for (size_t i = 0; i < s->contexts_len; i++)
		if (is_made_of(s->contexts[i], template))
			n += connections_count(s->contexts[i], uid);
	return n;
}

void instances_forget_gone(struct context *template)
{
	const struct supervisor *s = template->supervisor;

	if (!is_template(template))
		return;
	for (size_t i = 0; i < s->contexts_len; i++)
		if (is_made_of(s->contexts[i], template))
			clients_forget_gone(s->contexts[i]);
}

/* Says what is wrong with the name that a connection has. */
static bool refuse_name(struct connection *conn)
{
	const struct manifest *m = conn->context->manifest;
	char message[256], hint[256];
	const char *misfit;

	if (m->network_namespace != MANIFEST_NETWORK_NAMED) {
		if (!conn->network[0])
			return false;
		connection_refuse(conn, POSTERN_BAD_ARGUMENT,
				  "the context takes no name of a network namespace", NULL);
		return true;
	}
	misfit = manifest_network_misfit(m, conn->network);
	if (!misfit)
		return false;
	if (conn->network[0])
		(void)snprintf(message, sizeof(message), "network namespace %s: expected %s",
			       conn->network, misfit);
	else
		(void)snprintf(message, sizeof(message),
			       "the call names no network namespace, and context %s serves many",
			       m->name);
	(void)snprintf(hint, sizeof(hint), "the context's are of the form %s", m->network.name);
	connection_refuse(conn, POSTERN_BAD_ARGUMENT, message, hint);
	return true;
}

bool instance_name(struct connection *conn, const char *network)
{
	const struct manifest *m = conn->context->manifest;

	if (m->network_namespace == MANIFEST_NETWORK_NAMED && !manifest_network_template(m)) {
		if (network[0]) {
			connection_refuse(conn, POSTERN_BAD_ARGUMENT,
					  "the context takes no name of a network namespace",
					  "it has one, by its manifest");
			return false;
		}
		network = m->network.name;
	}
	(void)snprintf(conn->network, sizeof(conn->network), "%s", network);
	return !refuse_name(conn);
}

bool instance_name_again(struct connection *conn)
{
	const struct manifest *m = conn->context->manifest;

	if (m->network_namespace == MANIFEST_NETWORK_NAMED && !manifest_network_template(m))
		(void)snprintf(conn->network, sizeof(conn->network), "%s", m->network.name);
	return !refuse_name(conn);
}

/* -- made */

static void refuse_waiting(struct context *c, const char *network, enum postern_code code,
			   const struct error *err)
{
	struct connection *next;

	for (struct connection *conn = c->connections; conn; conn = next) {
		next = conn->next;
		if (conn->state == CONNECTION_WAITING && strcmp(conn->network, network) == 0)
			connection_refuse(conn, code, error_text(err), err->hint);
	}
}

static void on_published(void *userdata, int status)
{
	struct context *c = userdata;
	cleanup_error struct error err = {};

	c->unpublished = false;
	if (status < 0) {
		(void)error_set(&err, status, "publish the record pages of context %s",
				c->manifest->name);
		refuse_waiting(c, c->network, POSTERN_NOT_AVAILABLE, &err);
		instance_drain(c);
		return;
	}
	fault_point(FAULT_INSTANCE_MADE);
	context_serve(c);
}

/* The manifest once more, from the same bytes and with the same ids: without asking for names. */
static int copy_manifest(const struct context *c, struct manifest **ret, int *ret_fd,
			 struct error *err)
{
	cleanup_close int fd = fcntl(c->manifest_fd, F_DUPFD_CLOEXEC, 0);
	struct manifest *m = NULL;
	struct read_record ids;
	int r = fd < 0 ? -errno : 0;

	if (r == 0)
		r = load_again(c->supervisor->directory, c->manifest->name, fd, &m, err);
	if (r == 0)
		r = record_ids(&ids, c->manifest);
	if (r == 0)
		r = record_ids_put(&ids, m);
	if (r < 0) {
		manifest_free(m);
		return error_set(err, r, "copy the manifest of context %s", c->manifest->name);
	}
	*ret = m;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int instance_new(struct context *template, const char *network, struct context **ret,
			struct error *err)
{
	struct supervisor *s = template->supervisor;
	struct manifest *m = NULL;
	struct context *c = NULL;
	int fd = -EBADF, r;

	r = copy_manifest(template, &m, &fd, err);
	if (r == 0)
		r = context_new_instance(s, m, fd, network, &c, err);
	if (r < 0 || !c)
		return r;
	c->file = template->file;
	r = context_append(c);
	if (r < 0) {
		context_free(c);
		return error_set(err, r, "make an instance");
	}
	c->unpublished = true;
	r = context_publish(c, on_published, err);
	if (r < 0) {
		s->contexts_len--;
		context_free(c);
		return r;
	}
	idle_watch(c);
	*ret = c;
	return 0;
}

static void on_made(struct supervisor *s, const char *context, const char *name, void *userdata,
		    int status)
{
	struct context *template = context_named(s, context);
	cleanup_error struct error err = {};

	(void)userdata;
	if (status == 0)
		log_line(LOG_INFO, "context %s: network namespace %s was made", context, name);
	/* -EEXIST: somebody else was faster; it is held against what it has to be. */
	if (template && status < 0 && status != -EEXIST) {
		(void)error_set(&err, status, "make network namespace %s", name);
		error_hint(&err, "the journal says which step failed");
		refuse_waiting(template, name, POSTERN_NOT_AVAILABLE, &err);
	}
	fault_point(FAULT_NETWORK_MADE);
	instances_serve_all(s);
}

/* Returns 1 when the namespace can be entered, 0 when it is on its way, or a negative errno. */
static int see_to_network(const struct context *template, const char *network, struct error *err)
{
	const struct manifest *m = template->manifest;
	struct network_identity identity = {};
	int fd = network_open(m, network, &identity, err);

	if (fd >= 0) {
		(void)close(fd);
		return 1;
	}
	if (fd != -ENOENT || !m->network.make)
		return fd;
	error_clear(err);
	return network_make(template->supervisor, m, network, on_made, NULL, err);
}

static struct context *instance_for(struct context *template, const struct connection *conn,
				    struct error *err)
{
	struct supervisor *s = template->supervisor;
	const char *name = template->manifest->name;
	struct context *c = instance_find(s, name, conn->network);
	int r;

	/* Another one under that name, or none: what runs in it is not what the caller means. */
	if (c && !c->unpublished && c->helper.state != HELPER_STOPPED &&
	    !network_pinned(c->network, &c->network_identity)) {
		instance_drain(c);
		c = NULL;
	}
	if (c)
		return c;
	r = see_to_network(template, conn->network, err);
	if (r > 0)
		r = instance_make_room(template, err);
	if (r > 0)
		r = instance_new(template, conn->network, &c, err);
	return r < 0 ? NULL : c;
}

static void route(struct context *template, struct connection *conn)
{
	cleanup_error struct error err = {};
	struct context *c;

	/* A reload may have changed what it is held against. */
	if (refuse_name(conn))
		return;
	if (network_busy(template->supervisor, conn->network))
		return;
	c = instance_for(template, conn, &err);
	if (c) {
		connection_move(conn, c);
		context_serve(c);
	} else if (err.code) {
		connection_refuse(conn, err.code == -EBUSY ? POSTERN_BUSY : POSTERN_NOT_AVAILABLE,
				  error_text(&err), err.hint);
	}
}

static void route_all(struct context *template)
{
	uint64_t last = 0;

	/* In the order in which they came, by number: routing one may close others. */
	for (;;) {
		struct connection *found = NULL;

		for (struct connection *conn = template->connections; conn; conn = conn->next)
			if (conn->state == CONNECTION_WAITING && conn->number > last &&
			    (!found || conn->number < found->number))
				found = conn;
		if (!found)
			return;
		last = found->number;
		route(template, found);
	}
}

/* An instance that ends on the way gives its connections back, which asks for this again. */
void instances_serve(struct context *template)
{
	if (template->routing) {
		template->route_again = true;
		return;
	}
	template->routing = true;
	do {
		template->route_again = false;
		route_all(template);
	} while (template->route_again);
	template->routing = false;
}

void instances_serve_all(struct supervisor *s)
{
	for (size_t i = 0; i < s->contexts_len; i++)
		if (is_template(s->contexts[i]) && !s->contexts[i]->pending &&
		    !s->contexts[i]->draining)
			instances_serve(s->contexts[i]);
}
