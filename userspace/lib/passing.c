/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending and receiving records with descriptors. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/passing.h"

union ancillary {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(PASSING_FDS_MAX * sizeof(int))];
};

static void attach(struct msghdr *msg, union ancillary *room, const int *fds, size_t len)
{
	struct cmsghdr *c;

	msg->msg_control = room->bytes;
	msg->msg_controllen = CMSG_SPACE(len * sizeof(int));
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(len * sizeof(int));
	memcpy(CMSG_DATA(c), fds, len * sizeof(int));
}

int passing_send(int socket, const void *data, size_t size, const int *fds, size_t fds_len,
		 int flags)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union ancillary room = {};
	ssize_t n;

	if (fds_len > PASSING_FDS_MAX)
		return -EINVAL;
	if (fds_len > 0)
		attach(&msg, &room, fds, fds_len);
	do {
		n = fds_len > 0 ? sendmsg(socket, &msg, flags | MSG_NOSIGNAL)
				: send(socket, data, size, flags | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == (ssize_t)size ? 0 : -EIO;
}

/* At most what the buffer had room for came along; alignment may have left room for one more. */
static size_t collect(struct msghdr *msg, int *fds, size_t max, bool *ret_more)
{
	size_t len = 0;

	*ret_more = msg->msg_flags & MSG_CTRUNC;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t here;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < here; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (len < max) {
				fds[len++] = fd;
			} else {
				(void)close(fd);
				*ret_more = true;
			}
		}
	}
	return len;
}

int passing_receive(int socket, void *data, size_t size, int *fds, size_t fds_max,
		    size_t *ret_fds_len, int flags)
{
	struct iovec iov = {.iov_base = data, .iov_len = size};
	union ancillary room;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = room.bytes};
	size_t len;
	ssize_t n;
	bool more;

	if (fds_max > PASSING_FDS_MAX)
		return -EINVAL;
	msg.msg_controllen = CMSG_SPACE(fds_max * sizeof(int));
	do {
		n = recvmsg(socket, &msg, flags | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	len = collect(&msg, fds, fds_max, &more);
	if (n == 0 && len == 0 && !more)
		return 0;
	if (n != (ssize_t)size || msg.msg_flags & MSG_TRUNC || more) {
		for (size_t i = 0; i < len; i++)
			(void)close(fds[i]);
		return -EBADMSG;
	}
	*ret_fds_len = len;
	return 1;
}
