/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: calls that are taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/util.h"
#include "echo_call.h"
#include "fake_server.h"
#include "lib/reply.h"

#define MANY   4
#define QUEUES 20

static struct fake_server server;
static struct postern *handle;
static _Atomic int cancelled; /* connections whose client shut its sending side and reads on */

static void wait_for_cancel(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	if (poll(&p, 1, ECHO_LIMIT_MS) > 0 && !(p.revents & POLLHUP))
		cancelled++;
}

static void say_cancelled(int fd, uint64_t call)
{
	uint8_t record[REPLY_ERROR_MAX];

	fake_send(fd, record,
		  reply_error(record, call, POSTERN_CANCELLED, "killed", NULL, 0, ECANCELED));
}

static void serve_told(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;

	if (fake_open(fd) < 0 || fake_call(s, fd, record, &call) < 0)
		return;
	wait_for_cancel(fd);
	say_cancelled(fd, call);
}

/* posternd answers in place of a worker that it killed before it said which call it had. */
static void serve_told_of_connection(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;

	if (fake_open(fd) < 0 || fake_call(s, fd, record, &call) < 0)
		return;
	wait_for_cancel(fd);
	say_cancelled(fd, 0);
}

static void serve_untold(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;

	if (fake_open(fd) == 0 && fake_call(s, fd, record, &call) > 0)
		wait_for_cancel(fd);
}

static void serve_never_opened(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];

	if (read(fd, record, sizeof(record)) <= 0)
		return;
	s->calls++;
	wait_for_cancel(fd);
}

static void cancel_at_first(struct fake_server *s)
{
	if (s->calls == 1)
		postern_cancel(handle);
}

/* The call is over before it is cancelled, and its client has not heard of that yet. */
static void serve_answered(struct fake_server *s, int fd)
{
	fake_serve(s, fd, cancel_at_first);
}

static void *caller(void *data)
{
	int *r = data;
	struct postern_failure *failure = NULL;

	*r = echo_call(handle, "message", ECHO_LIMIT_MS, &failure);
	if (*r == -ECANCELED && (postern_failure_result(failure) != POSTERN_RESULT_CANCELLED ||
				 postern_failure_errno(failure) != ECANCELED))
		*r = -EPROTO;
	postern_failure_free(failure);
	return NULL;
}

/* All that are under way end, by whatever word. */
static void all_end(void (*serve)(struct fake_server *s, int fd))
{
	pthread_t threads[MANY];
	int results[MANY];

	fake_server_start(&server, serve);
	handle = postern_new(server.address.sun_path);
	cancelled = 0;
	postern_cancel(handle); /* concerns none of those that begin later */
	for (int i = 0; i < MANY; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, caller, &results[i]), 0);
	while (server.calls < MANY)
		(void)usleep(1000);
	postern_cancel(handle);
	for (int i = 0; i < MANY; i++) {
		(void)pthread_join(threads[i], NULL);
		assert_int_equal(results[i], -ECANCELED);
	}
	assert_int_equal(echo_idle(handle), 0);
	assert_null(handle->in_use);
	postern_free(handle);
	fake_server_stop(&server);
	assert_int_equal(cancelled, MANY);
	/* None was tried again. */
	assert_int_equal(server.accepted, MANY);
}

static void test_told(void **state)
{
	(void)state;
	all_end(serve_told);
	all_end(serve_told_of_connection);
}

static void test_untold(void **state)
{
	(void)state;
	all_end(serve_untold);
}

static void test_never_opened(void **state)
{
	(void)state;
	all_end(serve_never_opened);
}

static void test_answered(void **state)
{
	(void)state;
	fake_server_start(&server, serve_answered);
	handle = postern_new(server.address.sun_path);
	assert_int_equal(echo_call(handle, "one", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(echo_idle(handle), 0); /* nothing can be sent on it */
	assert_int_equal(echo_call(handle, "two", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(echo_idle(handle), 1);
	/* An idle connection is no call. */
	postern_cancel(handle);
	assert_int_equal(echo_call(handle, "three", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(server.accepted, 2);
	postern_cancel(NULL);
	postern_free(handle);
	fake_server_stop(&server);
}

/*
 * The handle's connection waits for room in the listener's queue. drained: there is some as soon as
 * the call is cancelled, so that the connection may be made all the same, shut down as it is.
 */
static void cancel_in_queue(bool drained)
{
	const uint64_t from = client_now();
	int fds[FAKE_FILL_MAX], len, result;
	pthread_t thread;

	fake_server_bind(&server, serve_never_opened);
	len = fake_server_fill(&server, fds);
	handle = postern_new(server.address.sun_path);
	assert_int_equal(pthread_create(&thread, NULL, caller, &result), 0);
	while (!__atomic_load_n(&handle->in_use, __ATOMIC_ACQUIRE))
		(void)usleep(1000);
	postern_cancel(handle);
	if (drained)
		fake_server_run(&server, 128);
	(void)pthread_join(thread, NULL);
	assert_int_equal(result, -ECANCELED);
	/* Not at the end of its time. */
	assert_true(client_now() - from < ECHO_LIMIT_MS / 2 * UINT64_C(1000000));
	postern_free(handle);
	for (int i = 0; i < len; i++)
		(void)close(fds[i]);
	fake_server_stop(&server);
	assert_int_equal(server.calls, 0);
}

static void test_queue(void **state)
{
	(void)state;
	cancel_in_queue(false);
	for (int i = 0; i < QUEUES; i++)
		cancel_in_queue(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),	     cmocka_unit_test(test_untold),
		cmocka_unit_test(test_never_opened), cmocka_unit_test(test_answered),
		cmocka_unit_test(test_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
