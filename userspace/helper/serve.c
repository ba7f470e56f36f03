/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Serving one record of one client. */
#include <errno.h>
#include <sys/socket.h>

#include "helper/argument_check.h"
#include "helper/restore.h"
#include "helper/serve.h"
#include "lib/reply.h"

int server_begin(struct server *s, const struct manifest *m, size_t entrypoint,
		 postern_function function, struct error *err)
{
	struct argument_checks *checks = NULL;
	int r;

	r = argument_checks_new(&m->entrypoints[entrypoint], &checks, err);
	if (r < 0)
		return r;
	*s = (struct server){
		.target = {.context = m->name,
			   .entrypoint = &m->entrypoints[entrypoint],
			   .function = function,
			   .checks = checks,
			   .log_level = (int)m->log},
		.record = malloc(POSTERN_RECORD_MAX + 1),
		.reply = malloc(POSTERN_RECORD_MAX),
	};
	if (!s->record || !s->reply)
		return error_set(err, ENOMEM, "make the buffers for calls");
	return 0;
}

int server_open(struct server *s, const struct connection *c)
{
	size_t len = invocation_opened(&s->target, s->reply);

	return connection_send(c, s->reply, len);
}

/* The entrypoint's timeout or the client's, whichever ends first. */
static uint64_t deadline(uint64_t now, uint64_t timeout, uint64_t clients)
{
	if (clients != 0 && clients < timeout)
		timeout = clients;
	return timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
}

static int protocol_error(struct server *s, const struct connection *c, const char *message)
{
	size_t len = reply_error(s->reply, 0, POSTERN_PROTOCOL_ERROR, message, NULL, 0, 0);

	(void)connection_send(c, s->reply, len);
	return -EBADMSG;
}

static int log_record(const void *userdata, const void *record, size_t len, bool last)
{
	return last ? connection_send(userdata, record, len)
		    : connection_send_log(userdata, record, len);
}

static int call(struct server *s, const struct connection *c, size_t len)
{
	struct postern_header header;
	size_t reply_len = 0;
	uint64_t now;
	int r;

	if (len > POSTERN_RECORD_MAX)
		return protocol_error(s, c, "the record is longer than 64 KiB");
	if (invocation_header(s->record, len, &header) < 0)
		return protocol_error(s, c, "the record is no CALL");
	now = page_now();
	page_begin(s->target.page, header.call, now,
		   deadline(now, s->target.entrypoint->timeout_ns, header.deadline));
	s->target.log = log_record;
	s->target.log_userdata = c;
	invocation_run(&s->target, &c->caller, s->record, len, s->reply, &reply_len);
	/* Its parent answers, and the page is its parent's. */
	if (restore_forked())
		_exit(EXIT_SUCCESS);
	r = connection_send(c, s->reply, reply_len);
	if (r == -EBADF || r == -ENOTSOCK)
		return -EBADFD;
	return r < 0 ? -EAGAIN : 1;
}

/*
 * Received with no room for control data: descriptors that a client sends along are dropped by the
 * kernel and never enter this process.
 */
int server_serve(struct server *s, const struct connection *c)
{
	ssize_t n;
	int r;

	page_connection(s->target.page, c->id);
	do {
		n = recv(c->fd, s->record, POSTERN_RECORD_MAX + 1, MSG_DONTWAIT | MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		r = call(s, c, (size_t)n);
	else if (n == 0)
		r = -ENOTCONN;
	else if (errno == EAGAIN)
		r = 0;
	else
		r = -errno;
	/* Without an answer the page goes on claiming the call, so that its client is told. */
	if (r != -EBADFD)
		page_clear(s->target.page);
	return r;
}
