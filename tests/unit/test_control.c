/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The control channel: records and descriptors arrive whole or not at all, and none leaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "lib/control.h"
#include "open_fds.h"

struct pair {
	int fds[2];
};

static int pair_open(void **state)
{
	static struct pair p;

	*state = &p;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p.fds);
}

static int pair_close(void **state)
{
	struct pair *p = *state;

	for (int i = 0; i < 2; i++)
		if (p->fds[i] >= 0)
			(void)close(p->fds[i]);
	return 0;
}

static struct control_record sample(void)
{
	struct control_record r = {
		.type = CONTROL_SERVE,
		.connection = 7,
		.uid = 1000,
		.groups_len = 1,
		.groups = {100},
	};

	(void)snprintf(r.text, sizeof(r.text), "motd");
	return r;
}

static void test_record(void **state)
{
	struct pair *p = *state;
	struct control_record sent = sample(), got;
	int fds[CONTROL_FDS_MAX];
	size_t len = 9;

	assert_int_equal(control_send(p->fds[0], &sent, NULL, 0, 0), 0);
	assert_int_equal(control_receive(p->fds[1], &got, fds, &len, 0), 1);
	assert_int_equal(len, 0);
	assert_memory_equal(&sent, &got, sizeof(got));
	assert_int_equal(control_receive(p->fds[1], &got, fds, &len, MSG_DONTWAIT), -EAGAIN);
}

static void test_descriptors(void **state)
{
	struct pair *p = *state;
	struct control_record sent = sample(), got;
	int pipes[2], fds[CONTROL_FDS_MAX];
	size_t before = open_fds(), len;
	char c;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(control_send(p->fds[0], &sent, pipes, 2, 0), 0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	assert_int_equal(control_receive(p->fds[1], &got, fds, &len, 0), 1);
	assert_int_equal(len, 2);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(fds[0], &c, 1), 1);
	for (size_t i = 0; i < len; i++) {
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		(void)close(fds[i]);
	}
	assert_int_equal(open_fds(), before);
	assert_int_equal(control_send(p->fds[0], &sent, fds, CONTROL_FDS_MAX + 1, 0), -EINVAL);
}

/* Sends what control_send() would not: any size, any number of descriptors. */
static void send_raw(int fd, const void *data, size_t size, size_t fds_len)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control = {};
	struct iovec iov = {(void *)data, size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fds_len) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(fds_len * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds_len * sizeof(int));
		for (size_t i = 0; i < fds_len; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &msg, 0), (ssize_t)size);
}

static void refused(struct pair *p, const void *data, size_t size, size_t fds_len)
{
	int fds[CONTROL_FDS_MAX] = {-5, -5};
	struct control_record got;
	size_t before = open_fds(), len = 9;

	send_raw(p->fds[0], data, size, fds_len);
	assert_int_equal(control_receive(p->fds[1], &got, fds, &len, 0), -EBADMSG);
	assert_int_equal(len, 9);
	assert_int_equal(fds[0], -5);
	assert_int_equal(open_fds(), before);
}

static void test_refused(void **state)
{
	struct pair *p = *state;
	struct {
		struct control_record r;
		char more;
	} large = {.r = sample()};
	struct control_record bad = sample();

	refused(p, &bad, sizeof(bad) - 1, 0);
	refused(p, &bad, sizeof(bad) - 1, 2); /* and its descriptors are closed */
	refused(p, &large, sizeof(large.r) + 1, 1);
	refused(p, &bad, sizeof(bad), CONTROL_FDS_MAX + 1);
	refused(p, &bad, sizeof(bad), 8);
	bad.groups_len = CONTROL_GROUPS_MAX + 1;
	refused(p, &bad, sizeof(bad), 1);
	bad = sample();
	memset(bad.text, 'x', sizeof(bad.text));
	refused(p, &bad, sizeof(bad), 1);
	bad = sample();
	refused(p, &bad, 0, 1); /* nothing but a descriptor is not the end of the stream */
}

static void test_gone(void **state)
{
	struct pair *p = *state;
	struct control_record r = sample();
	int fds[CONTROL_FDS_MAX];
	size_t len;

	(void)close(p->fds[1]);
	p->fds[1] = -1;
	assert_int_equal(control_send(p->fds[0], &r, NULL, 0, 0), -EPIPE); /* and no SIGPIPE */
	assert_int_equal(control_receive(p->fds[0], &r, fds, &len, 0), 0);
}

static void test_full(void **state)
{
	struct pair *p = *state;
	struct control_record r = sample();
	int e;

	do {
		e = control_send(p->fds[0], &r, NULL, 0, MSG_DONTWAIT);
	} while (e == 0);
	assert_int_equal(e, -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_record, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(test_descriptors, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(test_refused, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(test_gone, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(test_full, pair_open, pair_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
