/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern against a server that behaves: calls, arguments, pooling, threads, queues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "base/util.h"
#include "echo_call.h"
#include "fake_server.h"
#include "lib/client.h"

static void test_call(void **state)
{
	struct postern *p = postern_new(echo_server.address.sun_path);
	const struct postern_signature *s, *again;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(echo_call(p, "hello", i % 2 ? ECHO_LIMIT_MS : 0, NULL), 0);
	assert_int_equal(echo_server.accepted, 1); /* one connection served them all */
	assert_int_equal(postern_describe(p, "echo", 0, &s, NULL), 0);
	assert_int_equal(s->len, 2);
	assert_string_equal(s->parameters[0].name, "message");
	assert_true(s->parameters[1].optional);
	assert_int_equal(postern_describe(p, "other", 0, &again, NULL), 0);
	assert_int_equal(echo_server.accepted, 2);	    /* an entrypoint has its own */
	assert_string_equal(s->parameters[1].name, "mode"); /* lives as long as the handle */
	postern_free(p);
}

static void test_network_names(void **state)
{
	static const char *const bad_names[] = {"", "../x", "A", "a.b"};
	struct postern *p = postern_new_network(echo_server.address.sun_path, "red-a");

	(void)state;
	assert_int_equal(echo_call(p, "hello", ECHO_LIMIT_MS, NULL), 0);
	postern_free(p);
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
		struct postern_failure *f = NULL;
		int accepted = echo_server.accepted;

		p = postern_new_network(echo_server.address.sun_path, bad_names[i]);
		assert_int_equal(postern_call(p, "echo", NULL, ECHO_LIMIT_MS, NULL, &f), -EINVAL);
		assert_int_equal(postern_failure_result(f), POSTERN_RESULT_BAD_ARGUMENT);
		assert_int_equal(echo_server.accepted, accepted);
		postern_failure_free(f);
		postern_free(p);
	}
}

static void bad(struct postern *p, const struct postern_args *args, const char *argument,
		const char *message, const char *hint)
{
	struct postern_failure *f = NULL;
	int calls = echo_server.calls;

	assert_int_equal(postern_call(p, "echo", args, ECHO_LIMIT_MS, NULL, &f), -EINVAL);
	assert_int_equal(postern_failure_result(f), POSTERN_RESULT_BAD_ARGUMENT);
	assert_string_equal(postern_failure_argument(f), argument);
	assert_string_equal(postern_failure_message(f), message);
	if (hint)
		assert_string_equal(postern_failure_hint(f), hint);
	assert_int_equal(echo_server.calls, calls); /* nothing was sent */
	postern_failure_free(f);
}

static void test_bad_arguments(void **state)
{
	struct postern *p = postern_new(echo_server.address.sun_path);
	struct postern_args *args = postern_args_new();

	(void)state;
	bad(p, NULL, "message", "echo needs the argument message", "echo takes message, [mode]");
	assert_int_equal(postern_args_string(args, "mesage", "x"), 0);
	bad(p, args, "mesage", "echo takes no argument named mesage",
	    "did you mean message? echo takes message, [mode]");
	assert_int_equal(postern_args_string(args, "mesage", "x"), -EEXIST);
	assert_int_equal(postern_args_string(args, "message", "x"), -EEXIST); /* it sticks */
	bad(p, args, "mesage", "mesage: given twice", NULL);
	postern_args_free(args);
	assert_int_equal(echo_call(p, "still fine", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(echo_server.accepted, 1);
	postern_free(p);
}

static void setter(int expected, int (*set)(struct postern_args *), const char *argument,
		   const char *message)
{
	struct postern *p = postern_new(echo_server.address.sun_path);
	struct postern_args_room room;
	struct postern_args *both[] = {postern_args_new(), postern_args_in(&room)};

	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		assert_int_equal(set(both[i]), expected);
		bad(p, both[i], argument, message, NULL);
		postern_args_free(both[i]);
	}
	postern_free(p);
	assert_int_equal(echo_server.accepted, 0); /* not even connected */
}

static int set_large(struct postern_args *args)
{
	size_t len = WIRE_PAYLOAD_MAX;
	char *large = malloc(len + 1);
	int r;

	memset(large, 'x', len);
	large[len] = '\0';
	r = postern_args_string(args, "message", large);
	free(large);
	return r;
}

static int set_sum(struct postern_args *args)
{
	static char half[40 * 1024 * 1024];

	assert_int_equal(postern_args_borrow_bytes(args, "message", half, sizeof(half)), 0);
	return postern_args_borrow_bytes(args, "mode", half, sizeof(half));
}

static int set_list(struct postern_args *args)
{
	static const int64_t many[20000];

	return postern_args_integers(args, "message", many, ARRAY_SIZE(many));
}

static int set_rubbish(struct postern_args *args)
{
	return postern_args_string(args, "message", "\xff");
}

static int set_null(struct postern_args *args)
{
	return postern_args_string(args, "message", NULL);
}

static int set_field(struct postern_args *args, const char *field)
{
	struct postern_args *fields = postern_args_new();
	int r;

	assert_int_equal(postern_args_string(fields, field, NULL), -EINVAL);
	r = postern_args_record(args, "message", fields);
	postern_args_free(fields);
	return r;
}

static int set_null_field(struct postern_args *args)
{
	return set_field(args, "to");
}

static int set_nameless_field(struct postern_args *args)
{
	return set_field(args, NULL);
}

static int set_null_bytes(struct postern_args *args)
{
	static const struct postern_bytes some[] = {{"a", 1}, {NULL, 0}, {NULL, 1}};

	assert_int_equal(postern_args_bytes_list(args, "mode", some, 2), 0);
	return postern_args_bytes_list(args, "message", some, 3);
}

static int set_much_bytes(struct postern_args *args)
{
	static const char half[40 * 1024 * 1024];
	static const struct postern_bytes both[] = {{half, sizeof(half)}, {half, sizeof(half)}};

	return postern_args_bytes_list(args, "message", both, 2);
}

static int set_many_flags(struct postern_args *args)
{
	static const bool many[20000];

	return postern_args_booleans(args, "message", many, ARRAY_SIZE(many));
}

static void test_setters(void **state)
{
	static const char large[] =
		"message: the arguments are too large: a call holds at most 64 MiB";

	(void)state;
	setter(-E2BIG, set_large, "message", large);
	setter(-E2BIG, set_list, "message", large);
	setter(-E2BIG, set_sum, "mode",
	       "mode: the arguments are too large: a call holds at most 64 MiB");
	setter(-EILSEQ, set_rubbish, "message", "message: the string is not valid UTF-8");
	setter(-EINVAL, set_null, "message", "message: an argument needs a name and a value");
	setter(-EINVAL, set_null_field, "message.to",
	       "message.to: an argument needs a name and a value");
	setter(-EINVAL, set_nameless_field, "message.",
	       "message.: an argument needs a name and a value");
	setter(-EINVAL, set_null_bytes, "message", "message: an argument needs a name and a value");
	setter(-E2BIG, set_much_bytes, "message", large);
	setter(-E2BIG, set_many_flags, "message", large);
	assert_int_equal(postern_args_boolean(NULL, "x", true), -ENOMEM);
}

/* In the caller's memory: names stay where they are, and what was copied is wiped. */
static void test_room(void **state)
{
	static const char secret[] = "not for others";
	char names[20][4];
	struct postern *p = postern_new(echo_server.address.sun_path);
	struct postern_args_room room;
	struct postern_args *args = postern_args_in(&room);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%zu", i);
		assert_int_equal(postern_args_integer(args, names[i], (int64_t)i), 0);
	}
	assert_int_equal(postern_args_boolean(args, names[19], true), -EEXIST);
	postern_args_free(args);
	args = postern_args_in(&room);
	assert_int_equal(postern_args_string(args, "mode", secret), 0);
	postern_args_free(args);
	assert_null(memmem(&room, sizeof(room), secret, sizeof(secret)));
	args = postern_args_in(&room);
	(void)postern_args_borrow_string(args, "mode", "loud"); /* not in the signature's order */
	(void)postern_args_borrow_string(args, "message", "hello");
	assert_int_equal(postern_call(p, "echo", args, ECHO_LIMIT_MS, NULL, NULL), 0);
	postern_args_free(args);
	postern_free(p);
}

/* The largest that fits goes through: nothing is refused that would have fitted. */
static void test_largest(void **state)
{
	/* The list's head, a string's of 16 bits, and the argument that is not given. */
	const size_t largest = POSTERN_RECORD_MAX - 24 - 5;
	struct postern *p = postern_new(echo_server.address.sun_path);
	char *text = malloc(largest + 2);

	(void)state;
	memset(text, 'y', largest + 1);
	text[largest] = '\0';
	assert_int_equal(echo_call(p, text, ECHO_LIMIT_MS, NULL), 0);
	text[largest] = 'y';
	text[largest + 1] = '\0';
	assert_int_equal(echo_call(p, text, ECHO_LIMIT_MS, NULL), -EINVAL);
	free(text);
	postern_free(p);
}

/* As many as an object holds on the wire, where the list of arguments counts, the list in it, and
 * the argument that is not given. */
static void test_most_values(void **state)
{
	static const int64_t numbers[16384 - 2];
	struct postern *p = postern_new(echo_server.address.sun_path);

	(void)state;
	for (size_t len = ARRAY_SIZE(numbers); len >= ARRAY_SIZE(numbers) - 1; len--) {
		struct postern_args *args = postern_args_new();
		struct postern_failure *f = NULL;
		bool fits = len < ARRAY_SIZE(numbers);
		int r;

		assert_int_equal(postern_args_integers(args, "message", numbers, len), 0);
		r = postern_call(p, "echo", args, ECHO_LIMIT_MS, NULL, &f);
		assert_int_equal(r, fits ? 0 : -EINVAL);
		assert_int_equal(echo_server.calls, fits ? 1 : 0);
		if (!fits)
			assert_int_equal(postern_failure_result(f), POSTERN_RESULT_BAD_ARGUMENT);
		postern_failure_free(f);
		postern_args_free(args);
	}
	postern_free(p);
}

static void unavailable(const char *context, const char *entrypoint, int number, int error,
			const char *part)
{
	struct postern *p = postern_new(context);
	struct postern_failure *f = NULL;

	assert_int_equal(postern_call(p, entrypoint, NULL, ECHO_LIMIT_MS, NULL, &f), number);
	assert_int_equal(postern_failure_result(f), POSTERN_RESULT_NOT_AVAILABLE);
	assert_string_equal(postern_failure_result_name(f), "not available");
	assert_int_equal(postern_failure_errno(f), error);
	assert_non_null(strstr(postern_failure_message(f), part));
	assert_non_null(postern_failure_hint(f));
	postern_failure_free(f);
	postern_free(p);
}

static void test_unavailable(void **state)
{
	char missing[80], too_long[120] = "/";

	(void)state;
	fake_server_bind(&echo_server, fake_serve_echo); /* bound, but it does not listen */
	unavailable(echo_server.address.sun_path, "echo", -ECONNREFUSED, ECONNREFUSED,
		    echo_server.address.sun_path);
	(void)snprintf(missing, sizeof(missing), "%s/none.sock", echo_server.directory);
	unavailable(missing, "echo", -ENOENT, ENOENT, missing);
	unavailable("no-such-context", "echo", -ENOENT, ENOENT,
		    "/run/postern/no-such-context.sock: ");
	unavailable("../etc", "echo", -ENOENT, ENOENT, "\"../etc\" cannot be a context");
	unavailable("", "echo", -ENOENT, ENOENT, "cannot be a context");
	unavailable(NULL, "echo", -ENOENT, ENOENT, "cannot be a context");
	memset(too_long + 1, 'a', 110);
	unavailable(too_long, "echo", -ENOENT, ENOENT, "cannot be a context");
	unavailable("motd", "Echo", -ENOENT, ENOENT, "\"Echo\" cannot be an entrypoint");
	unavailable("motd", NULL, -ENOENT, ENOENT, "cannot be an entrypoint");
	fake_server_stop(&echo_server);
}

/* A directory that the caller may not search. Root may search all, so the child is another. */
static void test_no_permission(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod(echo_server.directory, 0), 0);
	pid = fork();
	if (pid == 0) {
		struct postern_failure *f = NULL;
		struct postern *p = postern_new(echo_server.address.sun_path);
		int r;

		if (getuid() == 0 && setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		r = postern_call(p, "echo", NULL, ECHO_LIMIT_MS, NULL, &f);
		r = r == -ECONNREFUSED && postern_failure_errno(f) == EACCES &&
		    strstr(postern_failure_message(f), echo_server.address.sun_path);
		postern_failure_free(f);
		postern_free(p);
		_exit(r ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(echo_server.directory, 0700), 0);
}

static void test_threads(void **state)
{
	struct echo_crowd c = {.p = postern_new(echo_server.address.sun_path)};
	pthread_t threads[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, echo_thread, &c), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(c.wrong, 0);
	assert_in_range(echo_idle(c.p), 1, CLIENT_IDLE_MAX);
	assert_int_equal(echo_server.calls, 16 * ECHO_THREAD_CALLS);
	postern_free(c.p);
}

static void *run_later(void *arg)
{
	(void)arg;
	(void)usleep(150 * 1000);
	fake_server_run(&echo_server, 128);
	return NULL;
}

/* A queue that is full, for a while and for ever. */
static void test_full_backlog(void **state)
{
	int fds[FAKE_FILL_MAX], len;
	struct postern_failure *f = NULL;
	struct postern *p;
	pthread_t later;

	(void)state;
	fake_server_bind(&echo_server, fake_serve_echo);
	len = fake_server_fill(&echo_server, fds);
	p = postern_new(echo_server.address.sun_path);
	assert_int_equal(echo_call(p, "hello", 100, &f), -ETIMEDOUT);
	assert_int_equal(postern_failure_result(f), POSTERN_RESULT_TIMED_OUT);
	postern_failure_free(f);
	assert_int_equal(pthread_create(&later, NULL, run_later, NULL), 0);
	for (int i = 0; i < len; i++)
		(void)shutdown(fds[i], SHUT_RDWR);
	assert_int_equal(echo_call(p, "hello", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(pthread_join(later, NULL), 0);
	for (int i = 0; i < len; i++)
		(void)close(fds[i]);
	postern_free(p);
	fake_server_stop(&echo_server);
}

/* A program that has no memory for a handle, or does not look at failures, survives. */
static void test_careless(void **state)
{
	(void)state;
	assert_int_equal(postern_call(NULL, "echo", NULL, 0, NULL, NULL), -ENOMEM);
	assert_string_equal(postern_failure_message(NULL), "out of memory");
	assert_null(postern_failure_hint(NULL));
	postern_failure_free(NULL);
	postern_free(NULL);
	postern_args_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_call, echo_server_start, echo_server_stop),
		cmocka_unit_test_setup_teardown(test_network_names, echo_server_start,
						echo_server_stop),
		cmocka_unit_test_setup_teardown(test_bad_arguments, echo_server_start,
						echo_server_stop),
		cmocka_unit_test_setup_teardown(test_setters, echo_server_start, echo_server_stop),
		cmocka_unit_test_setup_teardown(test_room, echo_server_start, echo_server_stop),
		cmocka_unit_test_setup_teardown(test_largest, echo_server_start, echo_server_stop),
		cmocka_unit_test_setup_teardown(test_most_values, echo_server_start,
						echo_server_stop),
		cmocka_unit_test(test_unavailable),
		cmocka_unit_test_setup_teardown(test_no_permission, echo_server_start,
						echo_server_stop),
		cmocka_unit_test_setup_teardown(test_threads, echo_server_start, echo_server_stop),
		cmocka_unit_test(test_full_backlog),
		cmocka_unit_test(test_careless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
