/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Workers and calls on this host, with a driver in the supervisor's place and no kernel policy.
 * Needs root; $POSTERN_BUILD names the build directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/unit/helper_context.h"

static void test_calls(void **state)
{
	struct control_record record;
	struct driver_worker w;
	struct wire_writer none;
	struct driver d;
	int one, two;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, ECHO_, 1, 1, &w);
	one = driver_connect(&d, &w, 100);
	two = driver_connect(&d, &w, 101);
	context_echo(one, 5, "one");
	context_echo(two, 6, "two");
	context_text(two, 6, "two");
	context_text(one, 5, "one");
	for (uint64_t i = 1; i <= 200; i++) {
		context_echo(one, i, "again");
		context_text(one, i, "again");
	}
	/* A wrong argument costs nothing but an answer. */
	none = context_arguments(0);
	driver_call(one, 7, &none);
	assert_int_equal(context_error(one, 7), POSTERN_BAD_ARGUMENT);
	context_echo(one, 8, "still");
	context_text(one, 8, "still");
	/* Idle: the page says so, soon after the answer. */
	for (int i = 0; i < DRIVER_SECONDS * 100 && d.pages[1].connection; i++)
		(void)usleep(10000);
	assert_int_equal(d.pages[1].started, 0);
	assert_int_equal(d.pages[1].connection, 0);
	assert_int_equal(d.pages[0].started, 0);

	/* Rubbish, and a record that is too long, end the connection, each its own only. */
	assert_int_equal(send(one, "rubbish", 7, MSG_NOSIGNAL), 7);
	assert_int_equal(context_error(one, 0), POSTERN_PROTOCOL_ERROR);
	driver_expect(&d, w.channel, CONTROL_CLOSED, &record, NULL, 0);
	assert_int_equal(record.connection, 100);
	assert_int_equal(record.status, -EBADMSG);
	context_echo(two, 9, "unharmed");
	context_text(two, 9, "unharmed");
	(void)close(two);
	driver_expect(&d, w.channel, CONTROL_CLOSED, &record, NULL, 0);
	assert_int_equal(record.connection, 101);
	assert_int_equal(record.status, 0);
	(void)close(one);
	driver_worker_close(&w);
	driver_expect(&d, d.control, CONTROL_EXITED, &record, NULL, 0);
	assert_int_equal(record.status, 0);
	driver_stop(&d);
}

static void test_too_long_and_unread(void **state)
{
	static char record_bytes[POSTERN_RECORD_MAX + 1];
	struct control_record record;
	struct driver_worker w;
	struct driver d;
	int client;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, ECHO_, 0, 1, &w);
	client = driver_connect(&d, &w, 1);
	assert_int_equal(send(client, record_bytes, sizeof(record_bytes), MSG_NOSIGNAL),
			 sizeof(record_bytes));
	assert_int_equal(context_error(client, 0), POSTERN_PROTOCOL_ERROR);
	driver_expect(&d, w.channel, CONTROL_CLOSED, &record, NULL, 0);
	(void)close(client);

	/* A client that asks and never reads is dropped; the worker lives. */
	client = driver_connect(&d, &w, 2);
	(void)fcntl(client, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 100000; i++) {
		struct wire_writer a = context_arguments(1);
		unsigned char call[256];
		struct wire_writer c;
		size_t len = 0;

		wire_put_string(&a, "x", 1);
		wire_start(&c, call, sizeof(call), POSTERN_CALL, 1, 0);
		wire_put_part(&c, a.data, a.len);
		assert_int_equal(wire_finish(&c, &len), 0);
		if (send(client, call, len, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
			break;
	}
	driver_expect(&d, w.channel, CONTROL_CLOSED, &record, NULL, 0);
	assert_int_equal(record.status, -EAGAIN);
	(void)close(client);
	client = driver_connect(&d, &w, 3);
	context_echo(client, 4, "alive");
	context_text(client, 4, "alive");
	(void)close(client);
	driver_worker_close(&w);
	driver_stop(&d);
}

static void test_between_calls(void **state)
{
	struct driver_worker w;
	struct driver d;
	int client;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, SPOIL, 0, 1, &w);
	client = driver_connect(&d, &w, 1);
	for (uint64_t i = 1; i <= 2; i++) {
		struct wire_writer none = context_arguments(0);

		driver_call(client, i, &none);
		context_text(client, i, "/ 022 0");
	}
	(void)close(client);
	driver_worker_close(&w);
	driver_stop(&d);
}

static void test_no_way_out(void **state)
{
	struct wire_writer none = context_arguments(0);
	struct driver_worker w;
	struct driver d;
	int client;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, ESCAPE, 0, 1, &w);
	client = driver_connect(&d, &w, 1);
	driver_call(client, 1, &none);
	assert_int_equal(context_integer(client), 0);
	(void)close(client);
	driver_worker_close(&w);
	driver_stop(&d);
}

static void test_crash(void **state)
{
	struct wire_writer none = context_arguments(0);
	struct control_record record;
	struct driver_worker w, next;
	struct driver d;
	int client;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, CRASH, 2, 1, &w);
	client = driver_connect(&d, &w, 77);
	driver_call(client, 3, &none);
	driver_expect(&d, d.control, CONTROL_EXITED, &record, NULL, 0);
	assert_int_equal(record.worker, 40 + CRASH);
	assert_true(WIFSIGNALED(record.status));
	assert_int_equal(WTERMSIG(record.status), SIGABRT);
	/* What it was at is still on its page. */
	assert_int_equal(d.pages[2].connection, 77);
	assert_int_equal(d.pages[2].call, 3);
	assert_true(d.pages[2].started > 0 && d.pages[2].deadline > d.pages[2].started);
	/* The helper goes on. */
	driver_worker_start(&d, ECHO_, 0, 1, &next);
	driver_worker_close(&next);
	(void)close(client);
	(void)close(w.channel);
	(void)close(w.pidfd);
	driver_stop(&d);
}

/* The supervisor dies, and another one comes: workers and clients notice nothing, and the helper
 * says what it has. */
static void test_next_supervisor(void **state)
{
	struct control_record record;
	struct driver_worker w, dead;
	struct wire_writer none;
	int client, fds[2];
	struct driver d;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, ECHO_, 0, 1, &w);
	driver_worker_start(&d, CRASH, 2, 1, &dead);
	client = driver_connect(&d, &w, 9);
	(void)close(w.channel);
	(void)close(d.control);
	/* Meanwhile one worker serves, and another one dies. */
	context_echo(client, 1, "alone");
	context_text(client, 1, "alone");
	fds[0] = driver_connect(&d, &dead, 11);
	none = context_arguments(0);
	driver_call(fds[0], 1, &none);
	driver_wait_end(dead.pidfd);
	(void)close(fds[0]);

	driver_meet(&d);
	driver_expect(&d, d.control, CONTROL_HELLO, &record, fds, 1);
	assert_int_equal(record.flags, CONTROL_VERSION);
	assert_int_equal(record.slots, 1);
	(void)close(fds[0]);
	driver_expect(&d, d.control, CONTROL_KEPT, &record, fds, 2);
	assert_int_equal(record.worker, 40 + ECHO_);
	assert_int_equal(record.entrypoint, ECHO_);
	(void)close(fds[0]);
	w.channel = fds[1];
	driver_expect(&d, d.control, CONTROL_EXITED, &record, NULL, 0);
	assert_int_equal(record.worker, 40 + CRASH);
	assert_int_equal(WTERMSIG(record.status), SIGABRT);
	driver_expect(&d, d.control, CONTROL_THAT_IS_ALL, NULL, NULL, 0);

	/* START again is nothing to a worker that began; it goes on serving old and new. */
	record = (struct control_record){.type = CONTROL_START};
	driver_send(w.channel, &record, -1);
	context_echo(client, 2, "again");
	context_text(client, 2, "again");
	fds[0] = driver_connect(&d, &w, 12);
	context_echo(fds[0], 1, "new");
	context_text(fds[0], 1, "new");
	(void)close(fds[0]);
	(void)close(client);
	(void)close(dead.channel);
	(void)close(dead.pidfd);
	driver_worker_start(&d, SPOIL, 1, 1, &dead);
	driver_stop(&d);
}

/* No kernel program is attached here: a call's own process must notice and read nothing. */
static void test_no_door_no_call(void **state)
{
	struct control_record record;
	struct driver_worker w;
	struct driver d;
	int client;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, FRESH, 0, 2, &w);
	client = driver_connect(&d, &w, 11);
	context_echo(client, 1, "secret");
	assert_int_equal(context_error(client, 0), POSTERN_NOT_AVAILABLE);
	driver_expect(&d, w.channel, CONTROL_CALL_ENDED, &record, NULL, 0);
	assert_int_equal(record.connection, 11);
	assert_int_equal(record.call, 0);
	driver_expect(&d, w.channel, CONTROL_CLOSED, &record, NULL, 0);
	assert_int_equal(record.connection, 11);
	(void)close(client);
	/* A client that only connects and leaves costs no process. */
	client = driver_connect(&d, &w, 12);
	(void)close(client);
	driver_expect(&d, w.channel, CONTROL_CLOSED, &record, NULL, 0);
	assert_int_equal(record.connection, 12);
	assert_int_equal(record.status, 0);
	driver_worker_close(&w);
	driver_stop(&d);
}

static void test_call_processes(void **state)
{
	struct driver_worker w;
	struct driver d;
	int one, two;

	(void)state;
	driver_door(true);
	driver_load(&d, PLAIN);
	driver_door(false);
	driver_worker_start(&d, FRESH, 1, 2, &w);
	one = driver_connect(&d, &w, 1);
	two = driver_connect(&d, &w, 2);
	for (uint64_t i = 1; i <= 20; i++) {
		context_echo(one, i, "one");
		context_echo(two, i, "two");
		context_text(two, i, "two");
		context_text(one, i, "one");
	}
	(void)close(one);
	(void)close(two);
	driver_expect(&d, w.channel, CONTROL_CLOSED, NULL, NULL, 0);
	driver_expect(&d, w.channel, CONTROL_CLOSED, NULL, NULL, 0);
	assert_int_equal(driver_processes(&d), 2);
	driver_worker_close(&w);
	driver_stop(&d);
}

/* One call that ends without an answer: what client and supervisor are told. */
static void ends(uint32_t entrypoint, int64_t code, uint32_t flags, int status)
{
	struct wire_writer none = context_arguments(0);
	struct control_record record;
	struct driver_worker w;
	struct driver d;
	int client;

	driver_door(true);
	driver_load(&d, PLAIN);
	driver_door(false);
	driver_worker_start(&d, entrypoint, 0, 1, &w);
	client = driver_connect(&d, &w, 5);
	/* Twice: the page and the connection are free again after the first. */
	for (uint64_t i = 1; i <= 2; i++) {
		driver_call(client, i, &none);
		assert_int_equal(context_error(client, i), code);
		driver_expect(&d, w.channel, CONTROL_CALL_ENDED, &record, NULL, 0);
		assert_int_equal(record.connection, 5);
		assert_int_equal(record.call, i);
		assert_int_equal(record.flags, flags);
		assert_int_equal(record.status, status);
	}
	assert_int_equal(driver_processes(&d), 2);
	(void)close(client);
	driver_worker_close(&w);
	driver_stop(&d);
}

static void test_call_dies(void **state)
{
	(void)state;
	ends(STAY, POSTERN_TIMED_OUT, CONTROL_TIMED_OUT, SIGKILL);
	ends(ABORT, POSTERN_WORKER_DIED, 0, SIGABRT);
	/* exit(0) is no answer. */
	ends(QUIT, POSTERN_WORKER_DIED, 0, 0);
}

static void test_call_leaves_nothing(void **state)
{
	struct wire_writer none = context_arguments(0);
	struct postern_value *v = NULL;
	struct driver_worker w;
	struct driver d;
	unsigned left = 0;
	int client;

	(void)state;
	driver_door(true);
	driver_load(&d, PLAIN);
	driver_door(false);
	driver_worker_start(&d, LEAVE, 0, 2, &w);
	client = driver_connect(&d, &w, 5);
	for (uint64_t i = 1; i <= 5; i++) {
		driver_call(client, i, &none);
		assert_int_equal(driver_answer(client, &v).type, POSTERN_RETURN);
		postern_value_free(v);
	}
	for (int i = 0; i < DRIVER_SECONDS * 100; i++) {
		left = driver_processes(&d);
		if (left == 2)
			break;
		(void)usleep(10000);
	}
	assert_int_equal(left, 2);
	(void)close(client);
	driver_worker_close(&w);
	driver_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),		cmocka_unit_test(test_too_long_and_unread),
		cmocka_unit_test(test_between_calls),	cmocka_unit_test(test_no_way_out),
		cmocka_unit_test(test_crash),		cmocka_unit_test(test_next_supervisor),
		cmocka_unit_test(test_no_door_no_call), cmocka_unit_test(test_call_processes),
		cmocka_unit_test(test_call_dies),	cmocka_unit_test(test_call_leaves_nothing),
	};
	int failed;

	if (driver_prepare() < 0)
		return EXIT_FAILURE;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	driver_finish();
	return failed;
}
