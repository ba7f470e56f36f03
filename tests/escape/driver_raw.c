/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections by hand, for what libpostern would never send. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>

#include "base/util.h"
#include "lib/reply.h"
#include "lib/wire.h"
#include "tests/escape/driver_private.h"

#define ALICE	1000
#define WAIT_MS 30000
#define CALL	77

bool driver_kernel_at_least(unsigned major, unsigned minor)
{
	unsigned is_major = 0, is_minor = 0;
	struct utsname name;

	(void)uname(&name);
	(void)sscanf(name.release, "%u.%u", &is_major, &is_minor);
	return is_major > major || (is_major == major && is_minor >= minor);
}

static ssize_t receive(int connection, void *data, size_t size)
{
	struct pollfd p = {.fd = connection, .events = POLLIN};

	if (poll(&p, 1, WAIT_MS) <= 0)
		driver_bail("nothing came on a connection");
	return recv(connection, data, size, 0);
}

int driver_connect(const char *context, const char *entrypoint)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct postern_open o = {
		.magic = POSTERN_MAGIC,
		.type = POSTERN_OPEN,
		.version = POSTERN_PROTOCOL_VERSION,
	};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), r;
	static char reply[POSTERN_RECORD_MAX];
	struct postern_header h;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), POSTERN_SOCKET_DIR "/%s.sock",
		       context);
	(void)snprintf(o.entrypoint, sizeof(o.entrypoint), "%s", entrypoint);
	/* The peer's effective ids are those of this moment (unix(7), SO_PEERCRED). */
	if (seteuid(ALICE) < 0)
		driver_bail("seteuid: %s", strerror(errno));
	r = connect(fd, (const struct sockaddr *)&address, sizeof(address));
	if (seteuid(0) < 0 || r < 0)
		driver_bail("connect to %s: %s", address.sun_path, strerror(errno));
	if (send(fd, &o, sizeof(o), MSG_NOSIGNAL) != (ssize_t)sizeof(o))
		driver_bail("send OPEN: %s", strerror(errno));
	if (receive(fd, reply, sizeof(reply)) < (ssize_t)sizeof(h))
		driver_bail("no OPENED from %s", context);
	memcpy(&h, reply, sizeof(h));
	if (h.type != POSTERN_OPENED)
		driver_bail("record %u instead of OPENED", h.type);
	return fd;
}

void driver_send_call(int connection, const char *name, const char *path, const char *other)
{
	static unsigned char record[8192];
	struct wire_writer w;

	wire_start(&w, record, sizeof(record), POSTERN_CALL, CALL, 0);
	wire_put_array(&w, 3);
	wire_put_string(&w, name, strlen(name));
	wire_put_string(&w, path, strlen(path));
	wire_put_string(&w, other, strlen(other));
	if (w.error || send(connection, record, w.len, MSG_NOSIGNAL) != (ssize_t)w.len)
		driver_bail("send CALL: %s", strerror(errno));
}

int driver_wait_call(int connection)
{
	static char reply[POSTERN_RECORD_MAX];
	struct postern_value *value = NULL;
	ssize_t n = receive(connection, reply, sizeof(reply));
	struct postern_header h;
	int r = CALL_FAILED;

	if (n < (ssize_t)sizeof(h))
		return CALL_FAILED;
	memcpy(&h, reply, sizeof(h));
	if (h.type == POSTERN_RETURN && h.call == CALL &&
	    wire_decode(reply + sizeof(h), (size_t)n - sizeof(h), 0, &value) == 0 &&
	    value->kind == POSTERN_KIND_INTEGER)
		r = (int)value->integer;
	postern_value_free(value);
	return r;
}

static void send_with(int connection, const void *record, size_t len, const int *fds,
		      size_t fds_len)
{
	union {
		char room[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr header;
	} control = {};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)record, .iov_len = len};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fds_len > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fds_len * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(fds_len * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, fds_len * sizeof(int));
	}
	if (sendmsg(connection, &message, MSG_NOSIGNAL) != (ssize_t)len)
		driver_bail("send CALL: %s", strerror(errno));
}

void driver_send_passed(int connection, const char *name, const int fds[4], int number)
{
	static unsigned char record[8192];
	int sent[4], len = 0;
	struct wire_writer w;

	wire_start(&w, record, sizeof(record), POSTERN_CALL, CALL, 0);
	wire_put_array(&w, 7);
	wire_put_string(&w, name, strlen(name));
	wire_put_string(&w, "/srv/area/ok/linked", strlen("/srv/area/ok/linked"));
	wire_put_string(&w, "", 0);
	for (size_t i = 0; i < 4; i++) {
		if (fds[i] < 0) {
			wire_put_nil(&w);
			continue;
		}
		wire_put_integer(&w, len == 0 && number >= 0 ? number : len);
		sent[len++] = fds[i];
	}
	if (w.error)
		driver_bail("write a CALL");
	send_with(connection, record, w.len, sent, (size_t)len);
}

int driver_wait_given(int connection, char *message, size_t size, int *ret_fd)
{
	static char reply[POSTERN_RECORD_MAX];
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {};
	struct iovec iov = {.iov_base = reply, .iov_len = sizeof(reply)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct pollfd p = {.fd = connection, .events = POLLIN};
	struct postern_value *tree = NULL;
	struct postern_header h;
	struct reply_error e;
	const struct cmsghdr *header;
	ssize_t n;
	int r = CALL_FAILED;

	*ret_fd = -1;
	message[0] = '\0';
	n = poll(&p, 1, WAIT_MS) > 0 ? recvmsg(connection, &m, MSG_CMSG_CLOEXEC) : -1;
	if (n < (ssize_t)sizeof(h))
		return CALL_FAILED;
	header = CMSG_FIRSTHDR(&m);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof(int));
	memcpy(&h, reply, sizeof(h));
	if (h.type == POSTERN_RETURN)
		return 0;
	if (h.type == POSTERN_ERROR &&
	    reply_error_read(reply + sizeof(h), (size_t)n - sizeof(h), &e, &tree) == 0) {
		r = (int)e.code;
		(void)snprintf(message, size, "%s", e.message ? e.message : "");
	}
	postern_value_free(tree);
	return r;
}
