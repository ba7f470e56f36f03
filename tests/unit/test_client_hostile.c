/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern against servers that refuse, babble, stay silent or go away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/client.h"
#include "one_call.h"

static struct fake_server server;

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
	struct outcome o = one_call_against(&server, refuse, LIMIT_MS);

	(void)state;
	assert_int_equal(o.r, -EACCES);
	assert_int_equal(o.result, POSTERN_RESULT_NOT_PERMITTED);
	assert_string_equal(o.message, "uid 1000 is no caller of test");
	assert_string_equal(o.hint, "callers:");
	o = one_call_against(&server, refuse_unread, LIMIT_MS);
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
	struct outcome o = one_call_against(&server, close_at_once, LIMIT_MS);

	(void)state;
	assert_int_equal(o.r, -ECONNREFUSED);
	assert_int_equal(o.result, POSTERN_RESULT_NOT_AVAILABLE);
	assert_non_null(strstr(o.message, "closed without an answer"));
	assert_int_equal(one_call_against(&server, garbage_opened, LIMIT_MS).r, -EPROTO);
	assert_int_equal(one_call_against(&server, other_entrypoint, LIMIT_MS).r, -EPROTO);
}

static void silent_in_call(struct fake_server *s, int fd)
{
	if (fake_open(fd) == 0)
		fake_silent(s, fd);
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
	void (*const table[])(struct fake_server *, int) = {fake_silent, silent_in_call, babble};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct outcome o = one_call_against(&server, table[i], 150);

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
	fake_silent(s, fd);
}

static void test_default_timeout(void **state)
{
	struct outcome o = one_call_against(&server, short_timeout, 0);

	(void)state;
	assert_int_equal(o.r, -ETIMEDOUT);
	assert_in_range(o.took_ms, 990, 5000);
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
	struct outcome o = one_call_against(&server, go_away, LIMIT_MS);

	(void)state;
	assert_int_equal(o.r, -ECONNREFUSED);
	assert_int_equal(o.result, POSTERN_RESULT_NOT_AVAILABLE);
	assert_string_equal(o.message, "echo: posternd went away during the call");
	assert_int_equal(server.calls, 1); /* a call that was sent is not sent again */
	assert_int_equal(server.accepted, 1);
	o = one_call_against(&server, worker_dies, LIMIT_MS);
	assert_int_equal(o.r, -ECONNRESET);
	assert_int_equal(o.result, POSTERN_RESULT_WORKER_DIED);
	assert_int_equal(o.signal, 11);
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
	fake_server_start(&server, fake_late);
	p = postern_new(server.address.sun_path);
	assert_int_equal(one_call(p, LIMIT_MS).r, 0);
	postern_free(p);
	fake_server_stop(&server);
	o = one_call_against(&server, silent_in_call, 150);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(o.r, -ETIMEDOUT);
	assert_in_range(o.took_ms, 140, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_opening),
		cmocka_unit_test(test_timeouts), cmocka_unit_test(test_default_timeout),
		cmocka_unit_test(test_deaths),	 cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
