/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many clients at once, of raw servers and of workers. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "tests/bench/calls.h"

/* Some five ticks fall into a batch, so that each has the same of them. */
#define EACH	100
#define BATCHES 7
#define ROUNDS	3

static char record[POSTERN_RECORD_MAX];
static int mine = -1; /* a client's raw connection */

static void ping(void)
{
	if (send(mine, record, SMALL_RECORD, MSG_NOSIGNAL) != (ssize_t)SMALL_RECORD ||
	    recv(mine, record, sizeof(record), 0) != (ssize_t)REPLY_BYTES)
		_exit(1);
}

/* What each client does: says that it is ready, waits, calls, says that it is done. */
_Noreturn static void client_run(bench_op op, int go, int done)
{
	char byte = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	op();
	if (write(done, &byte, 1) != 1)
		_exit(1);
	for (int batch = 0; batch < ROUNDS * BATCHES; batch++) {
		if (read(go, &byte, 1) != 1)
			_exit(1);
		for (int i = 0; i < EACH; i++)
			op();
		if (write(done, &byte, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void all_read(int fd)
{
	char byte;

	for (int i = 0; i < CROWD; i++)
		if (read(fd, &byte, 1) != 1)
			bench_bail("a client of the crowd ended");
}

/* Lets each client make its calls; instructions of the machine for one. */
static double one_batch(int go, int done)
{
	uint64_t from = __rdtsc();

	if (write(go, record, CROWD) != CROWD)
		bench_bail("write: %s", strerror(errno));
	all_read(done);
	return (double)(__rdtsc() - from) / (CROWD * EACH);
}

/* raw: the clients' ends of raw connections; NULL: they have handles. */
static struct sample crowd(bench_op op, const int *raw)
{
	double rounds[ROUNDS], batches[BATCHES];
	int go[2], done[2], status;
	pid_t clients[CROWD];

	if (pipe(go) < 0 || pipe(done) < 0)
		bench_bail("pipe: %s", strerror(errno));
	(void)fflush(stdout);
	for (int i = 0; i < CROWD; i++) {
		clients[i] = fork();
		if (clients[i] == 0) {
			mine = raw ? raw[i] : -1;
			client_run(op, go[0], done[1]);
		}
	}
	all_read(done[0]);
	for (int round = 0; round < ROUNDS; round++) {
		for (int batch = 0; batch < BATCHES; batch++)
			batches[batch] = one_batch(go[1], done[0]);
		rounds[round] = ranked(batches, BATCHES, BATCHES / 2);
	}
	for (int i = 0; i < CROWD; i++)
		if (waitpid(clients[i], &status, 0) != clients[i] || status != 0)
			bench_bail("a client of the crowd failed");
	for (int i = 0; i < 2; i++) {
		(void)close(go[i]);
		(void)close(done[i]);
	}
	return sample_of(rounds, ROUNDS, ROUNDS / 2);
}

/* A server of some connections, which are answered in turn. */
_Noreturn static void serve(const int *fds, size_t len)
{
	struct epoll_event events[64];
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < len; i++) {
		struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fds[i]};

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e) < 0)
			_exit(1);
	}
	for (;;) {
		int n = epoll_wait(epoll, events, ARRAY_SIZE(events), -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (recv(fd, record, sizeof(record), MSG_DONTWAIT) <= 0)
				_exit(0);
			(void)send(fd, record, REPLY_BYTES, MSG_DONTWAIT | MSG_NOSIGNAL);
		}
	}
}

struct sample crowd_raw(enum raw_server how, void (*place)(pid_t server))
{
	const size_t each = CROWD / CROWD_SERVERS;
	int ours[CROWD], theirs[CROWD];
	pid_t servers[CROWD_SERVERS];
	struct sample s;

	for (int i = 0; i < CROWD; i++) {
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
			bench_bail("socketpair: %s", strerror(errno));
		ours[i] = fds[0];
		theirs[i] = fds[1];
		if (how == RAW_WORKER)
			raw_limit(ours[i]);
	}
	(void)fflush(stdout);
	for (size_t i = 0; i < CROWD_SERVERS; i++) {
		servers[i] = fork();
		if (servers[i] == 0 && (how != RAW_WORKER || bare_filters()))
			serve(theirs + i * each, each);
		if (servers[i] == 0)
			_exit(1);
		if (place)
			place(servers[i]);
	}
	s = crowd(ping, ours);
	for (size_t i = 0; i < CROWD_SERVERS; i++) {
		(void)kill(servers[i], SIGKILL);
		(void)waitpid(servers[i], NULL, 0);
	}
	for (int i = 0; i < CROWD; i++) {
		(void)close(ours[i]);
		(void)close(theirs[i]);
	}
	return s;
}

struct sample crowd_calls(bench_op op)
{
	return crowd(op, NULL);
}
