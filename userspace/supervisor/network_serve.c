/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls that make and remove network namespaces. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "lib/reply.h"
#include "lib/wire.h"
#include "supervisor/clients.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/idle.h"
#include "supervisor/instance.h"
#include "supervisor/log.h"
#include "supervisor/network.h"
#include "supervisor/network_serve.h"

#define EMPTY_LIST 0x90 /* msgpack's one-byte form, which a client's library writes */
#define CALL_BYTES (sizeof(struct postern_header) + 1)

static const struct manifest_entrypoint *entrypoint_of(const struct connection *conn)
{
	return &conn->context->manifest->entrypoints[conn->entrypoint];
}

/* A client that does not read loses it, and its connection. */
static void send_record(struct connection *conn, const void *record, size_t len)
{
	if (len == 0 || send(conn->fd, record, len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
		(void)shutdown(conn->fd, SHUT_RDWR);
}

void network_serve_open(struct connection *conn)
{
	const struct manifest_entrypoint *e = entrypoint_of(conn);
	const struct postern_signature signature = {.timeout_ns = e->timeout_ns};
	char record[REPLY_OPENED_MAX];

	conn->state = CONNECTION_OURS;
	conn->resumed = true;
	send_record(conn, record,
		    reply_opened_write(record, conn->context->manifest->name, e->name, &signature));
}

static void answer(struct connection *conn)
{
	char record[64];
	struct wire_writer w;
	size_t len = 0;

	wire_start(&w, record, sizeof(record), POSTERN_RETURN, conn->call, 0);
	wire_put_nil(&w);
	conn->call = 0;
	conn->unpinned = false;
	send_record(conn, record, wire_finish(&w, &len) == 0 ? len : 0);
}

static void answer_failed(struct connection *conn, int error, const char *message, const char *hint)
{
	char record[REPLY_ERROR_MAX];

	send_record(conn, record,
		    reply_error(record, conn->call, POSTERN_FAILED, message, hint, 0, error));
	conn->call = 0;
}

/* By number: the connection may have gone meanwhile, and its context may be another. */
static struct connection *find(struct supervisor *s, const char *context, uint64_t number)
{
	struct context *c = context_named(s, context);

	return c ? connection_find(c, number) : NULL;
}

static bool is_done(const struct connection *conn)
{
	const struct supervisor *s = conn->context->supervisor;

	for (size_t i = 0; i < s->contexts_len; i++)
		if (strcmp(s->contexts[i]->network, conn->network) == 0 &&
		    strcmp(s->contexts[i]->manifest->name, conn->context->manifest->name) == 0)
			return false;
	return true;
}

void network_serve_ended(struct supervisor *s, const char *context, const char *network)
{
	struct context *c = context_named(s, context);

	for (struct connection *conn = c ? c->connections : NULL; conn; conn = conn->next)
		if (conn->unpinned && strcmp(conn->network, network) == 0 && is_done(conn))
			answer(conn);
}

static void say_failed(struct connection *conn, const char *what, int status)
{
	const char *hint = "the journal says which step failed";
	char message[256];

	if (status == -EEXIST)
		hint = "another one, or a file, has that name: see `ip netns`";
	(void)snprintf(message, sizeof(message), "%s network namespace %s: %s", what, conn->network,
		       strerror(-status));
	answer_failed(conn, -status, message, hint);
}

/* userdata: the connection's number. */
static void on_made(struct supervisor *s, const char *context, const char *name, void *userdata,
		    int status)
{
	struct connection *conn = find(s, context, (uintptr_t)userdata);
	struct context *c = context_named(s, context);

	if (status == 0)
		log_line(LOG_INFO, "context %s: network namespace %s was made", context, name);
	fault_point(FAULT_NETWORK_MADE);
	if (conn && conn->call && status == 0)
		answer(conn);
	else if (conn && conn->call)
		say_failed(conn, "make", status);
	if (c)
		context_serve(c);
}

static void on_removed(struct supervisor *s, const char *context, const char *name, void *userdata,
		       int status)
{
	struct connection *conn = find(s, context, (uintptr_t)userdata);
	struct context *c = context_named(s, context);

	if (status == 0)
		log_line(LOG_INFO, "context %s: network namespace %s was removed", context, name);
	fault_point(FAULT_NETWORK_REMOVED);
	if (conn && conn->call && status < 0) {
		say_failed(conn, "remove", status);
	} else if (conn && conn->call) {
		conn->unpinned = true;
		if (is_done(conn))
			answer(conn);
	}
	if (c)
		context_serve(c);
}

/* Is it there, and was it made for this context? Nothing else is ever removed. */
static int check_removable(const struct connection *conn, struct error *err)
{
	const struct manifest *m = conn->context->manifest;
	struct network_identity identity = {};
	struct network_note note = {};
	int fd = network_open(m, conn->network, &identity, err), r;

	if (fd < 0)
		return fd;
	(void)close(fd);
	r = network_note_read(conn->network, &note);
	if (r == 0 && strcmp(note.context, m->name) == 0 && network_same(&note.identity, &identity))
		return 0;
	(void)error_say(err, -EPERM, "network namespace %s was not made for context %s",
			conn->network, m->name);
	error_hint(err, "whoever made it removes it");
	return -EPERM;
}

/* The order matters: after the drain no call begins, so that the second look is the last. */
static int end_instance(const struct connection *conn, struct error *err)
{
	struct context *c = instance_find(conn->context->supervisor, conn->context->manifest->name,
					  conn->network);

	if (!c)
		return 0;
	/* What a client closed before it asked for this waits for nothing. */
	clients_forget_gone(c);
	if (!context_busy(c)) {
		c->removed = true;
		instance_drain(c);
		if (!context_busy(c))
			return 0;
		c->removed = false;
	}
	return error_say(err, -EBUSY, "calls are under way in network namespace %s", conn->network);
}

static int serve(const struct connection *conn, struct error *err)
{
	struct supervisor *s = conn->context->supervisor;
	const struct manifest *m = conn->context->manifest;
	void *number = (void *)(uintptr_t)conn->number;
	int r;

	if (s->failure[0])
		return error_say(err, -EIO, "enforcement has failed: %s", s->failure);
	log_line(LOG_INFO, "context %s: uid %u calls %s for network namespace %s", m->name,
		 conn->uid, entrypoint_of(conn)->name, conn->network);
	if (entrypoint_of(conn)->does == MANIFEST_DOES_MAKE_NETWORK)
		return network_make(s, m, conn->network, on_made, number, err);
	if (network_busy(s, conn->network))
		return error_say(err, -EBUSY, "network namespace %s is being made or removed",
				 conn->network);
	r = check_removable(conn, err);
	if (r == 0)
		r = end_instance(conn, err);
	return r < 0 ? r : network_remove(s, m, conn->network, on_removed, number, err);
}

static void refuse_record(struct connection *conn)
{
	connection_refuse(conn, POSTERN_PROTOCOL_ERROR, "the record is no call, or one too many",
			  NULL);
}

void network_serve_call(struct connection *conn)
{
	unsigned char record[CALL_BYTES];
	cleanup_error struct error err = {};
	struct postern_header header;
	ssize_t n = recv(conn->fd, record, sizeof(record), MSG_DONTWAIT | MSG_TRUNC);
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		connection_close(conn);
		return;
	}
	r = wire_header(record, (size_t)n, &header);
	if (r < 0 || header.type != POSTERN_CALL || conn->call) {
		refuse_record(conn);
		return;
	}
	conn->call = header.call;
	if ((size_t)n != sizeof(record) || record[sizeof(header)] != EMPTY_LIST) {
		connection_error(conn, conn->call, POSTERN_BAD_ARGUMENT, "it takes no arguments",
				 NULL, 0);
		conn->call = 0;
		return;
	}
	r = serve(conn, &err);
	if (r < 0)
		answer_failed(conn, -r, error_text(&err), err.hint);
}
