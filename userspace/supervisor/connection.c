/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Clients' connections: accepted, their one OPEN read and decided, waiting for a worker, watched
 * until they close. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "lib/reply.h"
#include "lib/wire.h"
#include "supervisor/callers.h"
#include "supervisor/cancel.h"
#include "supervisor/clients.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/idle.h"
#include "supervisor/instance.h"
#include "supervisor/log.h"
#include "supervisor/network_serve.h"

/* Callers who are not listed, and are about to be told so, share few places, so that they cannot
 * take those of the others. */
#define UNLISTED_MAX 32

/* Whoever connects and says nothing holds one of the context's connections no longer than this. */
#define OPEN_TIMEOUT_US	    5000000ull
#define DRAINED_RECORDS_MAX 64

/* Whoever is not listed may try as often as he likes, and must not fill the log by it. */
#define REFUSED_LINES	  20
#define REFUSED_PERIOD_NS 10000000000ull

void connection_error(struct connection *conn, uint64_t call, enum postern_code code,
		      const char *message, const char *hint, int signal)
{
	char record[REPLY_ERROR_MAX];
	int error = code == POSTERN_CANCELLED ? ECANCELED : 0;
	size_t len = reply_error(record, call, code, message, hint, signal, error);

	(void)send(conn->fd, record, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void connection_log(struct connection *conn, uint64_t call, int level, const char *text)
{
	char record[REPLY_LOG_MAX], clean[REPLY_MESSAGE_MAX + 1];
	size_t len = text_clean(clean, sizeof(clean), text, strlen(text));

	len = reply_log(record, call, level, clean, len);
	if (len > 0 && reply_log_room(conn->fd, len) == 0)
		(void)send(conn->fd, record, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* What the client sent and nobody read would turn the error that waits for it into ECONNRESET
 * (net/unix/af_unix.c). */
static void drain(int fd)
{
	char byte;

	for (int i = 0; i < DRAINED_RECORDS_MAX; i++)
		if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) <= 0)
			return;
}

static void take_out(struct connection *conn)
{
	struct context *c = conn->context;

	for (struct connection **at = &c->connections; *at; at = &(*at)->next) {
		if (*at != conn)
			continue;
		*at = conn->next;
		c->connections_len--;
		break;
	}
}

void connection_close(struct connection *conn)
{
	struct context *c = conn->context;

	take_out(conn);
	sd_event_source_disable_unref(conn->source);
	sd_event_source_disable_unref(conn->timer);
	if (conn->state != CONNECTION_SERVED)
		drain(conn->fd);
	(void)close(conn->fd);
	free(conn);
	context_left(c);
}

struct connection *connection_find(struct context *c, uint64_t number)
{
	for (struct connection *conn = c->connections; conn; conn = conn->next)
		if (conn->number == number)
			return conn;
	return NULL;
}

void connection_refuse(struct connection *conn, enum postern_code code, const char *message,
		       const char *hint)
{
	connection_error(conn, 0, code, message, hint, 0);
	connection_close(conn);
}

void connections_log_look(struct context *c)
{
	unsigned left_out = rate_turn(&c->refused, now_ns(), REFUSED_PERIOD_NS);

	if (left_out)
		log_line(LOG_NOTICE,
			 "context %s: %u more times who is not among its callers was refused, "
			 "which was not logged",
			 c->manifest->name, left_out);
}

static void refuse_caller(struct connection *conn)
{
	struct context *c = conn->context;
	const struct manifest *m = c->manifest;
	char message[256], hint[400];

	(void)snprintf(message, sizeof(message), "uid %u is not among the callers of context %s",
		       conn->uid, m->name);
	(void)snprintf(hint, sizeof(hint), "who may call is listed under `callers` in %s", m->file);
	connections_log_look(c);
	if (rate_allows(&c->refused, REFUSED_LINES))
		log_line(LOG_NOTICE, "%s (pid %d)", message, (int)conn->pid);
	connection_refuse(conn, POSTERN_NOT_PERMITTED, message, hint);
}

static void refuse_entrypoint(struct connection *conn, const char *name)
{
	const struct manifest *m = conn->context->manifest;
	char message[256], hint[512] = "it has:";
	size_t used = strlen(hint);

	(void)snprintf(message, sizeof(message), "context %s has no entrypoint %s", m->name, name);
	for (size_t i = 0; i < m->entrypoints_len && used < sizeof(hint); i++)
		used += (size_t)snprintf(hint + used, sizeof(hint) - used, " %s",
					 m->entrypoints[i].name);
	connection_refuse(conn, POSTERN_NOT_AVAILABLE, message, hint);
}

/* The one record of a client that the supervisor reads: of fixed size, every byte of it accounted
 * for. */
static void opened(struct connection *conn, const void *record, size_t len)
{
	const struct manifest *m = conn->context->manifest;
	const struct manifest_entrypoint *e;
	struct postern_open o;
	char message[128];
	int r;

	r = wire_open_read(record, len, &o);
	if (r < 0) {
		if (r == -EPROTO)
			(void)snprintf(message, sizeof(message),
				       "OPEN is of protocol version %u, posternd speaks %d",
				       o.version, POSTERN_PROTOCOL_VERSION);
		else
			(void)snprintf(message, sizeof(message), "the first record is no OPEN");
		connection_refuse(conn, POSTERN_PROTOCOL_ERROR, message, NULL);
		return;
	}
	if (!conn->listed) {
		refuse_caller(conn);
		return;
	}
	if (!instance_name(conn, o.network))
		return;
	e = manifest_entrypoint(m, o.entrypoint);
	if (!e) {
		refuse_entrypoint(conn, o.entrypoint);
		return;
	}
	conn->entrypoint = (uint32_t)(e - m->entrypoints);
	sd_event_source_disable_unref(conn->timer);
	conn->timer = NULL;
	if (e->does != MANIFEST_DOES_CALL) {
		network_serve_open(conn);
		return;
	}
	conn->state = CONNECTION_WAITING;
	/* From here on the supervisor waits for nothing but its end (EPOLLHUP needs no asking), and
	 * for a client that cancels. */
	(void)sd_event_source_set_io_events(conn->source, EPOLLRDHUP);
	context_serve(conn->context);
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct connection *conn = userdata;
	char record[sizeof(struct postern_open)];
	ssize_t n;

	(void)source;
	if (conn->state == CONNECTION_OPENING && events & EPOLLIN) {
		/* No room for control data: descriptors that a client sends are dropped by the
		 * kernel. */
		n = recv(fd, record, sizeof(record), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n > 0)
			opened(conn, record, (size_t)n);
		else
			connection_close(conn);
		return 0;
	}
	if (conn->state == CONNECTION_OURS && events & EPOLLIN) {
		network_serve_call(conn);
		return 0;
	}
	if (events & (EPOLLHUP | EPOLLERR))
		connection_close(conn);
	else if (events & EPOLLRDHUP && !conn->shut)
		cancel_asked(conn);
	return 0;
}

static int on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	connection_refuse(userdata, POSTERN_PROTOCOL_ERROR, "no OPEN came within 5 s", NULL);
	return 0;
}

/* timeout_us: within which an OPEN is to come; 0: that was before, and only its end is waited for.
 */
static int watch(struct connection *conn, uint64_t timeout_us, struct error *err)
{
	uint32_t events = timeout_us ? EPOLLIN : conn->shut ? 0 : EPOLLRDHUP;
	sd_event *loop = conn->context->supervisor->loop;
	int r;

	r = sd_event_add_io(loop, &conn->source, conn->fd, events, on_connection, conn);
	if (r >= 0 && timeout_us)
		r = sd_event_add_time_relative(loop, &conn->timer, CLOCK_MONOTONIC, timeout_us, 0,
					       on_silence, conn);
	return r < 0 ? error_set(err, r, "watch a connection") : 0;
}

unsigned connections_count(const struct context *c, const uid_t *uid)
{
	unsigned n = 0;

	for (const struct connection *conn = c->connections; conn; conn = conn->next)
		n += conn->listed && (!uid || conn->uid == *uid);
	return n;
}

/* A connection that is one too many: why. hint: set with it. */
static const char *too_many(struct connection *conn, const char **ret_hint)
{
	const struct context *c = conn->context;
	const struct manifest_limits *limits = &c->manifest->limits;

	conn->listed = caller_listed(c->manifest, conn);
	*ret_hint = "try again later; `limits: connections` is the bound";
	if (conn->listed) {
		if (connections_count(c, NULL) + instances_connections(c, NULL) >
		    limits->connections)
			return "the context has as many connections as it may have";
		*ret_hint = "close some, or share them; `limits: connections_per_caller` is the "
			    "bound";
		if (connections_count(c, &conn->uid) + instances_connections(c, &conn->uid) >
		    limits->connections_per_caller)
			return "the caller has as many connections as one user may have";
	} else if (c->connections_len - connections_count(c, NULL) > UNLISTED_MAX) {
		return "the context has as many connections as it may have";
	}
	return NULL;
}

/* At the end: who waits longest is looked at first. */
static void append(struct connection *conn)
{
	struct connection **at = &conn->context->connections;

	while (*at)
		at = &(*at)->next;
	conn->next = NULL;
	*at = conn;
	conn->context->connections_len++;
}

void connection_move(struct connection *conn, struct context *to)
{
	take_out(conn);
	conn->context = to;
	append(conn);
}

static struct connection *connection_new(struct context *c, int fd, uint64_t number)
{
	struct connection *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		(void)close(fd);
		return NULL;
	}
	conn->context = c;
	conn->fd = fd;
	conn->number = number;
	memcpy(conn->network, c->network, sizeof(conn->network));
	append(conn);
	return conn;
}

void connection_adopt(struct worker *w, int fd, const struct postern_admission *admission)
{
	struct connection *conn = connection_new(w->context, fd, admission->connection);
	cleanup_error struct error err = {};

	if (!conn)
		return;
	conn->entrypoint = w->entrypoint;
	conn->resumed = admission->flags & POSTERN_ADMISSION_OPENED;
	conn->shut = admission->flags & POSTERN_ADMISSION_SHUT;
	if (caller_identify(conn, &err) < 0 || watch(conn, 0, &err) < 0) {
		connection_close(conn);
		return;
	}
	connection_served(conn, w);
	conn->listed = caller_listed(w->context->manifest, conn);
}

int connection_accept(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	cleanup_error struct error err = {};
	struct context *c = userdata;
	const char *full, *hint;
	struct connection *conn;
	int client;

	(void)source;
	(void)events;
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0)
		return 0;
	conn = connection_new(c, client, ++c->supervisor->last_connection);
	if (!conn)
		return 0;
	if (caller_identify(conn, &err) < 0) {
		connection_refuse(conn, POSTERN_NOT_PERMITTED, error_text(&err), NULL);
		return 0;
	}
	full = too_many(conn, &hint);
	if (full) {
		clients_forget_gone(c);
		instances_forget_gone(c);
		full = too_many(conn, &hint);
	}
	if (full)
		connection_refuse(conn, POSTERN_BUSY, full, hint);
	else if (watch(conn, OPEN_TIMEOUT_US, &err) < 0)
		connection_refuse(conn, POSTERN_NOT_AVAILABLE, error_text(&err), NULL);
	return 0;
}
