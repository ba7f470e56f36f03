/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records over a SEQPACKET socket pair between two processes: the base that calls are held against.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/bench/calls.h"

static int client = -1;
static pid_t server;
static char record[POSTERN_RECORD_MAX];

static void answer(enum raw_server how, int fd, int flags)
{
	ssize_t n = recv(fd, record, sizeof(record), flags);

	if (n <= 0)
		_exit(0);
	if (how == RAW_LARGE && n == POSTERN_RECORD_MAX)
		return;
	if (send(fd, record, REPLY_BYTES, flags | MSG_NOSIGNAL) != (ssize_t)REPLY_BYTES)
		_exit(1);
}

static void wait_epoll(int epoll)
{
	struct epoll_event events[64];

	if (epoll_wait(epoll, events, ARRAY_SIZE(events), -1) != 1)
		_exit(1);
}

/* The record stays for the child, which takes it. */
static void answer_by_child(int fd)
{
	char none;
	pid_t pid;

	if (recv(fd, &none, 0, MSG_PEEK | MSG_TRUNC) <= 0)
		_exit(0);
	pid = fork();
	if (pid == 0) {
		answer(RAW_FORKS, fd, 0);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		_exit(1);
}

_Noreturn static void serve(enum raw_server how, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (how == RAW_WORKER && !bare_filters())
		_exit(1);
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		_exit(1);
	for (;;) {
		if (how == RAW_EPOLL || how == RAW_WORKER || how == RAW_LARGE)
			wait_epoll(epoll);
		if (how == RAW_FORKS)
			answer_by_child(fd);
		else
			answer(how, fd, how == RAW_BLOCKS ? 0 : MSG_DONTWAIT);
	}
}

void raw_limit(int fd)
{
	const struct timeval limit = {.tv_sec = 30};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		bench_bail("SO_RCVTIMEO: %s", strerror(errno));
}

void raw_start(enum raw_server how)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		bench_bail("socketpair: %s", strerror(errno));
	(void)fflush(stdout);
	server = fork();
	if (server == 0) {
		(void)close(fds[0]);
		serve(how, fds[1]);
	}
	(void)close(fds[1]);
	client = fds[0];
	if (how == RAW_WORKER)
		raw_limit(client);
}

int raw_client(void)
{
	return client;
}

pid_t raw_server(void)
{
	return server;
}

void raw_stop(void)
{
	int status;

	(void)close(client);
	client = -1;
	if (waitpid(server, &status, 0) != server || status != 0)
		bench_bail("the raw server failed");
}

static void ping_send(size_t len, int flags)
{
	if (send(client, record, len, MSG_NOSIGNAL | flags) != (ssize_t)len)
		bench_bail("send a raw record: %s", strerror(errno));
}

static void ping_receive(int flags)
{
	if (recv(client, record, sizeof(record), flags) != (ssize_t)REPLY_BYTES)
		bench_bail("receive a raw record: %s", strerror(errno));
}

void op_raw_small(void)
{
	ping_send(SMALL_RECORD, 0);
	ping_receive(0);
}

void op_raw_large(void)
{
	ping_send(LARGE_RECORD, 0);
	ping_receive(0);
}

void op_raw_mib(void)
{
	/* The list's head, that of the bytes, and nil. */
	size_t left = 1 + 5 + MIB_BYTES + 1;

	while (left > 0) {
		size_t part = MIN_OF(left, POSTERN_RECORD_MAX - sizeof(struct postern_header));

		ping_send(sizeof(struct postern_header) + part, 0);
		left -= part;
	}
	ping_receive(0);
}

void op_raw_polled(void)
{
	const struct timespec limit = {.tv_sec = 30};
	struct pollfd p = {.fd = client, .events = POLLIN};

	if (poll(&p, 1, 0) != 0)
		bench_bail("a raw connection is not silent");
	ping_send(SMALL_RECORD, MSG_DONTWAIT);
	if (ppoll(&p, 1, &limit, NULL) != 1)
		bench_bail("no answer to a raw record");
	ping_receive(MSG_DONTWAIT);
}

void op_polls(void)
{
	struct pollfd p = {.fd = client, .events = POLLIN};

	if (poll(&p, 1, 0) != 0)
		bench_bail("a raw connection is not silent");
}
