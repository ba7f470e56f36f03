/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Descriptors by SCM_RIGHTS: in, to their arguments, out, and closed again. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "helper/passed.h"

/* The most that a manifest's limits.open_files can be. */
#define NUMBERS_MAX (1 << 20)

union control {
	char room[CMSG_SPACE(ARGUMENT_FDS_MAX * sizeof(int))];
	struct cmsghdr header;
};

static void take_rights(struct msghdr *message, struct passed *p)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		size_t len = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		p->len = MIN_OF(len / sizeof(int), ARRAY_SIZE(p->fds));
		memcpy(p->fds, CMSG_DATA(c), p->len * sizeof(int));
		return;
	}
}

APART ssize_t passed_receive(int socket, void *to, size_t size, size_t most, struct passed *ret)
{
	struct iovec iov = {.iov_base = to, .iov_len = size};
	union control control = {};
	/* Not CMSG_SPACE(): what fills up to a multiple of eight would be room for one more. */
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = most ? &control : NULL,
		.msg_controllen =
			most ? CMSG_LEN(MIN_OF(most, (size_t)ARGUMENT_FDS_MAX) * sizeof(int)) : 0,
	};
	ssize_t n;

	*ret = (struct passed){};
	do {
		n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	take_rights(&message, ret);
	for (size_t i = 0; i < ret->len; i++) {
		struct stat st = {};

		(void)fstat(ret->fds[i], &st);
		ret->devices[i] = st.st_dev;
		ret->inodes[i] = st.st_ino;
	}
	ret->cut = message.msg_flags & MSG_CTRUNC;
	return n;
}

static int misnamed(const struct passed *p, int64_t number, size_t most,
		    char message[PASSED_MESSAGE_MAX])
{
	if (p->cut && p->len < most && number == (int64_t)p->len)
		(void)snprintf(message, PASSED_MESSAGE_MAX,
			       "the kernel kept it back: it is of no kind that the signature takes "
			       "anywhere, as postern log says, or limits.open_files is reached");
	else
		(void)snprintf(message, PASSED_MESSAGE_MAX,
			       "it is descriptor %lld of the record, which came with %zu",
			       (long long)number, p->len);
	return -EINVAL;
}

APART int passed_assign(const struct passed *p, const struct manifest_entrypoint *e,
			struct postern_value *values, size_t *ret_at,
			char message[PASSED_MESSAGE_MAX])
{
	size_t used = 0;
	bool taken[ARGUMENT_FDS_MAX] = {};

	for (size_t i = 0; i < e->arguments_len; i++) {
		struct postern_value *v = &values[i];

		*ret_at = i;
		if (e->arguments[i].type != ARGUMENT_FD || v->kind == POSTERN_KIND_NIL)
			continue;
		if (v->kind != POSTERN_KIND_INTEGER || v->integer < 0 ||
		    v->integer >= ARGUMENT_FDS_MAX) {
			(void)snprintf(message, PASSED_MESSAGE_MAX,
				       "expected a descriptor's number in the record");
			return -EINVAL;
		}
		if (v->integer >= (int64_t)p->len)
			return misnamed(p, v->integer, argument_fds(e->arguments, e->arguments_len),
					message);
		if (taken[v->integer]) {
			(void)snprintf(message, PASSED_MESSAGE_MAX,
				       "another argument has the same descriptor of the record");
			return -EINVAL;
		}
		taken[v->integer] = true;
		used++;
		*v = (struct postern_value){.kind = POSTERN_KIND_FD, .integer = p->fds[v->integer]};
	}
	*ret_at = e->arguments_len;
	if (used == p->len && !p->cut)
		return 0;
	(void)snprintf(message, PASSED_MESSAGE_MAX,
		       "%zu descriptors belong to the arguments, and %s came", used,
		       p->cut ? "more or others" : "more");
	return -EINVAL;
}

static bool is_of(const struct passed *p, const struct stat *st)
{
	for (size_t i = 0; i < p->len; i++)
		if (st->st_dev == p->devices[i] && st->st_ino == p->inodes[i])
			return true;
	return false;
}

APART void passed_drop_result(struct passed *p)
{
	if (p->has_result)
		(void)close(p->result);
	p->has_result = false;
}

void passed_give(struct passed *p, int fd)
{
	if (p->has_result && p->result != fd)
		passed_drop_result(p);
	p->has_result = true;
	p->result = fd;
}

static void close_if_of(const struct passed *p, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && is_of(p, &st))
		(void)close(fd);
}

/* Which numbers are open is told by one system call; without memory for it, each is looked at. It
 * does not know those of O_PATH, as one that came may be. */
void passed_close(struct passed *p)
{
	struct rlimit limit = {.rlim_cur = NUMBERS_MAX};
	cleanup_free struct pollfd *open = NULL;
	size_t most;

	passed_drop_result(p);
	if (p->len == 0)
		return;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	most = (size_t)MIN_OF(limit.rlim_cur, (rlim_t)NUMBERS_MAX);
	open = calloc(most, sizeof(*open));
	for (size_t i = 0; open && i < most; i++)
		open[i].fd = (int)i;
	if (open && poll(open, most, 0) < 0)
		memset(open, 0, most * sizeof(*open));
	for (size_t i = 0; i < p->len; i++)
		close_if_of(p, p->fds[i]);
	for (size_t i = STDERR_FILENO + 1; i < most; i++)
		if (!open || !(open[i].revents & POLLNVAL))
			close_if_of(p, (int)i);
	*p = (struct passed){};
}

APART int passed_send(int socket, const void *record, size_t len, const struct passed *p)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)record, .iov_len = len};
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	ssize_t n;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(p->result));
	memcpy(CMSG_DATA(header), &p->result, sizeof(p->result));
	do {
		n = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}
