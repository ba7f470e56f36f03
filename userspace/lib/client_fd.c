/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: descriptors that go with a call, and one that comes with its result. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/client.h"

#define FIRST_FREE 3 /* not the number of a standard stream that was closed */

int postern_args_fd(struct postern_args *args, const char *name, int fd)
{
	struct client_fds *fds;
	int r;

	if (!args)
		return -ENOMEM;
	fds = &args->fds;
	if (!args->error && (fd < 0 || fcntl(fd, F_GETFD) < 0))
		return client_args_error(args, name, -EBADF);
	if (!args->error && fds->len == ARRAY_SIZE(fds->fds))
		return client_args_error(args, name, -EMFILE);
	/* What travels in the record is its number among those that come along. */
	r = postern_args_integer(args, name, (int64_t)fds->len);
	if (r < 0)
		return r;
	fds->at[fds->len] = args->len - 1;
	fds->fds[fds->len++] = fd;
	return 0;
}

bool client_fds_has(const struct client_fds *fds, size_t argument)
{
	for (size_t i = 0; i < fds->len; i++)
		if (fds->at[i] == argument)
			return true;
	return false;
}

static_assert(CLIENT_CONTROL_MAX == CMSG_SPACE(CLIENT_FDS_MAX * sizeof(int)),
	      "there is room for all descriptors of a call");

void client_fds_put(const struct client_fds *fds, void *room, struct msghdr *message)
{
	struct cmsghdr *header = room;

	memset(room, 0, CLIENT_CONTROL_MAX);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(fds->len * sizeof(int));
	memcpy(CMSG_DATA(header), fds->fds, fds->len * sizeof(int));
	message->msg_control = room;
	message->msg_controllen = CMSG_SPACE(fds->len * sizeof(int));
}

/* Away from the numbers of standard streams. */
static int moved(int fd)
{
	int other;

	if (fd >= FIRST_FREE)
		return fd;
	other = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
	(void)close(fd);
	return other;
}

APART ssize_t client_fd_receive(struct client_connection *c, void *to, size_t size, int flags)
{
	struct iovec iov = {.iov_base = to, .iov_len = size};
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {};
	/* Not the whole room, which would take two. */
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	const struct cmsghdr *header;
	ssize_t n = recvmsg(c->fd, &message, flags | MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0)
		return n;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd))) {
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
		client_fd_drop(c);
		c->came = moved(fd) + 1;
	}
	if (!(message.msg_flags & MSG_CTRUNC))
		return n;
	errno = EBADMSG;
	return -1;
}

bool client_fd_drop(struct client_connection *c)
{
	if (!c->came)
		return false;
	(void)close(c->came - 1);
	c->came = 0;
	return true;
}

APART int client_fd_result(struct client_connection *c, struct postern_value *result)
{
	if (result->kind != POSTERN_KIND_INTEGER || result->integer != 0 || !c->came)
		return -EBADMSG;
	*result = (struct postern_value){.kind = POSTERN_KIND_FD, .integer = c->came - 1};
	c->came = 0;
	return 0;
}
