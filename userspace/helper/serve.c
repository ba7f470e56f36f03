/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Serving one record of one client. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/argument_check.h"
#include "helper/restore.h"
#include "helper/serve.h"
#include "lib/reply.h"

#define PATIENCE_SLACK_NS UINT64_C(100000000)
#define KEPT_MS		  100 /* for calls that follow on each other */

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
		.values = malloc(WIRE_VALUES_MAX * sizeof(struct postern_value)),
		.most = invocation_most(&m->entrypoints[entrypoint]),
		.reply = {.record = malloc(POSTERN_RECORD_MAX), .most = WIRE_PAYLOAD_MAX},
		.descriptors = argument_fds(m->entrypoints[entrypoint].arguments,
					    m->entrypoints[entrypoint].arguments_len),
	};
	s->target.passed = &s->passed;
	s->secret = manifest_has_secrets(s->target.entrypoint);
	if (!s->record || !s->values || !s->reply.record)
		return error_set(err, ENOMEM, "make the buffers for calls");
	return 0;
}

int server_patience(const struct server *s)
{
	return s->message.memory ? KEPT_MS : -1;
}

void server_rest(struct server *s)
{
	message_clear(&s->message);
}

int server_open(struct server *s, const struct connection *c)
{
	size_t len = invocation_opened(&s->target, s->reply.record);

	return connection_send(c, s->reply.record, len);
}

/* The entrypoint's timeout or the client's, whichever ends first. */
static uint64_t deadline(uint64_t now, uint64_t timeout, uint64_t clients)
{
	if (clients != 0 && clients < timeout)
		timeout = clients;
	return timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
}

/* Until when this worker waits for a client's records: a little less than others give it, so that
 * it is the connection that ends and not the worker. */
static uint64_t patience(uint64_t now, uint64_t until)
{
	return until - MIN_OF((until - now) / 8, PATIENCE_SLACK_NS);
}

APART static int refuse(struct server *s, const struct connection *c, uint64_t call,
			enum postern_code code, const char *message, int r)
{
	size_t len = reply_error(s->reply.record, call, code, message, NULL, 0, 0);

	(void)connection_send(c, s->reply.record, len);
	return r;
}

static int protocol_error(struct server *s, const struct connection *c, const char *message)
{
	return refuse(s, c, 0, POSTERN_PROTOCOL_ERROR, message, -EBADMSG);
}

static int log_record(const void *userdata, const void *record, size_t len, bool last)
{
	return last ? connection_send(userdata, record, len)
		    : connection_send_log(userdata, record, len);
}

static int answer(struct server *s, const struct connection *c, uint64_t now, uint64_t until)
{
	int r;

	if (s->passed.has_result)
		r = passed_send(c->fd, s->reply.record, s->reply.len, &s->passed);
	else if (!s->reply.large)
		r = connection_send(c, s->reply.record, s->reply.len);
	else
		r = message_send(c, s->reply.large, s->reply.len, patience(now, until));
	invocation_reply_clear(&s->reply);
	if (r == -EBADF || r == -ENOTSOCK)
		return -EBADFD;
	return r < 0 ? -EAGAIN : 1;
}

/* A whole message, with `now` when its first record came. */
static int call(struct server *s, const struct connection *c, const struct postern_header *header,
		void *payload, size_t len, uint64_t now)
{
	uint64_t until = deadline(now, s->target.entrypoint->timeout_ns, header->deadline);

	page_begin(s->target.page, header->call, now, until);
	s->target.log = log_record;
	s->target.log_userdata = c;
	invocation_serve(&s->target, &c->caller, header, payload, len, s->values, &s->reply);
	/* Its parent answers, and the page is its parent's. */
	if (restore_forked())
		_exit(EXIT_SUCCESS);
	return answer(s, c, now, until);
}

/* What several records were kept in. */
static void several_end(struct server *s)
{
	if (s->secret)
		message_clear(&s->message);
	else
		message_end(&s->message);
}

/* The rest of a CALL whose first record came. No call is under way until it is whole: the
 * entrypoint's time bounds the wait for it. Returns 0 when it is whole, in s->message. */
APART static int take_several(struct server *s, const struct connection *c,
			      const struct postern_header *first, size_t len, uint64_t now)
{
	uint64_t until = deadline(now, s->target.entrypoint->timeout_ns, first->deadline);
	struct message *m = &s->message;
	int r;

	page_expect(s->target.page, until);
	r = message_receive(c, s->record, len, s->most, patience(now, until), m);
	switch (r) {
	case 0:
		return 0;
	case -E2BIG:
		r = refuse(s, c, first->call, POSTERN_BAD_ARGUMENT,
			   "the arguments are larger than the manifest lets any be", -EBADMSG);
		break;
	case -ETIMEDOUT:
		r = refuse(s, c, first->call, POSTERN_TIMED_OUT,
			   "not all records of the call came in time", -ETIMEDOUT);
		break;
	case -ENOMEM:
		r = refuse(s, c, first->call, POSTERN_NOT_AVAILABLE,
			   "the worker has no memory for the call", -ENOMEM);
		break;
	case -EBADMSG:
		r = protocol_error(s, c, "a record that does not go on with the CALL");
		break;
	default:
		break;
	}
	return r;
}

/* What one user's call left does not meet another's. */
static void part_from_last(struct server *s, const struct connection *c, uint64_t now)
{
	bool other = c->caller.uid != s->last;

	s->last = c->caller.uid;
	if (other)
		server_rest(s);
	if (s->target.output)
		restore_before(s->target.output, other, now);
}

static int begin(struct server *s, const struct connection *c, size_t len)
{
	const size_t head = sizeof(struct postern_header);
	struct postern_header header;
	uint8_t *payload = s->record + head;
	uint64_t now;
	bool several;
	int r = 0;

	if (len > POSTERN_RECORD_MAX)
		return protocol_error(s, c, "the record is longer than 64 KiB");
	if (invocation_header(s->record, len, &header) < 0)
		return protocol_error(s, c, "the record is no CALL");
	now = page_soon();
	part_from_last(s, c, now);
	several = header.flags & POSTERN_MORE;
	if (several) {
		r = take_several(s, c, &header, len, now);
		payload = s->message.payload;
		len = s->message.len;
	} else {
		len -= head;
		if (s->message.memory)
			message_clear(&s->message);
	}
	if (r == 0)
		r = call(s, c, &header, payload, len, now);
	if (several)
		several_end(s);
	return r;
}

/*
 * Where the signature has no descriptor, a record is received with no room for control data: those
 * that a client sends along are dropped by the kernel and never enter this process.
 */
static ssize_t receive(struct server *s, const struct connection *c)
{
	return s->descriptors ? passed_receive(c->fd, s->record, POSTERN_RECORD_MAX + 1,
					       s->descriptors, &s->passed)
			      : connection_receive(c, s->record);
}

IN_ONE int server_serve(struct server *s, const struct connection *c)
{
	ssize_t n;
	int r;

	page_connection(s->target.page, c->id);
	n = receive(s, c);
	if (n > 0)
		r = begin(s, c, (size_t)n);
	else if (n == 0)
		r = -ENOTCONN;
	else if (n == -EAGAIN)
		r = 0;
	else
		r = (int)n;
	passed_close(&s->passed);
	/* Without an answer the page goes on claiming the call, so that its client is told. */
	if (r != -EBADFD)
		page_clear(s->target.page);
	return r;
}
