/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern and answers that are none, come late or belong to no call; which connections it keeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/reply.h"
#include "lib/wire.h"
#include "one_call.h"
#include "open_fds.h"

static struct fake_server server;

static enum {
	GARBAGE,
	EMPTY_HEADER,
	OTHER_CALL,
	OTHER_LOG,
	OPENED_AGAIN,
	TRAILING,
	MAP,
	OVERSIZED,
	BAD_ERROR,
	BAD_ANSWERS,
	DESCRIPTOR,
} answer_kind;

static void send_with_descriptor(int fd, const void *data, size_t len)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec iov = {(void *)data, len};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	(void)sendmsg(fd, &msg, MSG_NOSIGNAL);
}

static void answer_badly(struct fake_server *s, int fd)
{
	static uint8_t record[2 * POSTERN_RECORD_MAX];
	struct wire_writer w;
	uint64_t call;

	if (fake_open(fd) < 0 || fake_call(s, fd, record, &call) < 0)
		return;
	if (answer_kind == OTHER_CALL)
		call++;
	if (answer_kind == OTHER_LOG)
		wire_start(&w, record, sizeof(record), POSTERN_LOG, call + 1, 0);
	else if (answer_kind == BAD_ERROR)
		wire_start(&w, record, sizeof(record), POSTERN_ERROR, call, 0);
	else if (answer_kind == OPENED_AGAIN)
		wire_start(&w, record, sizeof(record), POSTERN_OPENED, 0, 0);
	else
		wire_start(&w, record, sizeof(record), POSTERN_RETURN, call, 0);
	if (answer_kind == MAP) { /* by a number */
		wire_put_map(&w, 1);
		wire_put_integer(&w, 1);
		wire_put_integer(&w, 2);
	} else {
		wire_put_nil(&w);
	}
	if (answer_kind == TRAILING)
		wire_put_nil(&w);
	if (answer_kind == GARBAGE)
		memset(record, 0xff, sizeof(record));
	if (answer_kind == DESCRIPTOR)
		send_with_descriptor(fd, record, w.len);
	else
		fake_send(fd, record,
			  answer_kind == EMPTY_HEADER ? 1
			  : answer_kind == OVERSIZED  ? POSTERN_RECORD_MAX + 1
						      : w.len);
}

static void test_bad_answers(void **state)
{
	size_t before = open_fds();

	(void)state;
	for (answer_kind = 0; answer_kind < BAD_ANSWERS; answer_kind++) {
		struct outcome o = one_call_against(&server, answer_badly, LIMIT_MS);

		assert_int_equal(o.r, -EPROTO);
		assert_int_equal(o.result, POSTERN_RESULT_PROTOCOL_ERROR);
	}
	assert_int_equal(open_fds(), before);
}

/* It is not taken, whoever sent it. */
static void test_descriptor(void **state)
{
	size_t before = open_fds(), with;
	struct postern *p;

	(void)state;
	answer_kind = DESCRIPTOR;
	fake_server_start(&server, answer_badly);
	p = postern_new(server.address.sun_path);
	assert_int_equal(one_call(p, LIMIT_MS).r, 0);
	postern_free(p);
	fake_server_stop(&server);
	with = open_fds();
	assert_int_equal(with, before);
}

static void fail_call(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;

	if (fake_open(fd) < 0)
		return;
	while (fake_call(s, fd, record, &call) > 0)
		fake_send(fd, record,
			  reply_error(record, call, POSTERN_FAILED, "\x1b[31mwrite", NULL, 0,
				      ENOSPC));
}

static void serve_one(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;
	long n;

	if (fake_open(fd) < 0)
		return;
	n = fake_call(s, fd, record, &call);
	if (n > 0)
		fake_echo(fd, record, n, call);
}

/* Several calls with one handle; the number of connections that it takes. */
static int connections_for(void (*serve)(struct fake_server *s, int fd), int calls, int expected)
{
	struct postern *p;
	int accepted;

	fake_server_start(&server, serve);
	p = postern_new(server.address.sun_path);
	for (int i = 0; i < calls; i++) {
		assert_int_equal(one_call(p, LIMIT_MS).r, expected);
		(void)usleep(30 * 1000);
	}
	postern_free(p);
	accepted = server.accepted;
	fake_server_stop(&server);
	return accepted;
}

static void test_connection_kept(void **state)
{
	(void)state;
	assert_int_equal(connections_for(fail_call, 3, -ENOSPC), 1);
	assert_int_equal(connections_for(serve_one, 3, 0), 3); /* dead when idle: replaced */
}

static void babble_when_idle(struct fake_server *s, int fd)
{
	uint8_t record[REPLY_ERROR_MAX];

	serve_one(s, fd);
	fake_send(fd, record, reply_error(record, 1, POSTERN_FAILED, "of no call", NULL, 0, EIO));
	fake_silent(s, fd);
}

static void test_idle_record(void **state)
{
	(void)state;
	assert_int_equal(connections_for(babble_when_idle, 3, 0), 3);
}

static void test_late_answer(void **state)
{
	struct postern *p;

	(void)state;
	fake_server_start(&server, fake_late);
	p = postern_new(server.address.sun_path);
	assert_int_equal(one_call(p, 50).r, -ETIMEDOUT);
	assert_int_equal(one_call(p, LIMIT_MS).r, 0);
	assert_int_equal(server.accepted, 2);
	postern_free(p);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_answers),	cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_connection_kept), cmocka_unit_test(test_idle_record),
		cmocka_unit_test(test_late_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
