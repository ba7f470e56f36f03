/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: handles and calls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/recent.h"
#include "base/util.h"
#include "lib/client.h"

/* Where a context's socket is. Leaves the family 0 when `context` can name none. */
static void context_address(const char *context, struct sockaddr_un *ret)
{
	int n;

	*ret = (struct sockaddr_un){};
	if (context[0] == '/')
		n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s", context);
	else if (wire_name_valid(context))
		n = snprintf(ret->sun_path, sizeof(ret->sun_path), POSTERN_SOCKET_DIR "/%s.sock",
			     context);
	else
		return;
	if (n > 0 && (size_t)n < sizeof(ret->sun_path))
		ret->sun_family = AF_UNIX;
}

struct postern *postern_new(const char *context)
{
	return postern_new_network(context, NULL);
}

struct postern *postern_new_network(const char *context, const char *network)
{
	struct postern *p;

	if (client_pool_init() < 0)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->context = strdup(context ? context : "");
	p->network = network ? strdup(network) : NULL;
	if (!p->context || (network && !p->network)) {
		free(p->context);
		free(p);
		return NULL;
	}
	context_address(p->context, &p->address);
	p->process = client_process();
	return p;
}

void postern_free(struct postern *p)
{
	if (!p)
		return;
	client_pool_clear(p);
	free(p->context);
	free(p->network);
	free(p);
}

static int call_begin(struct client_call *call, struct postern *p, const char *entrypoint,
		      unsigned timeout_ms, struct postern_failure **failure)
{
	*call = (struct client_call){
		.p = p,
		.entrypoint = entrypoint,
		.wait_ns = (uint64_t)timeout_ms * 1000 * 1000,
		.failure = failure,
	};
	/* The deadline is not to be too early for that. */
	call->now = recent_ns();
	call->deadline = call->now + RECENT_TICK_NS + (timeout_ms ? call->wait_ns : CLIENT_OPEN_NS);
	if (!p)
		return client_fail(failure, POSTERN_NOT_AVAILABLE, ENOMEM, NULL, "out of memory");
	call->cancels = __atomic_load_n(&p->cancels, __ATOMIC_ACQUIRE);
	return 0;
}

/* Can there be such an entrypoint, where one has not been called yet? */
APART static int check_names(const struct client_call *call)
{
	const struct postern *p = call->p;
	const char *entrypoint = call->entrypoint;
	struct postern_failure **failure = call->failure;

	if (p->address.sun_family != AF_UNIX)
		return client_fail(failure, POSTERN_NOT_AVAILABLE, ENOENT,
				   "a context's name is made of a-z, 0-9, _ and -, begins with a "
				   "letter and has at most 63 bytes; a socket's path is absolute "
				   "and has at most 107",
				   "\"%s\" cannot be a context", p->context);
	if (p->network && !wire_name_valid(p->network))
		return client_fail(failure, POSTERN_BAD_ARGUMENT, EINVAL,
				   "a name is made of a-z, 0-9, _ and -, begins with a letter and "
				   "has at most 63 bytes",
				   "\"%s\" cannot be a network namespace", p->network);
	if (!entrypoint || !wire_name_valid(entrypoint))
		return client_fail(failure, POSTERN_NOT_AVAILABLE, ENOENT,
				   "a name is made of a-z, 0-9, _ and -, begins with a letter and "
				   "has at most 63 bytes",
				   "\"%s\" cannot be an entrypoint", entrypoint ? entrypoint : "");
	return 0;
}

/* An idle connection, or a new one. */
static int call_connection(struct client_call *call, bool fresh, struct client_connection **ret)
{
	struct client_connection *c = NULL;
	int r;

	if (!fresh && call->entrypoint)
		c = client_pool_take(call);
	if (c) {
		*ret = c;
		return 0;
	}
	r = check_names(call);
	if (r < 0)
		return r;
	r = client_connect(call, ret);
	call->now = client_now();
	return r;
}

APART static int call_broken(const struct client_call *call, int r)
{
	const char *name = call->entrypoint;

	if (client_cancelled(call) && (r == 0 || r == -ETIMEDOUT))
		return client_fail(call->failure, POSTERN_CANCELLED, ECANCELED,
				   "whether the function ran to its end is not known",
				   "%s: the call was cancelled", name);
	switch (r) {
	case 0:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ECONNRESET,
				   "whether the function ran is not known; see systemctl status "
				   "posternd",
				   "%s: posternd went away during the call", name);
	case -ETIMEDOUT:
		return client_fail(call->failure, POSTERN_TIMED_OUT, ETIMEDOUT,
				   "whether the function ran to its end is not known",
				   "%s: no answer in time", name);
	case -EBADMSG:
		return client_fail(call->failure, POSTERN_PROTOCOL_ERROR, EPROTO, NULL,
				   "%s: the answer does not follow the protocol", name);
	case -ENOMEM:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ENOMEM, NULL,
				   "out of memory");
	default:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, -r, NULL, "%s: %s", name,
				   strerror(-r));
	}
}

/* Sends the CALL. Returns 0; 1 when the connection had died while it was idle, so that nobody can
 * have seen the call; or the number of the failure that it set. The connection is gone unless 0. */
static int call_send(struct client_call *call, const struct client_payload *payload,
		     struct client_connection *c, bool *ret_whole)
{
	uint64_t timeout = c->signature->opened.signature.timeout_ns;
	struct postern_header h = {
		.type = POSTERN_CALL,
		.flags = client_log_flags(call->p),
		.call = ++c->last_call,
	};
	int r;

	/* 0 on the wire means "no limit of mine": what is left of a limit is at least 1. */
	if (call->wait_ns)
		h.deadline = call->now < call->deadline
				     ? MIN_OF(call->deadline - call->now, call->wait_ns)
				     : 1;
	else
		call->deadline = call->now + MIN_OF(timeout, CLIENT_CALL_NS_MAX) + CLIENT_GRACE_NS;
	r = client_send_call(call, c, &h, payload, ret_whole);
	if (r == 0 || (r == -EPIPE && !c->reused))
		return 0; /* what a worker that just died left behind is the answer */
	if (r == -EPIPE)
		r = 1;
	client_connection_close(c);
	return r == 1 ? 1 : call_broken(call, r);
}

void client_message_clear(const struct client_connection *c, struct client_message *m)
{
	if (m->large && c->signature && c->signature->secret)
		explicit_bzero(m->large, m->large_used);
	free(m->large);
	m->large = NULL;
}

/* A RETURN's value. The tree takes what several records brought as it is. */
static int take_result(struct client_connection *c, struct client_message *m,
		       struct postern_value **ret)
{
	const unsigned flags = WIRE_MAPS | (c->signature->secret ? WIRE_SECRET : 0);
	struct postern_value *tree = NULL;
	int r;

	if (!ret && !c->takes_fd)
		return wire_check(m->payload, m->len, flags);
	if (!m->large)
		r = wire_decode(m->payload, m->len, flags, &tree);
	else
		r = wire_decode_take(steal_ptr(m->large), sizeof(m->header), m->len, flags, &tree);
	if (r < 0)
		return r;
	if (c->takes_fd)
		r = client_fd_result(c, tree);
	if (r == 0 && ret)
		*ret = tree;
	else
		postern_value_free(tree);
	return r;
}

/* The answer to this call. Returns 0 or a negative errno; with *ret_told it is a failure's number.
 * *ret_clean: the connection can serve another call. */
static int call_answer(const struct client_call *call, struct client_connection *c,
		       struct client_message *m, struct postern_value **ret, bool *ret_told,
		       bool *ret_clean)
{
	struct postern_value *tree;
	struct reply_error e;
	int r;

	if (m->header.type == POSTERN_RETURN) {
		r = take_result(c, m, ret);
		*ret_clean = r == 0;
		return r;
	}
	r = reply_error_read(m->payload, m->len, &e, &tree);
	if (r < 0)
		return r;
	*ret_clean = m->header.call != 0 && (e.code == POSTERN_FAILED || e.code == POSTERN_DENIED ||
					     e.code == POSTERN_BAD_ARGUMENT);
	*ret_told = true;
	r = client_fail_with(call->failure, &e);
	postern_value_free(tree);
	return r;
}

/* Waits for the message that ends the call that was sent last. A flood of LOG records does not
 * prolong the call. Returns 1, 0 at the end of the stream, or a negative errno. */
static int receive_answer(struct client_call *call, struct client_connection *c,
			  struct client_message *ret)
{
	for (;;) {
		int r = client_receive(call, c, ret);

		if (r <= 0)
			return r;
		if (ret->header.type != POSTERN_RETURN && client_fd_drop(c)) {
			client_message_clear(c, ret);
			return -EBADMSG;
		}
		if (ret->header.type == POSTERN_ERROR && ret->header.call == 0)
			return 1; /* the end of the connection, and so of the call */
		r = ret->header.call == c->last_call ? 0 : -EBADMSG; /* whose else could it be? */
		if (r == 0 &&
		    (ret->header.type == POSTERN_RETURN || ret->header.type == POSTERN_ERROR))
			return 1;
		if (r == 0)
			r = ret->header.type == POSTERN_LOG
				    ? client_log(call, ret->payload, ret->len)
				    : -EBADMSG;
		client_message_clear(c, ret);
		if (r < 0)
			return r;
		call->now = client_now();
		if (call->now >= call->deadline)
			return -ETIMEDOUT;
	}
}

/* Waits for the answer. Consumes the connection. Returns as call_send(). whole: all of the call was
 * sent. */
static int call_wait(struct client_call *call, struct client_connection *c, bool whole,
		     struct postern_value **ret)
{
	bool told = false, clean = false;
	struct client_message m = {};
	int r;

	if (!ret && whole && !c->takes_fd && client_receive_nil(call, c)) {
		client_pool_put(call->p, c);
		return 0;
	}
	r = receive_answer(call, c, &m);
	/* It lay there before the call came, or the call was not begun: nobody will. */
	if (r > 0 && m.header.call == 0 && c->reused && !client_cancelled(call)) {
		client_message_clear(c, &m);
		client_connection_close(c);
		return 1;
	}
	if (r <= 0) {
		client_connection_close(c); /* so that a late result meets no other call */
		return call_broken(call, r);
	}
	r = call_answer(call, c, &m, ret, &told, &clean);
	client_message_clear(c, &m);
	if (clean && whole)
		client_pool_put(call->p, c);
	else
		client_connection_close(c);
	return r == 0 || told ? r : call_broken(call, r);
}

/* One attempt. Returns as call_send(). */
static int call_once(struct client_call *call, const struct postern_args *args, bool fresh,
		     struct postern_value **ret)
{
	struct client_connection *c = NULL;
	struct client_payload payload;
	bool whole = true;
	int r;

	r = call_connection(call, fresh, &c);
	if (r < 0)
		return r;
	if (client_cancelled(call)) {
		client_connection_close(c);
		return client_fail_cancelled(call);
	}
	r = client_arrange(call, args, c->signature, &payload);
	if (r < 0) {
		client_pool_put(call->p, c);
		return r;
	}
	c->fds = args && args->fds.len ? &args->fds : NULL;
	c->called = call->now;
	r = call_send(call, &payload, c, &whole);
	return r == 0 ? call_wait(call, c, whole, ret) : r;
}

IN_ONE int postern_call(struct postern *p, const char *entrypoint, const struct postern_args *args,
			unsigned timeout_ms, struct postern_value **ret,
			struct postern_failure **failure)
{
	struct client_call call;
	bool fresh = false;
	int r;

	r = call_begin(&call, p, entrypoint, timeout_ms, failure);
	if (r < 0)
		return r;
	if (args && args->error) {
		r = check_names(&call);
		return r < 0 ? r : client_args_failure(&call, args);
	}
	do {
		r = call_once(&call, args, fresh, ret);
		fresh = true;
	} while (r == 1);
	return r;
}

int postern_describe(struct postern *p, const char *entrypoint, unsigned timeout_ms,
		     const struct postern_signature **ret, struct postern_failure **failure)
{
	struct client_connection *c = NULL;
	struct client_call call;
	int r;

	r = call_begin(&call, p, entrypoint, timeout_ms, failure);
	if (r < 0)
		return r;
	r = call_connection(&call, false, &c);
	if (r < 0)
		return r;
	*ret = &c->signature->opened.signature;
	client_pool_put(p, c);
	return 0;
}
