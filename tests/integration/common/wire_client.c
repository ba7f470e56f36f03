/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A client without the library, which may send what it likes. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/reply.h"
#include "lib/wire.h"
#include "tests/integration/common/trial.h"

int trial_connect(const char *context)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), POSTERN_SOCKET_DIR "/%s.sock",
		       context);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		trial_bail("connect to %s: %s", address.sun_path, strerror(errno));
	return fd;
}

bool trial_send(int fd, const void *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

int trial_open(const char *context, const char *entrypoint)
{
	struct postern_open open;
	int fd = trial_connect(context);

	if (wire_open_write(&open, entrypoint, NULL) < 0 || !trial_send(fd, &open, sizeof(open)))
		trial_bail("send an OPEN to %s.%s", context, entrypoint);
	return fd;
}

bool trial_send_fd(int fd, const void *data, size_t len, int passed)
{
	union {
		char data[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.data,
			     .msg_controllen = sizeof(control.data)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &passed, sizeof(int));
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)len;
}

ssize_t trial_receive(int fd, void *buf, size_t size, unsigned ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, (int)ms) <= 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	n = recv(fd, buf, size, 0);
	/* Said once when something of ours was not read; what was sent lies behind it. */
	if (n < 0 && errno == ECONNRESET)
		n = recv(fd, buf, size, 0);
	return n < 0 && errno == ECONNRESET ? 0 : n;
}

bool trial_receivable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

int trial_code(const void *data, size_t len)
{
	struct postern_value *tree;
	struct postern_header h;
	struct reply_error e;

	if (wire_header(data, len, &h) < 0)
		return -1;
	if (h.type != POSTERN_ERROR)
		return 0;
	if (reply_error_read((const unsigned char *)data + sizeof(h), len - sizeof(h), &e, &tree) <
	    0)
		return -1;
	postern_value_free(tree);
	return (int)e.code;
}

int trial_refusal(int fd, unsigned ms)
{
	static unsigned char record[POSTERN_RECORD_MAX];
	int code = 0;

	for (;;) {
		ssize_t n = trial_receive(fd, record, sizeof(record), ms);

		if (n <= 0)
			return n == 0 ? code : -1;
		code = trial_code(record, (size_t)n);
		if (code < 0)
			return -1;
	}
}
