/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The client connections that a worker serves. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "helper/connection.h"
#include "lib/reply.h"

/* More records than a socket's queue holds (net.unix.max_dgram_qlen does not bound this kind, its
 * buffer does). */
#define UNREAD_MAX 4096

int connections_begin(struct connections *all, int channel, size_t most, struct error *err)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
		return error_set(err, errno, "make an epoll");
	*all = (struct connections){.most = most, .epoll = epoll, .channel = channel};
	return 0;
}

static int closed_tell(const struct connections *all, uint64_t id, int status)
{
	const struct control_record record = {
		.type = CONTROL_CLOSED, .connection = id, .status = status};

	return control_send(all->channel, &record, NULL, 0, 0);
}

int connection_send(const struct connection *c, const void *record, size_t len)
{
	ssize_t n;

	do {
		n = send(c->fd, record, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

ssize_t connection_receive(const struct connection *c, void *to)
{
	ssize_t n;

	do {
		n = recv(c->fd, to, POSTERN_RECORD_MAX + 1, MSG_DONTWAIT | MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int connection_send_log(const struct connection *c, const void *record, size_t len)
{
	int r = reply_log_room(c->fd, len);

	return r < 0 ? r : connection_send(c, record, len);
}

/*
 * Closing a socket with unread records in it makes the client's next recv() fail with ECONNRESET
 * (net/unix/af_unix.c, unix_release_sock), in place of the error that it was sent. So they are
 * thrown away first, none of them read, and no more are let in.
 */
static void descriptor_close(int fd)
{
	char none;

	(void)shutdown(fd, SHUT_RD);
	for (int i = 0; i < UNREAD_MAX; i++)
		if (recv(fd, &none, 0, MSG_DONTWAIT | MSG_TRUNC) <= 0)
			break;
	(void)close(fd);
}

static int refuse(const struct connections *all, const struct connection *c)
{
	unsigned char reply[REPLY_ERROR_MAX];
	size_t len = reply_error(reply, 0, POSTERN_BUSY, "the worker has no room for a connection",
				 "try again later, or raise limits.connections", 0, 0);
	int r;

	(void)connection_send(c, reply, len);
	r = closed_tell(all, c->id, -EUSERS);
	descriptor_close(c->fd);
	return r < 0 ? r : -EUSERS;
}

int connections_watch(struct connections *all, struct connection *c, bool watch)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};

	if (epoll_ctl(all->epoll, watch ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, c->fd, &event) < 0)
		return -errno;
	return 0;
}

bool connections_full(const struct connections *all)
{
	return all->len >= all->most;
}

int connections_add(struct connections *all, const struct control_record *serve, int fd,
		    struct connection **ret)
{
	struct connection none = {.fd = fd, .id = serve->connection};
	struct connection *c;

	if (connections_full(all))
		return refuse(all, &none);
	c = calloc(1, sizeof(*c));
	if (!c)
		return refuse(all, &none);
	c->fd = fd;
	c->id = serve->connection;
	c->shut = serve->flags & CONTROL_SHUT;
	memcpy(c->groups, serve->groups, serve->groups_len * sizeof(c->groups[0]));
	c->caller = (struct invocation_caller){.uid = serve->uid,
					       .gid = serve->gid,
					       .pid = serve->pid,
					       .groups = c->groups,
					       .groups_len = serve->groups_len};
	if (connections_client_add(all, c) < 0) {
		free(c);
		return refuse(all, &none);
	}
	if (connections_watch(all, c, true) < 0) {
		connections_client_remove(all, c);
		free(c);
		return refuse(all, &none);
	}
	c->next = all->first;
	if (c->next)
		c->next->previous = c;
	all->first = c;
	all->len++;
	*ret = c;
	return 0;
}

static void take_out(struct connections *all, struct connection *c)
{
	if (c->next)
		c->next->previous = c->previous;
	if (c->previous)
		c->previous->next = c->next;
	else
		all->first = c->next;
	all->len--;
	connections_client_remove(all, c);
	/* A copy of the descriptor in a child would keep it in the epoll: taken out by hand. */
	if (!c->busy)
		(void)connections_watch(all, c, false);
}

void connections_forget(struct connections *all, struct connection *c)
{
	take_out(all, c);
	(void)close(c->fd);
	free(c);
}

/* The supervisor is told first: on its own copy a socket that is shut down for receiving looks as
 * if the client had cancelled its call (supervisor/cancel.c). */
int connections_close(struct connections *all, struct connection *c, int status)
{
	int r;

	take_out(all, c);
	r = closed_tell(all, c->id, status);
	descriptor_close(c->fd);
	free(c);
	return r;
}

bool connection_cancelled(const struct connection *c, uint32_t events)
{
	return events & EPOLLRDHUP && !(events & (EPOLLHUP | EPOLLERR)) && !c->shut;
}

int connections_cancel(struct connections *all, struct connection *c)
{
	unsigned char reply[REPLY_ERROR_MAX];
	size_t len = reply_error(reply, 0, POSTERN_CANCELLED,
				 "the call was cancelled by its caller", NULL, 0, ECANCELED);

	(void)connection_send(c, reply, len);
	return connections_close(all, c, -ECANCELED);
}
