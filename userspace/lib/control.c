/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending and receiving the fixed-size records between supervisor, helper and worker. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/control.h"

/* Room for exactly CONTROL_FDS_MAX descriptors: of more, the kernel says MSG_CTRUNC. */
union control_fds {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(CONTROL_FDS_MAX * sizeof(int))];
};

int control_send(int fd, const struct control_record *record, const int *fds, size_t fds_len,
		 int flags)
{
	struct iovec iov = {.iov_base = (void *)record, .iov_len = sizeof(*record)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union control_fds control = {};
	ssize_t n;

	if (fds_len > CONTROL_FDS_MAX)
		return -EINVAL;
	if (fds_len > 0) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(fds_len * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds_len * sizeof(int));
		memcpy(CMSG_DATA(c), fds, fds_len * sizeof(int));
	}
	/* A worker may not call sendmsg (helper/seccomp.h), and sends no descriptors. */
	do {
		n = fds_len > 0 ? sendmsg(fd, &msg, flags | MSG_NOSIGNAL)
				: send(fd, record, sizeof(*record), flags | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == (ssize_t)sizeof(*record) ? 0 : -EIO;
}

/* Gathers the descriptors that came along: at most CONTROL_FDS_MAX fit into the buffer. */
static size_t collect_fds(struct msghdr *msg, int fds[CONTROL_FDS_MAX])
{
	size_t len = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t here;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < here && len < CONTROL_FDS_MAX; i++)
			memcpy(&fds[len++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	return len;
}

static bool record_valid(const struct control_record *record)
{
	return record->groups_len <= CONTROL_GROUPS_MAX &&
	       memchr(record->text, '\0', sizeof(record->text));
}

int control_receive(int fd, struct control_record *ret, int *ret_fds, size_t *ret_fds_len,
		    int flags)
{
	struct control_record record;
	struct iovec iov = {.iov_base = &record, .iov_len = sizeof(record)};
	union control_fds control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int fds[CONTROL_FDS_MAX];
	size_t fds_len;
	ssize_t n;

	do {
		n = recvmsg(fd, &msg, flags | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	fds_len = collect_fds(&msg, fds);
	if (n == 0 && fds_len == 0 && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return 0;
	if (n != (ssize_t)sizeof(record) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    !record_valid(&record)) {
		for (size_t i = 0; i < fds_len; i++)
			(void)close(fds[i]);
		return -EBADMSG;
	}
	*ret = record;
	memcpy(ret_fds, fds, fds_len * sizeof(int));
	*ret_fds_len = fds_len;
	return 1;
}
