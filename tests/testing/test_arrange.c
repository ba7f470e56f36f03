/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern-testing: what a test changes in a context. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "in_process.h"

static void assert_who(uid_t uid, gid_t gid, pid_t pid)
{
	const int64_t expected[] = {uid, gid, pid};
	struct postern_value *result = NULL;

	assert_int_equal(postern_call(context, "who", NULL, 0, &result, NULL), 0);
	assert_int_equal(postern_value_list_len(result), 3);
	for (size_t i = 0; i < 3; i++) {
		int64_t got = -1;

		assert_int_equal(postern_value_integer(postern_value_list_item(result, i), &got),
				 0);
		assert_int_equal(got, expected[i]);
	}
	postern_value_free(result);
}

static void test_caller(void **state)
{
	(void)state;
	assert_who(geteuid(), getegid(), getpid());
	postern_testing_caller(testing, 1000, 1001, 77);
	assert_who(1000, 1001, 77);
}

/* cmocka's queues are of the thread: a fake may use them. */
static int fake_greet(struct postern_invocation *call)
{
	check_expected_ptr(postern_arg_string(call, "name"));
	return postern_return_string(call, mock_ptr_type(const char *));
}

static void test_fake(void **state)
{
	(void)state;
	assert_int_equal(postern_testing_fake(testing, "greet", fake_greet), 0);
	expect_string(fake_greet, postern_arg_string(call, "name"), "Ada");
	will_return(fake_greet, "go away");
	answers("Ada", "go away");
	/* What the manifest does not let pass does not reach a fake either. */
	postern_failure_free(
		fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "greet", greeting("ada"), 0));
	assert_int_equal(postern_testing_fake(testing, "greet", NULL), 0);
	answers("Ada", "hello Ada 0 -");
	assert_int_equal(postern_testing_fake(testing, "unknown", fake_greet), -ENOENT);
}

static void test_end(void **state)
{
	const struct postern_testing_end denied = {
		.result = POSTERN_RESULT_DENIED,
		.error = EACCES,
		.message = "open /etc/shadow",
		.denied_operation = "open",
		.denied_object = "shadow",
		.denied_rights = "write",
	};
	const struct postern_testing_end died = {.result = POSTERN_RESULT_WORKER_DIED,
						 .signal = SIGSEGV};
	const struct postern_testing_end none = {.result = POSTERN_RESULT_OK};
	struct postern_failure *f;

	(void)state;
	assert_int_equal(postern_testing_end(testing, "greet", &denied), 0);
	f = fails(POSTERN_RESULT_DENIED, EACCES, "greet", greeting("Ada"), 0);
	assert_string_equal(postern_failure_message(f), "open /etc/shadow");
	assert_string_equal(postern_failure_denied_object(f), "shadow");
	assert_string_equal(postern_failure_denied_rights(f), "write");
	postern_failure_free(f);
	assert_int_equal(ran_in, 0);
	assert_int_equal(postern_testing_end(testing, "greet", &died), 0);
	f = fails(POSTERN_RESULT_WORKER_DIED, ECONNRESET, "greet", greeting("Ada"), 0);
	assert_int_equal(postern_failure_signal(f), SIGSEGV);
	postern_failure_free(f);
	assert_int_equal(postern_testing_end(testing, "greet", &none), -EINVAL);
	assert_int_equal(postern_testing_end(testing, "unknown", &died), -ENOENT);
	assert_int_equal(postern_testing_end(testing, "greet", NULL), 0);
	answers("Ada", "hello Ada 0 -");
}

static struct postern_args *file_in(const char *directory, const char *name)
{
	struct postern_args *args = postern_args_new();
	char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", directory, name);
	postern_args_string(args, "file", path);
	return args;
}

static void test_root(void **state)
{
	char directory[] = "/tmp/postern-testing-XXXXXX", etc[64], made[80];
	struct postern_args *args;

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(etc, sizeof(etc), "%s/etc", directory);
	(void)snprintf(made, sizeof(made), "%s/motd", etc);
	assert_int_equal(mkdir(etc, 0700), 0);
	postern_failure_free(
		fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "touch", file_in(etc, "/motd"), 0));
	assert_int_equal(postern_testing_root(testing, "relative"), -EINVAL);
	assert_int_equal(postern_testing_root(testing, directory), 0);
	assert_int_equal(postern_testing_root(testing, directory), -EEXIST);
	args = file_in(etc, "/motd");
	assert_int_equal(postern_call(context, "touch", args, 0, NULL, NULL), 0);
	postern_args_free(args);
	assert_int_equal(access(made, F_OK), 0);
	/* It is there now; it lies elsewhere; it is the true one. */
	postern_failure_free(
		fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "touch", file_in(etc, "/motd"), 0));
	postern_failure_free(fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "touch",
				   file_in(directory, "/other"), 0));
	postern_failure_free(fails(POSTERN_RESULT_BAD_ARGUMENT, EINVAL, "touch",
				   file_in("/etc", "/postern-never"), 0));
	assert_int_equal(unlink(made), 0);
	assert_int_equal(rmdir(etc), 0);
	assert_int_equal(rmdir(directory), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_caller),
		T(test_fake),
		T(test_end),
		T(test_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
