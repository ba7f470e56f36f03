/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern against servers that refuse, lie, babble, stay silent or go away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/util.h"
#include "fake_server.h"
#include "lib/client.h"

#define LIMIT_MS 10000

static struct fake_server server;

/* What one call to echo came to. */
struct outcome {
	int r, error, signal;
	enum postern_result result;
	char message[256];
	char hint[256];
	uint64_t took_ms;
};

static struct outcome call_once(struct postern *p, unsigned timeout_ms)
{
	struct postern_args *args = postern_args_new();
	struct postern_failure *f = NULL;
	struct postern_value *v = NULL;
	struct outcome o = {};
	uint64_t start = client_now();

	(void)postern_args_string(args, "message", "hello");
	o.r = postern_call(p, "echo", args, timeout_ms, &v, &f);
	o.took_ms = (client_now() - start) / 1000000;
	if (o.r < 0) {
		assert_non_null(f);
		assert_null(v);
		o.result = postern_failure_result(f);
		o.error = postern_failure_errno(f);
		o.signal = postern_failure_signal(f);
		(void)snprintf(o.message, sizeof(o.message), "%s", postern_failure_message(f));
		(void)snprintf(o.hint, sizeof(o.hint), "%s",
			       postern_failure_hint(f) ? postern_failure_hint(f) : "");
	} else {
		assert_null(f);
	}
	postern_failure_free(f);
	postern_value_free(v);
	postern_args_free(args);
	return o;
}

/* A call to a server that serves so. The connection must not be used again. */
static struct outcome against(void (*serve)(struct fake_server *s, int fd), unsigned timeout_ms)
{
	struct outcome o;
	struct postern *p;

	fake_server_start(&server, serve);
	p = postern_new(server.address.sun_path);
	o = call_once(p, timeout_ms);
	assert_null(p->idle);
	postern_free(p);
	fake_server_stop(&server);
	return o;
}

static void refuse(struct fake_server *s, int fd)
{
	uint8_t record[REPLY_ERROR_MAX];

	(void)s;
	(void)recv(fd, record, sizeof(record), 0);
	fake_send(fd, record,
		  reply_error(record, 0, POSTERN_NOT_PERMITTED, "uid 1000 is no caller of test",
			      "callers:", 0, 0));
}

/* Refuses before it reads: the client's OPEN stays in the queue, so that its socket says
 * ECONNRESET before the reason. */
static void refuse_unread(struct fake_server *s, int fd)
{
	uint8_t record[REPLY_ERROR_MAX];

	(void)s;
	(void)usleep(50 * 1000);
	fake_send(fd, record, reply_error(record, 0, POSTERN_BUSY, "512 connections", NULL, 0, 0));
	/* As a process that dies: nothing is shut down in order. */
	(void)dup2(STDERR_FILENO, fd);
}

static void test_refused(void **state)
{
	struct outcome o = against(refuse, LIMIT_MS);

	(void)state;
	assert_int_equal(o.r, -EACCES);
	assert_int_equal(o.result, POSTERN_RESULT_NOT_PERMITTED);
	assert_string_equal(o.message, "uid 1000 is no caller of test");
	assert_string_equal(o.hint, "callers:");
	o = against(refuse_unread, LIMIT_MS);
	assert_int_equal(o.r, -EBUSY);
	assert_string_equal(o.message, "512 connections");
}

static void close_at_once(struct fake_server *s, int fd)
{
	(void)s;
	(void)fd;
}

static void garbage_opened(struct fake_server *s, int fd)
{
	uint8_t record[512];

	(void)s;
	(void)recv(fd, record, sizeof(record), 0);
	memset(record, 0xdd, sizeof(record));
	fake_send(fd, record, sizeof(record));
}

static void other_entrypoint(struct fake_server *s, int fd)
{
	static const struct postern_signature signature = {.timeout_ns = 1};
	uint8_t record[REPLY_OPENED_MAX];

	(void)s;
	(void)recv(fd, record, sizeof(record), 0);
	fake_send(fd, record, reply_opened_write(record, "test", "another", &signature));
}

static void test_opening(void **state)
{
	struct outcome o = against(close_at_once, LIMIT_MS);

	(void)state;
	assert_int_equal(o.r, -ECONNREFUSED);
	assert_int_equal(o.result, POSTERN_RESULT_NOT_AVAILABLE);
	assert_non_null(strstr(o.message, "closed without an answer"));
	assert_int_equal(against(garbage_opened, LIMIT_MS).r, -EPROTO);
	assert_int_equal(against(other_entrypoint, LIMIT_MS).r, -EPROTO);
}

static void silent(struct fake_server *s, int fd)
{
	char c;

	(void)s;
	while (recv(fd, &c, 1, 0) > 0)
		;
}

static void silent_in_call(struct fake_server *s, int fd)
{
	if (fake_open(fd) == 0)
		silent(s, fd);
}

static void babble(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	struct wire_writer w;
	uint64_t call;

	if (fake_open(fd) < 0 || fake_call(s, fd, record, &call) < 0)
		return;
	wire_start(&w, record, sizeof(record), POSTERN_LOG, call, 0);
	wire_put_nil(&w);
	while (send(fd, record, w.len, MSG_NOSIGNAL) > 0)
		;
}

static void test_timeouts(void **state)
{
	void (*const table[])(struct fake_server *, int) = {silent, silent_in_call, babble};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct outcome o = against(table[i], 150);

		assert_int_equal(o.r, -ETIMEDOUT);
		assert_int_equal(o.result, POSTERN_RESULT_TIMED_OUT);
		assert_in_range(o.took_ms, 140, 3000);
	}
}

/* Without a limit of the caller's, the entrypoint's own and a second hold. */
static void short_timeout(struct fake_server *s, int fd)
{
	static const struct postern_parameter parameter = {.name = "message", .type = 3};
	static const struct postern_signature signature = {
		.parameters = &parameter, .len = 1, .result = 3, .timeout_ns = 1};
	uint8_t record[REPLY_OPENED_MAX];

	(void)recv(fd, record, sizeof(record), 0);
	fake_send(fd, record, reply_opened_write(record, "test", "echo", &signature));
	silent(s, fd);
}

static void test_default_timeout(void **state)
{
	struct outcome o = against(short_timeout, 0);

	(void)state;
	assert_int_equal(o.r, -ETIMEDOUT);
	assert_in_range(o.took_ms, 990, 5000);
}

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

static size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t len = 0;

	assert_non_null(d);
	while (readdir(d))
		len++;
	(void)closedir(d);
	return len;
}

static void test_bad_answers(void **state)
{
	size_t before = open_fds();

	(void)state;
	for (answer_kind = 0; answer_kind < BAD_ANSWERS; answer_kind++) {
		struct outcome o = against(answer_badly, LIMIT_MS);

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
	assert_int_equal(call_once(p, LIMIT_MS).r, 0);
	postern_free(p);
	fake_server_stop(&server);
	with = open_fds();
	assert_int_equal(with, before);
}

static void go_away(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;

	if (fake_open(fd) == 0)
		(void)fake_call(s, fd, record, &call);
}

static void worker_dies(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;

	if (fake_open(fd) < 0 || fake_call(s, fd, record, &call) < 0)
		return;
	fake_send(fd, record,
		  reply_error(record, 0, POSTERN_WORKER_DIED, "killed by SIGSEGV", NULL, 11, 0));
}

static void test_deaths(void **state)
{
	struct outcome o = against(go_away, LIMIT_MS);

	(void)state;
	assert_int_equal(o.r, -ECONNREFUSED);
	assert_int_equal(o.result, POSTERN_RESULT_NOT_AVAILABLE);
	assert_string_equal(o.message, "echo: posternd went away during the call");
	assert_int_equal(server.calls, 1); /* a call that was sent is not sent again */
	assert_int_equal(server.accepted, 1);
	o = against(worker_dies, LIMIT_MS);
	assert_int_equal(o.r, -ECONNRESET);
	assert_int_equal(o.result, POSTERN_RESULT_WORKER_DIED);
	assert_int_equal(o.signal, 11);
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
		assert_int_equal(call_once(p, LIMIT_MS).r, expected);
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
	silent(s, fd);
}

static void test_idle_record(void **state)
{
	(void)state;
	assert_int_equal(connections_for(babble_when_idle, 3, 0), 3);
}

static void sleep_at_first(struct fake_server *s)
{
	if (s->calls == 1)
		(void)usleep(200 * 1000);
}

static void late(struct fake_server *s, int fd)
{
	fake_serve(s, fd, sleep_at_first);
}

static void test_late_answer(void **state)
{
	struct postern *p;

	(void)state;
	fake_server_start(&server, late);
	p = postern_new(server.address.sun_path);
	assert_int_equal(call_once(p, 50).r, -ETIMEDOUT);
	assert_int_equal(call_once(p, LIMIT_MS).r, 0);
	assert_int_equal(server.accepted, 2);
	postern_free(p);
	fake_server_stop(&server);
}

static void on_signal(int number UNUSED)
{
}

/* Signals that come all the time neither end a call nor prolong it. */
static void test_signals(void **state)
{
	const struct sigaction act = {.sa_handler = on_signal};
	const struct itimerval often = {{0, 3000}, {0, 3000}}, never = {};
	struct outcome o;
	struct postern *p;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	fake_server_start(&server, late);
	p = postern_new(server.address.sun_path);
	assert_int_equal(call_once(p, LIMIT_MS).r, 0);
	postern_free(p);
	fake_server_stop(&server);
	o = against(silent_in_call, 150);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(o.r, -ETIMEDOUT);
	assert_in_range(o.took_ms, 140, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),	    cmocka_unit_test(test_opening),
		cmocka_unit_test(test_timeouts),    cmocka_unit_test(test_default_timeout),
		cmocka_unit_test(test_bad_answers), cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_deaths),	    cmocka_unit_test(test_connection_kept),
		cmocka_unit_test(test_idle_record), cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
