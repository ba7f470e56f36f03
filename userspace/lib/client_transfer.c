/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: messages over a connection until a deadline. */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/util.h"
#include "lib/client.h"
#include "lib/wire_head.h"

#define NS_PER_US   UINT64_C(1000)
#define SMALL_BYTES 8192 /* a copy of as much is cheaper than a list of where it lies */
#define PART_MAX    (POSTERN_RECORD_MAX - sizeof(struct postern_header))
#define LARGE_FIRST ((size_t)1024 * 1024)
#define PIECES_MAX  (2 * REPLY_ARGUMENTS_MAX + 1)
#define SEND_FLAGS  (MSG_NOSIGNAL | MSG_DONTWAIT)

uint64_t client_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

/* Waits until the socket has something to say. Returns what, -ETIMEDOUT or a negative errno. */
static int wait_for(struct client_call *call, int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		uint64_t left = call->now < call->deadline ? call->deadline - call->now : 0;
		const struct timespec t = {(time_t)(left / NS_PER_SECOND),
					   (long)(left % NS_PER_SECOND)};
		int r = ppoll(&p, 1, &t, NULL);

		if (r > 0)
			return p.revents;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (left == 0)
			return -ETIMEDOUT;
		call->now = client_now();
	}
}

/* Sends one record: msg, or with NULL the connection's own without descriptors. Returns 1, 0 when
 * something is there to be read and `more` of the message would follow (nobody reads it, maybe), or
 * a negative errno. */
APART static int send_record(struct client_call *call, struct client_connection *c,
			     const struct msghdr *msg, size_t len, bool more)
{
	bool reset = false;

	for (;;) {
		ssize_t n = msg ? sendmsg(c->fd, msg, SEND_FLAGS)
				: send(c->fd, c->record, len, SEND_FLAGS);
		int r;

		if (n == (ssize_t)len)
			return 1;
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
		call->now = client_now();
		r = wait_for(call, c->fd, more ? POLLOUT | POLLIN : POLLOUT);
		if (r < 0)
			return r;
		if (more && r & POLLIN)
			return 0;
	}
}

APART static int send_with_fds(struct client_call *call, struct client_connection *c, size_t len)
{
	struct iovec iov = {.iov_base = c->record, .iov_len = len};
	_Alignas(struct cmsghdr) uint8_t control[CLIENT_CONTROL_MAX];
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	client_fds_put(c->fds, control, &msg);
	return send_record(call, c, &msg, len, false);
}

int client_send(struct client_call *call, struct client_connection *c, size_t len)
{
	int r;

	c->used = MAX_OF(c->used, len);
	/* Mostly that is all; else it is tried again, and then looked at why not. */
	if (!c->fds && send(c->fd, c->record, len, SEND_FLAGS) == (ssize_t)len)
		return 0;
	r = c->fds ? send_with_fds(call, c, len) : send_record(call, c, NULL, len, false);
	return r < 0 ? r : 0;
}

/* Where a payload's bytes lie. */
struct pieces {
	size_t len;
	struct iovec at[PIECES_MAX];
};

static void piece_add(struct pieces *pieces, const void *data, size_t len)
{
	if (len > 0)
		pieces->at[pieces->len++] = (struct iovec){(void *)(uintptr_t)data, len};
}

static void pieces_of(const struct client_payload *payload, struct pieces *pieces)
{
	static const uint8_t nil = WIRE_NIL;

	pieces->len = 0;
	piece_add(pieces, payload->head, payload->head_len);
	for (size_t i = 0; i < payload->given_len; i++) {
		const struct client_argument *a = payload->given[i];

		piece_add(pieces, a ? a->head : &nil, a ? a->head_len : 1);
		if (a)
			piece_add(pieces, a->data, a->len);
	}
}

/* The next `len` bytes of the pieces; *at and *offset: where they begin, and then where they end.
 */
static size_t take_pieces(const struct pieces *pieces, size_t *at, size_t *offset, size_t len,
			  struct iovec *to)
{
	size_t n = 0;

	while (len > 0 && *at < pieces->len) {
		const struct iovec *piece = &pieces->at[*at];
		size_t part = MIN_OF(len, piece->iov_len - *offset);

		to[n].iov_base = (uint8_t *)piece->iov_base + *offset;
		to[n++].iov_len = part;
		len -= part;
		*offset += part;
		if (*offset == piece->iov_len) {
			(*at)++;
			*offset = 0;
		}
	}
	return n;
}

static void header_write(uint8_t *to, const struct postern_header *h, bool first, bool more)
{
	const struct postern_header le = {
		.type = htole16(h->type),
		.flags = htole16((uint16_t)((first ? h->flags : 0) | (more ? POSTERN_MORE : 0))),
		.call = htole64(h->call),
		.deadline = first ? htole64(h->deadline) : 0,
	};

	memcpy(to, &le, sizeof(le));
}

static int send_small(struct client_call *call, struct client_connection *c,
		      const struct postern_header *header, const struct client_payload *payload)
{
	header_write(c->record, header, true, false);
	client_payload_write(payload, c->record + sizeof(*header));
	return client_send(call, c, sizeof(*header) + payload->len);
}

APART static int send_large(struct client_call *call, struct client_connection *c,
			    const struct postern_header *header,
			    const struct client_payload *payload, bool *ret_whole)
{
	_Alignas(struct cmsghdr) uint8_t control[CLIENT_CONTROL_MAX];
	struct iovec iov[PIECES_MAX + 1];
	struct pieces pieces;
	size_t at = 0, offset = 0, left = payload->len;

	pieces_of(payload, &pieces);
	while (left > 0) {
		size_t part = MIN_OF(left, PART_MAX);
		uint8_t head[sizeof(*header)];
		struct msghdr msg = {.msg_iov = iov};
		bool first = left == payload->len;
		int r;

		if (first && c->fds)
			client_fds_put(c->fds, control, &msg);
		left -= part;
		header_write(head, header, first, left > 0);
		iov[0] = (struct iovec){head, sizeof(head)};
		msg.msg_iovlen = 1 + take_pieces(&pieces, &at, &offset, part, iov + 1);
		r = send_record(call, c, &msg, sizeof(head) + part, !first || left > 0);
		if (r > 0)
			continue;
		/* Who refuses a call in the midst of it, or died, says so before it goes. */
		if (r == 0 || (r == -EPIPE && !first)) {
			*ret_whole = false;
			return 0;
		}
		return r;
	}
	return 0;
}

int client_send_call(struct client_call *call, struct client_connection *c,
		     const struct postern_header *header, const struct client_payload *payload,
		     bool *ret_whole)
{
	*ret_whole = true;
	return payload->len <= SMALL_BYTES ? send_small(call, c, header, payload)
					   : send_large(call, c, header, payload, ret_whole);
}

APART static int limit_change(struct client_connection *c, uint64_t left)
{
	struct timeval t;

	c->limit = MAX_OF(left - left / 8, NS_PER_US); /* 0 would be: without end */
	t = (struct timeval){(time_t)(c->limit / NS_PER_SECOND),
			     (suseconds_t)(c->limit % NS_PER_SECOND / NS_PER_US)};
	return setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) < 0 ? -errno : 0;
}

/* Lets the socket itself end a wait, a little before the deadline, so that the same number does for
 * the next calls too. */
static int limit_set(struct client_call *call, struct client_connection *c)
{
	uint64_t left = call->now < call->deadline ? call->deadline - call->now : 0;

	if (left == 0)
		return -ETIMEDOUT;
	return c->limit && c->limit <= left && c->limit >= left / 2 ? 0 : limit_change(c, left);
}

/* Takes one record of at most POSTERN_RECORD_MAX bytes; there is room for one more. A
 * descriptor is taken where the result is one; without room for them the kernel closes them.
 * Returns its length, 0 at the end of the stream, or a negative errno. */
static inline ssize_t take_record(struct client_call *call, struct client_connection *c,
				  uint8_t *to)
{
	bool reset = false, late = false;

	for (;;) {
		int r = limit_set(call, c), flags;
		ssize_t n;

		if (r < 0 && (r != -ETIMEDOUT || late))
			return r;
		late = r < 0; /* what is there already is not late */
		flags = MSG_TRUNC | (late ? MSG_DONTWAIT : 0);
		n = c->takes_fd ? client_fd_receive(c, to, POSTERN_RECORD_MAX, flags)
				: recv(c->fd, to, POSTERN_RECORD_MAX, flags);
		if (n >= 0)
			return n > POSTERN_RECORD_MAX ? -EBADMSG : n;
		/* The other end closed with a record of ours unread: said once, before what it had
		 * sent, which may be the reason. */
		if (errno == ECONNRESET && !reset) {
			reset = true;
			continue;
		}
		if (errno == ECONNRESET)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		call->now = client_now();
	}
}

/* realloc() may leave a copy behind. */
static uint8_t *grow_secret(const struct client_message *m, size_t size)
{
	uint8_t *larger = malloc(size);

	if (larger && m->large) {
		memcpy(larger, m->large, m->large_used);
		explicit_bzero(m->large, m->large_used);
		free(m->large);
	}
	return larger;
}

static int grow(const struct client_connection *c, struct client_message *m, size_t *room)
{
	size_t wanted = *room ? 2 * *room : LARGE_FIRST;
	uint8_t *larger;

	/* A decoded text's NUL stands behind it. */
	if (m->len + POSTERN_RECORD_MAX < *room)
		return 0;
	larger = c->signature && c->signature->secret ? grow_secret(m, wanted)
						      : realloc(m->large, wanted);
	if (!larger)
		return -ENOMEM;
	m->large = larger;
	*room = wanted;
	return 0;
}

/*
 * The records of a message whose first one is in c->record. Each is received so that its payload
 * comes to lie behind the others': its header stands for a moment in place of their last bytes.
 */
APART static int collect(struct client_call *call, struct client_connection *c,
			 struct client_message *m)
{
	uint8_t covered[sizeof(m->header)];
	struct postern_header h = m->header;
	size_t room = 0;

	while (h.flags & POSTERN_MORE) {
		uint8_t *at;
		ssize_t n;
		int r;

		if (m->len > WIRE_PAYLOAD_MAX || m->len == 0)
			return -EBADMSG;
		r = grow(c, m, &room);
		if (r < 0)
			return r;
		if (m->payload == c->record + sizeof(h))
			memcpy(m->large, c->record, sizeof(h) + m->len);
		m->payload = m->large + sizeof(h);
		at = m->payload + m->len - sizeof(h);
		memcpy(covered, at, sizeof(h));
		m->large_used = m->len + POSTERN_RECORD_MAX;
		call->now = client_now();
		n = take_record(call, c, at);
		if (n <= 0)
			return n < 0 ? (int)n : 0;
		r = wire_header(at, (size_t)n, &h);
		if (r < 0)
			return r;
		/* What goes wrong meanwhile is told in place of the rest. */
		if (h.type == POSTERN_ERROR) {
			memmove(c->record, at, (size_t)n);
			m->header = h;
			m->payload = c->record + sizeof(h);
			m->len = (size_t)n - sizeof(h);
			return 1;
		}
		if (h.type != m->header.type || h.call != m->header.call || n == sizeof(h))
			return -EBADMSG;
		memcpy(at, covered, sizeof(h));
		m->len += (size_t)n - sizeof(h);
	}
	return m->len > WIRE_PAYLOAD_MAX ? -EBADMSG : 1;
}

/* By its bytes, before anything is read out of them: what is not the same is looked at. */
bool client_receive_nil(struct client_call *call, struct client_connection *c)
{
	const struct postern_header expected = {
		.type = htole16(POSTERN_RETURN),
		.call = htole64(c->last_call),
	};
	ssize_t n = take_record(call, c, c->record);

	if (n == sizeof(expected) + 1 && memcmp(c->record, &expected, sizeof(expected)) == 0 &&
	    c->record[sizeof(expected)] == WIRE_NIL)
		return true;
	c->taken = true;
	c->taken_len = (int)n;
	return false;
}

int client_receive(struct client_call *call, struct client_connection *c,
		   struct client_message *ret)
{
	ssize_t n;
	int r;

	n = c->taken ? c->taken_len : take_record(call, c, c->record);
	c->taken = false;
	if (n <= 0)
		return (int)n;
	c->used = MAX_OF(c->used, (size_t)n);
	r = wire_header(c->record, (size_t)n, &ret->header);
	if (r < 0)
		return r;
	ret->payload = c->record + sizeof(ret->header);
	ret->len = (size_t)n - sizeof(ret->header);
	ret->large = NULL;
	ret->large_used = 0;
	if (!(ret->header.flags & POSTERN_MORE))
		return 1;
	r = collect(call, c, ret);
	if (r <= 0)
		client_message_clear(c, ret);
	return r;
}
