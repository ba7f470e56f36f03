/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions that the tests of libpostern-testing call, and the context that has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "in_process.h"

struct postern_testing *testing;
struct postern *context;
pid_t ran_in;

static int greet(struct postern_invocation *call)
{
	char text[64];

	ran_in = (pid_t)syscall(SYS_gettid);
	(void)snprintf(text, sizeof(text), "hello %s %d %s", postern_arg_string(call, "name"),
		       (int)postern_arg_integer(call, "times"),
		       postern_arg_given(call, "token") ? postern_arg_string(call, "token") : "-");
	return postern_return_string(call, text);
}

static int report(struct postern_invocation *call)
{
	return postern_fail(call, (int)postern_arg_integer(call, "errno"), "write /etc/motd");
}

static int named(struct postern_invocation *call)
{
	postern_fail_field(call, "volume", "v-7");
	return postern_fail_named(call, "no_such_volume", ENOENT, "looked for it");
}

static int talk(struct postern_invocation *call)
{
	postern_log(call, LOG_DEBUG, "looking");
	postern_log(call, LOG_WARNING, "found %d", 7);
	return 0;
}

static int nothing(struct postern_invocation *call)
{
	(void)call;
	return 0;
}

static int who(struct postern_invocation *call)
{
	const int64_t ids[] = {postern_caller_uid(call), postern_caller_gid(call),
			       postern_caller_pid(call)};

	return postern_return_integers(call, ids, 3);
}

static int slow(struct postern_invocation *call)
{
	const struct timespec pause = {.tv_nsec = 80 * 1000 * 1000};

	(void)call;
	return clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL) ? -EINTR : 0;
}

static int forks(struct postern_invocation *call)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		return postern_return_integer(call, 1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return postern_return_integer(call, status);
}

static int touch(struct postern_invocation *call)
{
	int fd = open(postern_arg_string(call, "file"), O_CREAT | O_EXCL | O_CLOEXEC | O_WRONLY,
		      0600);

	if (fd < 0)
		return postern_fail(call, errno, "create it");
	(void)close(fd);
	return 0;
}

static int slot(struct postern_invocation *call)
{
	(void)call;
	return 0;
}

static int large(struct postern_invocation *call)
{
	size_t len;
	const void *data = postern_arg_bytes(call, "data", &len);

	return postern_return_bytes(call, data, len);
}

const struct postern_entry in_process_entries[] = {
	{"greet", greet},     {"fail", report}, {"named", named}, {"talk", talk},
	{"nothing", nothing}, {"who", who},	{"slow", slow},	  {"forks", forks},
	{"touch", touch},     {"slot", slot},	{"large", large},
};
const struct postern_module in_process_module = {
	POSTERN_MODULE_VERSION,
	sizeof(in_process_entries) / sizeof(in_process_entries[0]),
	in_process_entries,
};

int begin(void **state)
{
	struct postern_failure *failure = NULL;

	(void)state;
	ran_in = 0;
	context = postern_new("in-process"); /* made before what it names */
	if (postern_testing_new(IN_PROCESS_MANIFEST, &in_process_module, &testing, &failure) == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", postern_failure_message(failure));
	postern_failure_free(failure);
	return -1;
}

int end(void **state)
{
	(void)state;
	postern_testing_free(testing);
	postern_free(context);
	return 0;
}

struct postern_failure *fails(enum postern_result result, int error, const char *entrypoint,
			      struct postern_args *args, unsigned timeout_ms)
{
	struct postern_failure *failure = NULL;

	assert_int_equal(postern_call(context, entrypoint, args, timeout_ms, NULL, &failure),
			 -error);
	assert_non_null(failure);
	assert_int_equal(postern_failure_result(failure), result);
	postern_args_free(args);
	return failure;
}

struct postern_args *greeting(const char *name)
{
	struct postern_args *args = postern_args_new();

	assert_int_equal(postern_args_string(args, "name", name), 0);
	return args;
}

void answers(const char *name, const char *expected)
{
	struct postern_args *args = greeting(name);
	struct postern_value *result = NULL;
	const char *text = NULL;
	size_t len = 0;

	assert_int_equal(postern_call(context, "greet", args, 0, &result, NULL), 0);
	assert_int_equal(postern_value_string(result, &text, &len), 0);
	assert_string_equal(text, expected);
	postern_value_free(result);
	postern_args_free(args);
}
