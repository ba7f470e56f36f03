/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: one connection, and records over it until a deadline. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/client.h"

#define NS_PER_SECOND	    UINT64_C(1000000000)
#define CONNECT_NAP_NS	    UINT64_C(1000000) /* first pause when the listener's queue is full */
#define CONNECT_NAP_MAX_NS  (20 * CONNECT_NAP_NS)
#define CONNECT_NAP_AWAY_NS (256 * CONNECT_NAP_NS)

static const char hint_running[] =
	"is posternd running (systemctl status postern)? Is the context's name right (postern "
	"status)?";

uint64_t client_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND)};
}

/* Waits until the socket has something to say. Returns 0, -ETIMEDOUT or a negative errno. */
static int wait_for(int fd, short events, uint64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		uint64_t now = client_now();
		struct timespec left = timespec_of(now < deadline ? deadline - now : 0);
		int r = ppoll(&p, 1, &left, NULL);

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (now >= deadline)
			return -ETIMEDOUT;
	}
}

int client_send(struct client_connection *c, size_t len, uint64_t deadline)
{
	bool reset = false;

	c->used = MAX_OF(c->used, len);
	for (;;) {
		ssize_t n = send(c->fd, c->record, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r;

		if (n == (ssize_t)len)
			return 0;
		if (n >= 0)
			return -EIO;
		if (errno == EINTR)
			continue;
		/* The other end closed with a record unread: said once, then EPIPE. */
		if (errno == ECONNRESET && !reset) {
			reset = true;
			continue;
		}
		if (errno != EAGAIN)
			return -errno;
		r = wait_for(c->fd, POLLOUT, deadline);
		if (r < 0)
			return r;
	}
}

/* Takes one record from the socket. No descriptors are taken: there is no room for them, so the
 * kernel closes them and says MSG_CTRUNC. */
static ssize_t take_record(struct client_connection *c)
{
	struct iovec iov = {.iov_base = c->record, .iov_len = sizeof(c->record)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return -errno;
	c->used = MAX_OF(c->used, (size_t)n);
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EBADMSG;
	return n;
}

int client_receive(struct client_connection *c, uint64_t deadline, struct postern_header *ret,
		   size_t *ret_len)
{
	bool reset = false;

	for (;;) {
		int r = wait_for(c->fd, POLLIN, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = take_record(c);
		if (n == -EAGAIN || n == -EINTR)
			continue;
		/* The other end closed with a record of ours unread: said once, before what it had
		 * sent, which may be the reason. */
		if (n == -ECONNRESET && !reset) {
			reset = true;
			continue;
		}
		if (n == -ECONNRESET)
			return 0;
		if (n <= 0)
			return (int)n;
		r = wire_header(c->record, (size_t)n, ret);
		if (r < 0)
			return r;
		*ret_len = (size_t)n;
		return 1;
	}
}

bool client_connection_alive(const struct client_connection *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int r;

	/* Between calls nothing is to come: a record or an end both mean that it is used up. */
	do {
		r = poll(&p, 1, 0);
	} while (r < 0 && errno == EINTR);
	return r == 0;
}

void client_connection_close(struct client_connection *c)
{
	if (!c)
		return;
	client_pool_forget(c);
	/* A child that was forked meanwhile has a copy of the descriptor: the worker must see the
	 * end all the same. The other way round, a child must not end its parent's connection. */
	if (c->fd >= 0 && c->pid == getpid())
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

/* connect() of a non-blocking unix socket ends at once; EAGAIN means that the listener's queue is
 * full, and nothing tells when it no longer is (unix(7), net/unix/af_unix.c). */
static int connect_until(int fd, const struct sockaddr_un *address, uint64_t deadline)
{
	uint64_t nap = CONNECT_NAP_NS;

	for (;;) {
		struct timespec pause;
		uint64_t now;

		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		now = client_now();
		if (now >= deadline)
			return -ETIMEDOUT;
		pause = timespec_of(MIN_OF(nap, deadline - now));
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
		  const struct postern_header *h, size_t len, bool *ret_told)
{
	const uint8_t *payload = c->record + sizeof(*h);
	struct postern_value *tree;
	struct reply_error e;
	int r;

	len -= sizeof(*h);
	if (h->type == POSTERN_ERROR && h->call == 0) {
		r = reply_error_read(payload, len, &e, &tree);
		if (r < 0)
			return r;
		r = client_fail_with(call->failure, &e);
		*ret_told = true;
		postern_value_free(tree);
		return r;
	}
	if (h->type != POSTERN_OPENED)
		return -EBADMSG;
	r = client_pool_signature(call->p, payload, len, &c->signature);
	if (r < 0)
		return r;
	/* Not the ones that were asked for: a hand-over went wrong, or the socket is another's. */
	if (strcmp(c->signature->opened.entrypoint, call->entrypoint) != 0)
		return -EBADMSG;
	if (call->p->context[0] != '/' &&
	    strcmp(c->signature->opened.context, call->p->context) != 0)
		return -EBADMSG;
	return 0;
}

static int open_entrypoint(const struct client_call *call, struct client_connection *c,
			   bool *ret_told)
{
	struct postern_open open;
	struct postern_header h;
	size_t len = 0;
	int r;

	r = connect_until(c->fd, &call->p->address, call->deadline);
	if (r < 0)
		return r;
	r = wire_open_write(&open, call->entrypoint, call->p->network);
	if (r < 0)
		return r;
	memcpy(c->record, &open, sizeof(open));
	/* Even when nobody reads any more, the reason may lie ready. */
	r = client_send(c, sizeof(open), call->deadline);
	if (r < 0 && r != -EPIPE)
		return r;
	r = client_receive(c, call->deadline, &h, &len);
	if (r == 0)
		return -EPIPE;
	if (r < 0)
		return r;
	return opened(call, c, &h, len, ret_told);
}

static int connect_once(const struct client_call *call, struct client_connection **ret,
			bool *ret_told)
{
	struct client_connection *c = malloc(sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	/* The record's 64 KiB stay as they are: they are written before they are read. */
	memset(c, 0, offsetof(struct client_connection, record));
	c->pid = getpid();
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
int client_connect(const struct client_call *call, struct client_connection **ret)
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
