/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the child that reads manifests sends to its supervisor. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "supervisor/reload_read.h"

union record_fds {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(READ_DIRECTORIES_MAX * sizeof(int))];
};

int record_send(int socket, const struct read_record *record, const int *fds, size_t fds_len)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)record, .iov_len = sizeof(*record)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union record_fds control = {};
	ssize_t n;

	if (fds_len > READ_DIRECTORIES_MAX)
		return -E2BIG;
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
	do {
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int record_receive(int socket, struct read_record *ret, int *fds, size_t *ret_fds_len)
{
	struct iovec iov = {.iov_base = ret, .iov_len = sizeof(*ret)};
	union record_fds control;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	size_t len = 0;
	ssize_t n;

	do {
		n = recvmsg(socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		len = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), len * sizeof(int));
	}
	*ret_fds_len = len;
	if (n == (ssize_t)sizeof(*ret) && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return 1;
	for (size_t i = 0; i < len; i++)
		(void)close(fds[i]);
	*ret_fds_len = 0;
	return -EBADMSG;
}

int record_ids(struct read_record *record, const struct manifest *m)
{
	const uint32_t *lists[] = {m->uids, m->gids, m->caller_uids, m->caller_gids};
	const size_t lens[] = {m->uids_len, m->gids_len, m->caller_uids_len, m->caller_gids_len};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (lens[i] > ARRAY_SIZE(record->ids) - used)
			return -E2BIG;
		if (lens[i])
			memcpy(&record->ids[used], lists[i], lens[i] * sizeof(record->ids[0]));
		record->ids_len[i] = (uint32_t)lens[i];
		used += lens[i];
	}
	record->user = m->user;
	record->group = m->group;
	return 0;
}

int record_ids_put(const struct read_record *record, struct manifest *m)
{
	uint32_t *lists[] = {m->uids, m->gids, m->caller_uids, m->caller_gids};
	const size_t lens[] = {m->uids_len, m->gids_len, m->caller_uids_len, m->caller_gids_len};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (lens[i] != record->ids_len[i] || lens[i] > ARRAY_SIZE(record->ids) - used)
			return -EPROTO;
		if (lens[i])
			memcpy(lists[i], &record->ids[used], lens[i] * sizeof(record->ids[0]));
		used += lens[i];
	}
	m->user = record->user;
	m->group = record->group;
	return 0;
}
