/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to send a netlink message. */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/escape/attack.h"
#include "tests/escape/attack_ring.h"
#include "tests/escape/attack_send.h"

static ssize_t by_bytes(int fd, const struct message *m)
{
	static struct iovec parts[1024];
	struct msghdr all = {.msg_iov = parts, .msg_iovlen = m->len};

	if (m->len > ARRAY_SIZE(parts))
		return -1;
	for (size_t i = 0; i < m->len; i++)
		parts[i] = (struct iovec){(void *)(m->data + i), 1};
	return sendmsg(fd, &all, 0);
}

static ssize_t by_many(int fd, const struct message *m)
{
	struct iovec part = {(void *)m->data, m->len};
	struct mmsghdr one = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};

	return sendmmsg(fd, &one, 1, 0) == 1 ? (ssize_t)m->len : -1;
}

static ssize_t by_pipe(int fd, const struct message *m, bool pages)
{
	struct iovec part = {(void *)m->data, m->len};
	ssize_t n = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if ((pages ? vmsplice(ends[1], &part, 1, 0) : write(ends[1], m->data, m->len)) ==
	    (ssize_t)m->len)
		n = splice(ends[0], NULL, fd, NULL, m->len, 0);
	(void)close(ends[1]);
	(void)close(ends[0]);
	return n;
}

static ssize_t by_file(int fd, const struct message *m)
{
	cleanup_close int file =
		open("/srv/area/ok/message", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	off_t at = 0;

	if (file < 0 || write(file, m->data, m->len) != (ssize_t)m->len)
		return -1;
	return sendfile(fd, file, &at, m->len);
}

/* Netlink takes the flag, and has no such option (EOPNOTSUPP): it copies all the same. */
static ssize_t by_zerocopy(int fd, const struct message *m, bool option)
{
	const int on = 1;

	if (option)
		(void)setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on));
	return send(fd, m->data, m->len, MSG_ZEROCOPY);
}

static ssize_t by_aio(int fd, const struct message *m)
{
	struct iocb request = {.aio_lio_opcode = IOCB_CMD_PWRITE,
			       .aio_fildes = (uint32_t)fd,
			       .aio_buf = (uintptr_t)m->data,
			       .aio_nbytes = m->len};
	struct iocb *requests[] = {&request};
	struct io_event event = {};
	aio_context_t ring = 0;
	ssize_t n = -1;

	if (syscall(SYS_io_setup, 1, &ring) < 0)
		return -1;
	if (syscall(SYS_io_submit, ring, 1, requests) == 1 &&
	    syscall(SYS_io_getevents, ring, 1, 1, &event, NULL) == 1) {
		n = (ssize_t)event.res;
		errno = n < 0 ? (int)-n : 0;
	}
	(void)syscall(SYS_io_destroy, ring);
	return n < 0 ? -1 : n;
}

/* which: the request; with "async", by a worker of the ring. */
static ssize_t by_ring(int fd, const struct message *m, const char *which)
{
	struct iovec part = {(void *)m->data, m->len};
	struct msghdr all = {.msg_iov = &part, .msg_iovlen = 1};
	struct io_uring_sqe entry = {.opcode = IORING_OP_SEND,
				     .fd = fd,
				     .flags = strstr(which, "async") ? IOSQE_ASYNC : 0,
				     .addr = (uintptr_t)m->data,
				     .len = (uint32_t)m->len};
	struct ring ring;
	int r = ring_make(&ring);

	if (strstr(which, "zerocopy"))
		entry.opcode = IORING_OP_SEND_ZC;
	if (strstr(which, "message")) {
		entry.opcode = IORING_OP_SENDMSG;
		entry.addr = (uintptr_t)&all;
		entry.len = 1;
	}
	if (strstr(which, "write"))
		entry.opcode = IORING_OP_WRITE;
	if (r == 0) {
		r = ring_run(&ring, &entry);
		(void)close(ring.fd);
	} else {
		r = -r;
	}
	errno = r < 0 ? -r : 0;
	return r < 0 ? -1 : r;
}

ssize_t attack_send(int fd, const struct message *m, const char *way)
{
	const struct iovec part = {(void *)m->data, m->len};

	if (strcmp(way, "write") == 0)
		return write(fd, m->data, m->len);
	if (strcmp(way, "writev") == 0)
		return writev(fd, &part, 1);
	if (strcmp(way, "bytes") == 0)
		return by_bytes(fd, m);
	if (strcmp(way, "sendmmsg") == 0)
		return by_many(fd, m);
	if (strcmp(way, "splice") == 0)
		return by_pipe(fd, m, false);
	if (strcmp(way, "vmsplice") == 0)
		return by_pipe(fd, m, true);
	if (strcmp(way, "sendfile") == 0)
		return by_file(fd, m);
	if (strcmp(way, "aio") == 0)
		return by_aio(fd, m);
	if (strncmp(way, "uring ", 6) == 0)
		return by_ring(fd, m, way + 6);
	if (strncmp(way, "zerocopy", 8) == 0)
		return by_zerocopy(fd, m, way[8]);
	return send(fd, m->data, m->len, 0);
}
