/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fake server: threads that accept and serve; and the pieces that behaviours are made of. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_server.h"
#include "lib/reply.h"
#include "lib/wire.h"

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static void *connection_thread(void *arg)
{
	struct fake_connection *c = arg;

	c->server->serve(c->server, c->fd);
	/* The descriptor is closed when the server stops, so that its number is not another's
	 * meanwhile; the client sees the end now. */
	(void)shutdown(c->fd, SHUT_RDWR);
	return NULL;
}

static void *accept_thread(void *arg)
{
	struct fake_server *s = arg;

	for (;;) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
		struct fake_connection *c;

		if (fd < 0)
			return NULL;
		must(s->accepted < FAKE_CONNECTIONS_MAX, "too many connections");
		c = &s->connections[s->accepted];
		c->server = s;
		c->fd = fd;
		s->accepted++; /* before the client can have an answer */
		must(pthread_create(&c->thread, NULL, connection_thread, c) == 0, "thread");
	}
}

void fake_server_bind(struct fake_server *s, void (*serve)(struct fake_server *s, int fd))
{
	memset(s, 0, sizeof(*s));
	s->serve = serve;
	(void)snprintf(s->directory, sizeof(s->directory), "/tmp/postern-client-XXXXXX");
	must(mkdtemp(s->directory) != NULL, "mkdtemp");
	s->address.sun_family = AF_UNIX;
	(void)snprintf(s->address.sun_path, sizeof(s->address.sun_path), "%s/test.sock",
		       s->directory);
	s->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	must(s->fd >= 0, "socket");
	must(bind(s->fd, (struct sockaddr *)&s->address, sizeof(s->address)) == 0, "bind");
}

int fake_server_fill(struct fake_server *s, int ret_fds[FAKE_FILL_MAX])
{
	int len = 0, r;

	must(listen(s->fd, 0) == 0, "listen");
	do {
		ret_fds[len] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		r = connect(ret_fds[len++], (struct sockaddr *)&s->address, sizeof(s->address));
	} while (r == 0 && len < FAKE_FILL_MAX);
	must(r < 0 && errno == EAGAIN, "fill the queue");
	return len;
}

void fake_server_run(struct fake_server *s, int backlog)
{
	must(listen(s->fd, backlog) == 0, "listen");
	must(pthread_create(&s->thread, NULL, accept_thread, s) == 0, "thread");
}

void fake_server_start(struct fake_server *s, void (*serve)(struct fake_server *s, int fd))
{
	fake_server_bind(s, serve);
	fake_server_run(s, 128);
}

void fake_server_stop(struct fake_server *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	if (s->thread)
		(void)pthread_join(s->thread, NULL);
	for (int i = 0; i < s->accepted; i++) {
		(void)shutdown(s->connections[i].fd, SHUT_RDWR);
		(void)pthread_join(s->connections[i].thread, NULL);
		(void)close(s->connections[i].fd);
	}
	(void)close(s->fd);
	(void)unlink(s->address.sun_path);
	(void)rmdir(s->directory);
}

void fake_send(int fd, const void *data, size_t len)
{
	(void)send(fd, data, len, MSG_NOSIGNAL);
}

int fake_open(int fd)
{
	static const struct postern_parameter parameters[] = {
		{.name = "message", .type = 3},
		{.name = "mode", .type = 2, .optional = true},
	};
	static const struct postern_signature signature = {
		.parameters = parameters, .len = 2, .result = 3, .timeout_ns = 30000000000u};
	struct postern_open open;
	uint8_t record[REPLY_OPENED_MAX];
	ssize_t n = recv(fd, record, sizeof(record), 0);

	if (n <= 0)
		return -1;
	must(wire_open_read(record, (size_t)n, &open) == 0, "OPEN");
	fake_send(fd, record, reply_opened_write(record, "test", open.entrypoint, &signature));
	return 0;
}

long fake_call(struct fake_server *s, int fd, uint8_t *record, uint64_t *ret_call)
{
	ssize_t n = recv(fd, record, POSTERN_RECORD_MAX, 0);
	struct postern_header h;

	if (n <= 0)
		return -1;
	must(wire_header(record, (size_t)n, &h) == 0 && h.type == POSTERN_CALL, "CALL");
	s->calls++;
	*ret_call = h.call;
	return n;
}

void fake_echo(int fd, const uint8_t *record, long len, uint64_t call)
{
	const size_t head = sizeof(struct postern_header);
	uint8_t answer[POSTERN_RECORD_MAX];
	struct postern_value *v;
	struct wire_writer w;

	must(wire_decode(record + head, (size_t)len - head, 0, &v) == 0, "arguments");
	wire_start(&w, answer, sizeof(answer), POSTERN_RETURN, call, 0);
	wire_put_value(&w, postern_value_list_item(v, 0));
	fake_send(fd, answer, w.len);
	postern_value_free(v);
}

void fake_serve(struct fake_server *s, int fd, void (*before)(struct fake_server *s))
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;
	long n;

	if (fake_open(fd) < 0)
		return;
	while ((n = fake_call(s, fd, record, &call)) > 0) {
		before(s);
		fake_echo(fd, record, n, call);
	}
}

static void nothing(struct fake_server *s)
{
	(void)s;
}

void fake_serve_echo(struct fake_server *s, int fd)
{
	fake_serve(s, fd, nothing);
}

void fake_silent(struct fake_server *s, int fd)
{
	char c;

	(void)s;
	while (recv(fd, &c, 1, 0) > 0)
		;
}

static void sleep_at_first(struct fake_server *s)
{
	if (s->calls == 1)
		(void)usleep(200 * 1000);
}

void fake_late(struct fake_server *s, int fd)
{
	fake_serve(s, fd, sleep_at_first);
}
