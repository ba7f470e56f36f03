/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A call in a worker: arguments in, what is refused, what a module may not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "helper/argument_check.h"
#include "invocation_fixture.h"

static int echo(struct postern_invocation *call)
{
	assert_true(postern_arg_given(call, "message"));
	assert_false(postern_arg_given(call, "count"));
	assert_int_equal(postern_arg_integer(call, "count"), 0);
	assert_int_equal(postern_arg_list_len(call, "names"), 0);
	assert_false(postern_arg_boolean(call, "force"));
	assert_int_equal(postern_caller_uid(call), 1000);
	assert_int_equal(postern_caller_gid(call), 1001);
	assert_int_equal(postern_caller_pid(call), 77);
	return postern_return_string(call, postern_arg_string(call, "message"));
}

static void test_success(void **state)
{
	cleanup_answer struct answer a = run(echo);

	(void)state;
	assert_int_equal(a.header.type, POSTERN_RETURN);
	assert_int_equal(a.header.call, 3);
	assert_string_equal(a.tree->text.data, "hello");
}

static int all_arguments(struct postern_invocation *call)
{
	const char *bytes;
	size_t len;

	assert_string_equal(postern_arg_string(call, "message"), "");
	assert_int_equal(postern_arg_integer(call, "count"), 7);
	bytes = postern_arg_bytes(call, "key", &len);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "\0k\xff", 3);
	assert_int_equal(postern_arg_list_len(call, "names"), 2);
	assert_string_equal(postern_arg_list_string(call, "names", 1), "eth1");
	assert_true(postern_arg_boolean(call, "force"));
	assert_int_equal(postern_arg_integer(call, "wait"), 5000000000);
	return postern_return_string(call, "seen");
}

static void test_all_kinds(void **state)
{
	struct wire_writer w;

	(void)state;
	call_start(&w);
	wire_put_string(&w, "", 0);
	wire_put_integer(&w, 7);
	wire_put_bytes(&w, "\0k\xff", 3);
	wire_put_array(&w, 2);
	wire_put_string(&w, "eth0", 4);
	wire_put_string(&w, "eth1", 4);
	wire_put_boolean(&w, true);
	wire_put_integer(&w, 5000000000);
	{
		cleanup_answer struct answer a = run_record(all_arguments, record, w.len);

		assert_int_equal(a.header.type, POSTERN_RETURN);
	}
}

static int never(struct postern_invocation *call)
{
	(void)call;
	fail_msg("the function must not run");
	return 0;
}

static void test_bad_arguments(void **state)
{
	struct wire_writer w;

	(void)state;
	call_start(&w);
	wire_put_string(&w, "hello", 5);
	wire_put_integer(&w, 10); /* too large */
	for (int i = 2; i < ARGUMENTS; i++)
		wire_put_nil(&w);
	{
		cleanup_answer struct answer a = run_record(never, record, w.len);

		IS_ERROR(a, POSTERN_BAD_ARGUMENT);
		assert_string_equal(a.error.argument, "count");
		assert_string_equal(a.error.message,
				    "count: expected an integer from 0 to 9, got 10");
	}
	wire_start(&w, record, sizeof(record), POSTERN_CALL, 3, 0);
	wire_put_array(&w, 0);
	{
		cleanup_answer struct answer a = run_record(never, record, w.len);

		IS_ERROR(a, POSTERN_BAD_ARGUMENT);
		assert_null(a.error.argument);
	}
	call_start(&w);
	for (int i = 0; i < ARGUMENTS; i++)
		wire_put_nil(&w);
	{
		cleanup_answer struct answer a = run_record(never, record, w.len);

		IS_ERROR(a, POSTERN_BAD_ARGUMENT);
		assert_string_equal(a.error.argument, "message");
	}
}

static void test_bad_records(void **state)
{
	struct postern_header h;
	struct wire_writer w;

	(void)state;
	call_start(&w);
	assert_int_equal(invocation_header(record, w.len, &h), 0);
	{
		cleanup_answer struct answer a = run_record(never, record, w.len);

		IS_ERROR(a, POSTERN_PROTOCOL_ERROR); /* the array ends early */
	}
	wire_start(&w, record, sizeof(record), POSTERN_CALL, 0, 0);
	assert_int_equal(invocation_header(record, w.len, &h), -EBADMSG);
	wire_start(&w, record, sizeof(record), POSTERN_RETURN, 1, 0);
	assert_int_equal(invocation_header(record, w.len, &h), -EBADMSG);
	assert_int_equal(invocation_header(record, 10, &h), -EBADMSG);
	{
		cleanup_answer struct answer a = run_record(never, record, 10);

		assert_int_equal(a.error.code, POSTERN_PROTOCOL_ERROR);
		assert_int_equal(a.header.call, 0);
	}
}

static int asks_unknown(struct postern_invocation *call)
{
	return postern_arg_boolean(call, "mesage");
}

static int asks_other_kind(struct postern_invocation *call)
{
	return (int)postern_arg_integer(call, "message");
}

static int asks_beyond(struct postern_invocation *call)
{
	return postern_arg_list_string(call, "names", 0) != NULL;
}

static int asks_other_element(struct postern_invocation *call)
{
	return (int)postern_arg_list_integer(call, "names", 0);
}

static int asks_flags(struct postern_invocation *call)
{
	return postern_arg_list_boolean(call, "names", 0);
}

static int asks_data(struct postern_invocation *call)
{
	size_t len;

	return postern_arg_list_bytes(call, "names", 0, &len) != NULL;
}

static int asks_paths(struct postern_invocation *call)
{
	return postern_arg_list_path_open(call, "names", 0, 0, 0);
}

/* The worker ends with a message; no value is made up. */
static void aborts(postern_function function, const char *said)
{
	int pipes[2], status;
	char text[512] = "";
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct answer a;

		(void)dup2(pipes[1], STDERR_FILENO);
		(void)signal(SIGABRT, SIG_DFL);
		a = run(function);
		answer_free(&a);
		_exit(0);
	}
	(void)close(pipes[1]);
	assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
	(void)close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	SAID(text, "the module of context motd has a mistake: entrypoint update_motd");
	SAID(text, said);
}

static void test_module_mistakes(void **state)
{
	(void)state;
	aborts(asks_unknown, "\"mesage\" that the manifest does not declare");
	aborts(asks_other_kind, "\"message\" as an integer");
	aborts(asks_beyond, "\"names\" beyond the end");
	aborts(asks_other_element, "\"names\" by elements of a kind");
	aborts(asks_flags, "\"names\" by elements of a kind");
	aborts(asks_data, "\"names\" by elements of a kind");
	aborts(asks_paths, "\"names\" beyond the end");
}

static void test_opened(void **state)
{
	struct invocation_target target = {.context = "motd", .entrypoint = &entrypoint};
	struct argument_checks *checks;
	struct reply_opened o;
	size_t len = invocation_opened(&target, reply);

	(void)state;
	assert_int_equal(reply_opened_read(reply + 24, len - 24, &o), 0);
	assert_string_equal(o.entrypoint, "update_motd");
	assert_int_equal(o.signature.len, ARGUMENTS);
	assert_string_equal(o.signature.parameters[KEY].name, "key");
	assert_true(o.signature.parameters[KEY].secret && o.signature.parameters[KEY].optional);
	assert_false(o.signature.parameters[MESSAGE].optional);
	assert_int_equal(o.signature.parameters[WAIT].type, ARGUMENT_DURATION);
	assert_int_equal(o.signature.result, ARGUMENT_STRING);
	reply_opened_clear(&o);
	/* Prepared once, the checks serve many calls. */
	assert_int_equal(argument_checks_new(&entrypoint, &checks, NULL), 0);
	target.function = echo;
	target.checks = checks;
	for (int i = 0; i < 3; i++) {
		struct wire_writer w;

		call_start(&w);
		wire_put_string(&w, "hello", 5);
		for (int j = 1; j < ARGUMENTS; j++)
			wire_put_nil(&w);
		invocation_run(&target, &caller, record, w.len, reply, &len);
		assert_int_equal(reply[0], POSTERN_RETURN);
	}
	argument_checks_free(checks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success),		cmocka_unit_test(test_all_kinds),
		cmocka_unit_test(test_bad_arguments),	cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_module_mistakes), cmocka_unit_test(test_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
