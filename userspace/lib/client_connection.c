/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: one connection, from connect() to OPENED. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/client.h"

#define CONNECT_NAP_NS	    UINT64_C(1000000) /* first pause when the listener's queue is full */
#define CONNECT_NAP_MAX_NS  (20 * CONNECT_NAP_NS)
#define CONNECT_NAP_AWAY_NS (256 * CONNECT_NAP_NS)

static const char hint_running[] =
	"is posternd running (systemctl status postern)? Is the context's name right (postern "
	"status)?";

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND)};
}

APART bool client_connection_alive(const struct client_connection *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int r;

	/* Between calls nothing is to come: a record or an end both mean that it is used up. */
	do {
		r = poll(&p, 1, 0);
	} while (r < 0 && errno == EINTR);
	return r == 0;
}

APART void client_connection_close(struct client_connection *c)
{
	if (!c)
		return;
	client_pool_forget(c);
	(void)client_fd_drop(c);
	/* A child that was forked meanwhile has a copy of the descriptor: the worker must see the
	 * end all the same. The other way round, a child must not end its parent's connection. */
	if (c->fd >= 0 && c->process == client_process())
		(void)shutdown(c->fd, SHUT_RDWR);
	if (c->fd >= 0)
		(void)close(c->fd);
	explicit_bzero(c->record, c->used);
	free(c);
}

/* A socket whose number is above 2: a program that closed its stderr and then writes to it must
 * not write into a call. */
static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int high;

	if (fd < 0)
		return -errno;
	if (fd > STDERR_FILENO)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (high < 0)
		high = -errno;
	(void)close(fd);
	return high;
}

/*
 * connect() of a non-blocking unix socket ends at once; EAGAIN means that the listener's queue is
 * full, and nothing tells when it no longer is (unix(7), net/unix/af_unix.c).
 *
 * Of a socket that was shut down before it was connected the other end does not hear: it would wait
 * for an OPEN that cannot be sent.
 */
static int connect_until(const struct client_call *call, int fd)
{
	const struct sockaddr_un *address = &call->p->address;
	uint64_t nap = CONNECT_NAP_NS;

	for (;;) {
		struct timespec pause;
		uint64_t now;
		int r = connect(fd, (const struct sockaddr *)address, sizeof(*address));

		r = r < 0 ? -errno : 0;
		if (client_cancelled(call))
			return -ECANCELED;
		if (r == -EINTR)
			continue;
		if (r != -EAGAIN)
			return r;
		now = client_now();
		if (now >= call->deadline)
			return -ETIMEDOUT;
		pause = timespec_of(MIN_OF(nap, call->deadline - now));
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		nap = MIN_OF(2 * nap, CONNECT_NAP_MAX_NS);
	}
}

static int open_failed(const struct client_call *call, int r)
{
	const char *path = call->p->address.sun_path;

	switch (r) {
	case -ENOMEM:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ENOMEM, NULL,
				   "out of memory");
	case -ETIMEDOUT:
		return client_fail(call->failure, POSTERN_TIMED_OUT, ETIMEDOUT,
				   "posternd or the helper may be overloaded or starting: see "
				   "`postern status`",
				   "%s: no answer from posternd in time", path);
	case -EBADMSG:
		return client_fail(call->failure, POSTERN_PROTOCOL_ERROR, EPROTO,
				   "is this socket a context's, and of this version of Postern?",
				   "%s: the answer to OPEN does not follow the protocol", path);
	case -EPIPE:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ECONNRESET, hint_running,
				   "%s: closed without an answer", path);
	case -EACCES:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, EACCES,
				   "this user may not reach the socket: see the permissions of it "
				   "and of its directory",
				   "%s: %s", path, strerror(EACCES));
	default:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, -r, hint_running, "%s: %s",
				   path, strerror(-r));
	}
}

/* Takes apart the first record that came. Returns 0, a failure's number with *ret_told set, or a
 * negative errno. */
static int opened(const struct client_call *call, struct client_connection *c,
		  const struct client_message *m, bool *ret_told)
{
	struct postern_value *tree;
	struct reply_error e;
	int r;

	if (m->header.type == POSTERN_ERROR && m->header.call == 0) {
		r = reply_error_read(m->payload, m->len, &e, &tree);
		if (r < 0)
			return r;
		r = client_fail_with(call->failure, &e);
		*ret_told = true;
		postern_value_free(tree);
		return r;
	}
	if (m->header.type != POSTERN_OPENED)
		return -EBADMSG;
	r = client_pool_signature(call->p, m->payload, m->len, &c->signature);
	if (r < 0)
		return r;
	c->takes_fd = c->signature->opened.signature.result == REPLY_TYPE_FD;
	/* Not the ones that were asked for: a hand-over went wrong, or the socket is another's. */
	if (strcmp(c->signature->opened.entrypoint, call->entrypoint) != 0)
		return -EBADMSG;
	if (call->p->context[0] != '/' &&
	    strcmp(c->signature->opened.context, call->p->context) != 0)
		return -EBADMSG;
	return 0;
}

/* From here on a receive waits, at most as long as the socket's own timeout says. */
static int make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

static int open_entrypoint(struct client_call *call, struct client_connection *c, bool *ret_told)
{
	struct client_message m;
	struct postern_open open;
	int r;

	r = connect_until(call, c->fd);
	if (r == 0)
		r = make_blocking(c->fd);
	if (r < 0)
		return r;
	r = wire_open_write(&open, call->entrypoint, call->p->network);
	if (r < 0)
		return r;
	memcpy(c->record, &open, sizeof(open));
	/* Even when nobody reads any more, the reason may lie ready. */
	call->now = client_now();
	r = client_send(call, c, sizeof(open));
	if (r < 0 && r != -EPIPE)
		return r;
	r = client_receive(call, c, &m);
	if (r == 0)
		return -EPIPE;
	if (r < 0)
		return r;
	r = opened(call, c, &m, ret_told);
	free(m.large);
	return r;
}

static int connect_once(struct client_call *call, struct client_connection **ret, bool *ret_told)
{
	struct client_connection *c = malloc(sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	/* The record's 64 KiB stay as they are: they are written before they are read. */
	memset(c, 0, offsetof(struct client_connection, record));
	c->process = client_process();
	(void)memcpy(c->entrypoint, call->entrypoint, strlen(call->entrypoint));
	c->fd = new_socket();
	client_pool_use(call->p, c);
	r = c->fd < 0 ? c->fd : open_entrypoint(call, c, ret_told);
	if (r < 0) {
		client_connection_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

/*
 * posternd is away for a moment: killed, and about to be started again (its sockets are there, and
 * nobody listens), or it ended between connection and OPENED. One that was stopped takes its
 * sockets away, and is not waited for.
 */
static bool is_away(int r, unsigned *closed)
{
	return r == -ECONNREFUSED || (r == -EPIPE && ++*closed < CLIENT_CLOSED_MAX);
}

/* Nothing was called yet, so that it can be tried again without harm. */
APART int client_connect(struct client_call *call, struct client_connection **ret)
{
	/* As long as the caller said, or as long as a start may take. */
	uint64_t until = call->wait_ns ? call->deadline : client_now() + CLIENT_AWAY_NS;
	uint64_t nap = CONNECT_NAP_NS;
	unsigned closed = 0;

	for (;;) {
		struct timespec pause;
		bool told = false;
		int r = connect_once(call, ret, &told);
		uint64_t now = client_now();

		if (r == 0 || told)
			return r;
		if (client_cancelled(call))
			return client_fail_cancelled(call);
		if (!is_away(r, &closed) || now >= until)
			return open_failed(call, r);
		pause = timespec_of(MIN_OF(nap, until - now));
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		nap = MIN_OF(2 * nap, CONNECT_NAP_AWAY_NS);
	}
}
