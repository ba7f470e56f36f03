/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern-testing: calls whose functions run here, and what is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "in_process.h"

static void test_call(void **state)
{
	(void)state;
	answers("Ada", "hello Ada 0 -");
	assert_int_equal(ran_in, syscall(SYS_gettid));
	answers("Grace", "hello Grace 0 -");
	assert_int_equal(postern_testing_calls(testing, "greet"), 2);
	assert_int_equal(postern_testing_calls(testing, "fail"), 0);
}

static void test_describe(void **state)
{
	const struct postern_signature *signature = NULL;

	(void)state;
	assert_int_equal(postern_describe(context, "greet", 0, &signature, NULL), 0);
	assert_int_equal(signature->len, 3);
	assert_string_equal(signature->parameters[0].name, "name");
	assert_true(signature->parameters[2].secret);
	assert_int_equal(signature->timeout_ns, UINT64_C(30000000000));
	assert_int_equal(postern_testing_calls(testing, "greet"), 0);
}

static void test_bad_arguments(void **state)
{
	struct postern_args *args = greeting("Ada");
	struct postern_failure *f;

	(void)state;
	postern_args_integer(args, "times", 4);
	f = fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "greet", args, 0);
	assert_string_equal(postern_failure_argument(f), "times");
	assert_string_equal(postern_failure_message(f),
			    "times: expected an integer from 1 to 3, got 4");
	postern_failure_free(f);
	f = fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "greet", greeting("ada"), 0);
	assert_string_equal(postern_failure_argument(f), "name");
	postern_failure_free(f);
	args = greeting("Ada");
	postern_args_string(args, "token", "hunter2hunter2");
	f = fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "greet", args, 0);
	assert_null(strstr(postern_failure_message(f), "hunter2"));
	postern_failure_free(f);
	f = fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "greet", NULL, 0);
	assert_string_equal(postern_failure_message(f), "greet needs the argument name");
	postern_failure_free(f);
	assert_int_equal(ran_in, 0);
}

static void test_failures(void **state)
{
	struct postern_args *args = postern_args_new();
	struct postern_failure *f;

	(void)state;
	postern_args_integer(args, "errno", EROFS);
	f = fails(POSTERN_RESULT_FAILED, EROFS, "fail", args, 0);
	assert_string_equal(postern_failure_message(f), "write /etc/motd: Read-only file system");
	postern_failure_free(f);
	f = fails(POSTERN_RESULT_FAILED, ENOENT, "named", NULL, 0);
	assert_string_equal(postern_failure_name(f), "no_such_volume");
	assert_string_equal(postern_failure_field(f, "volume"), "v-7");
	postern_failure_free(f);
	f = fails(POSTERN_RESULT_FAILED, EPROTO, "nothing", NULL, 0);
	assert_non_null(strstr(postern_failure_message(f), "without setting the result"));
	postern_failure_free(f);
}

static void note(void *userdata, const char *entrypoint, int level, const char *text)
{
	char *to = userdata;

	(void)snprintf(to + strlen(to), 256 - strlen(to), "%s %d %s\n", entrypoint, level, text);
}

static void test_log(void **state)
{
	char lines[256] = "";

	(void)state;
	postern_set_log(context, LOG_DEBUG, note, lines);
	assert_int_equal(postern_call(context, "talk", NULL, 0, NULL, NULL), 0);
	assert_string_equal(lines, "talk 7 looking\ntalk 4 found 7\n");
	lines[0] = '\0';
	postern_set_log(context, LOG_WARNING, note, lines);
	assert_int_equal(postern_call(context, "talk", NULL, 0, NULL, NULL), 0);
	assert_string_equal(lines, "talk 4 found 7\n");
}

static void test_late(void **state)
{
	struct postern_failure *f;

	(void)state;
	f = fails(POSTERN_RESULT_TIMED_OUT, ETIMEDOUT, "slow", NULL, 0);
	assert_non_null(strstr(postern_failure_message(f), "did not end within its time"));
	postern_failure_free(f);
	/* Neither may the caller's own limit lengthen it, nor does one that is longer hurt. */
	postern_failure_free(fails(POSTERN_RESULT_TIMED_OUT, ETIMEDOUT, "slow", NULL, LIMIT_MS));
	assert_int_equal(postern_testing_fake(testing, "greet", NULL), 0);
	answers("Ada", "hello Ada 0 -");
}

static void test_fork(void **state)
{
	struct postern_value *result = NULL;
	int64_t status = -1;

	(void)state;
	assert_int_equal(postern_call(context, "forks", NULL, 0, &result, NULL), 0);
	assert_int_equal(postern_value_integer(result, &status), 0);
	assert_int_equal(status, 0);
	postern_value_free(result);
}

static void test_slot(void **state)
{
	struct postern_args *args = postern_args_new();

	(void)state;
	postern_args_string(args, "name", "a");
	assert_int_equal(postern_call(context, "slot", args, 0, NULL, NULL), 0);
	postern_args_free(args);
	args = postern_args_new();
	postern_args_string(args, "name", "a/b");
	postern_failure_free(fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "slot", args, 0));
}

static void test_large(void **state)
{
	static char data[40000];
	struct postern_args *args = postern_args_new();
	struct postern_value *result = NULL;
	const void *got = NULL;
	size_t len = 0;

	(void)state;
	memset(data, 'x', sizeof(data));
	postern_args_bytes(args, "data", data, sizeof(data));
	assert_int_equal(postern_call(context, "large", args, 0, &result, NULL), 0);
	assert_int_equal(postern_value_bytes(result, &got, &len), 0);
	assert_int_equal(len, sizeof(data));
	assert_memory_equal(got, data, sizeof(data));
	postern_value_free(result);
	postern_args_free(args);
}

/* A socket's path names the context too; nothing else does, and there is no way to posternd. */
static void test_names(void **state)
{
	static const char *const others[] = {"motd", "in-process2", "/run/postern/motd.sock",
					     "/run/postern/in-process", "in-process.sock"};
	struct postern *handle = postern_new("/anywhere/in-process.sock");

	(void)state;
	assert_int_equal(postern_call(handle, "talk", NULL, 0, NULL, NULL), 0);
	postern_free(handle);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct postern_failure *failure = NULL;

		handle = postern_new(others[i]);
		assert_int_equal(postern_call(handle, "talk", NULL, 0, NULL, &failure), -ENOENT);
		assert_int_equal(postern_failure_result(failure), POSTERN_RESULT_NOT_AVAILABLE);
		postern_failure_free(failure);
		postern_free(handle);
	}
	postern_failure_free(fails(POSTERN_RESULT_NOT_AVAILABLE, ENOENT, "unknown", NULL, 0));
	handle = postern_new_network("in-process", "red");
	assert_int_equal(postern_call(handle, "talk", NULL, 0, NULL, NULL), -EINVAL);
	postern_free(handle);
}

/* The last one of a name counts, and when it is gone the one before it. */
static void test_several(void **state)
{
	struct postern_testing *second = NULL;
	struct postern_failure *f;

	(void)state;
	assert_int_equal(postern_testing_new(IN_PROCESS_MANIFEST, NULL, &second, NULL), 0);
	f = fails(POSTERN_RESULT_NOT_AVAILABLE, ENOENT, "greet", greeting("Ada"), 0);
	assert_string_equal(postern_failure_message(f), "greet has no function in this process");
	postern_failure_free(f);
	postern_testing_free(second);
	answers("Ada", "hello Ada 0 -");
	postern_testing_free(testing);
	testing = NULL;
	postern_failure_free(
		fails(POSTERN_RESULT_NOT_AVAILABLE, ENOENT, "greet", greeting("Ada"), 0));
}

static void test_not_made(void **state)
{
	static const struct postern_module part = {POSTERN_MODULE_VERSION, 1, in_process_entries};
	static const struct postern_module old = {POSTERN_MODULE_VERSION + 1, 1,
						  in_process_entries};
	struct postern_testing *none = NULL;
	struct postern_failure *f = NULL;

	(void)state;
	assert_true(postern_testing_new("/nowhere.yaml", &in_process_module, &none, &f) < 0);
	postern_failure_free(f);
	assert_int_equal(postern_testing_new("tests/testing/test_in_process.c", &in_process_module,
					     &none, &f),
			 -EBADMSG);
	assert_non_null(strstr(postern_failure_message(f), "test_in_process.c:"));
	postern_failure_free(f);
	assert_int_equal(postern_testing_new(IN_PROCESS_MANIFEST, &part, &none, &f), -EBADMSG);
	assert_string_equal(postern_failure_message(f), "the module has no entrypoint fail");
	postern_failure_free(f);
	assert_int_equal(postern_testing_new(IN_PROCESS_MANIFEST, &old, &none, &f), -ENOEXEC);
	postern_failure_free(f);
	assert_int_equal(postern_testing_load(IN_PROCESS_MANIFEST, "/nowhere.so", &none, &f),
			 -ENOEXEC);
	assert_non_null(strstr(postern_failure_message(f), "/nowhere.so"));
	postern_failure_free(f);
	assert_null(none);
}

static int running;

/* One call at a time, as in a worker: a function may keep what it does in static memory. */
static int alone(struct postern_invocation *call)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	int others = running++;

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	running--;
	return others ? postern_fail(call, EBUSY, "%d others", others) : 0;
}

static void *ten_calls(void *wrong)
{
	for (int i = 0; i < 10; i++)
		if (postern_call(context, "talk", NULL, LIMIT_MS, NULL, NULL) < 0)
			(void)__atomic_add_fetch((int *)wrong, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[8];
	int wrong = 0;

	(void)state;
	assert_int_equal(postern_testing_fake(testing, "talk", alone), 0);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ten_calls, &wrong), 0);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
	assert_int_equal(postern_testing_calls(testing, "talk"), 80);
}

static void *one_call(void *ret)
{
	*(int *)ret = postern_call(context, "talk", NULL, 50, NULL, NULL);
	return NULL;
}

static int calls_from_thread(struct postern_invocation *call)
{
	pthread_t thread;
	int r = 0;

	if (pthread_create(&thread, NULL, one_call, &r) || pthread_join(thread, NULL))
		return -ECHILD;
	return postern_fail(call, r, "the other");
}

/* One that waits for another's end is told when its time is over. */
static void test_waiting(void **state)
{
	(void)state;
	assert_int_equal(postern_testing_fake(testing, "talk", calls_from_thread), 0);
	postern_failure_free(fails(POSTERN_RESULT_FAILED, ETIMEDOUT, "talk", NULL, LIMIT_MS));
}

static jmp_buf out;

static int leaves(struct postern_invocation *call)
{
	(void)call;
	longjmp(out, 1);
}

/* As a failed assertion in a fake does: the next call is served. In a child, since what the call
 * had allocated is lost. */
static void test_left(void **state)
{
	pid_t pid = fork();
	int status = -1;

	(void)state;
	if (pid == 0) {
		(void)postern_testing_fake(testing, "talk", leaves);
		if (setjmp(out) == 0)
			(void)postern_call(context, "talk", NULL, 0, NULL, NULL);
		(void)postern_testing_fake(testing, "talk", NULL);
		_exit(postern_call(context, "talk", NULL, LIMIT_MS, NULL, NULL) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(postern_testing_calls(testing, "talk"), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_call),	 T(test_describe), T(test_bad_arguments), T(test_failures),
		T(test_log),	 T(test_late),	   T(test_fork),	  T(test_slot),
		T(test_large),	 T(test_names),	   T(test_several),	  T(test_not_made),
		T(test_threads), T(test_waiting),  T(test_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
