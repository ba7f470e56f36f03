/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libpostern in children, of programs of many threads too. Built without ASan: in GCC 12 its
 * allocator takes no locks around fork(), so that the child of a program whose other threads
 * allocate may find one held for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "echo_call.h"
#include "fake_server.h"

static void child_calls(struct postern *p)
{
	int r;

	(void)alarm(ECHO_LIMIT_MS / 1000);
	r = echo_call(p, "child", ECHO_LIMIT_MS, NULL);
	if (r == 0 && (echo_idle(p) != 1 || p->idle->process != client_process()))
		r = 1;
	postern_free(p);
	_exit(r ? 1 : 0);
}

static void test_fork(void **state)
{
	struct postern *p = postern_new(echo_server.address.sun_path);
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(echo_call(p, "parent", ECHO_LIMIT_MS, NULL), 0);
	pid = fork();
	if (pid == 0)
		child_calls(p);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(echo_server.accepted, 2); /* the child's is its own */
	assert_int_equal(echo_call(p, "parent", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(echo_server.accepted, 2); /* the parent's was not disturbed */
	postern_free(p);
}

static void test_fork_in_crowd(void **state)
{
	struct echo_crowd c = {.p = postern_new(echo_server.address.sun_path)};
	pthread_t threads[4];
	int failed = 0, status;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, echo_thread, &c), 0);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid == 0)
			child_calls(c.p);
		failed += waitpid(pid, &status, 0) != pid || status != 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(failed, 0);
	assert_int_equal(c.wrong, 0);
	postern_free(c.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fork, echo_server_start, echo_server_stop),
		cmocka_unit_test_setup_teardown(test_fork_in_crowd, echo_server_start,
						echo_server_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
