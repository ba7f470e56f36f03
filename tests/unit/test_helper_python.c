/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Functions in Python, in real helpers on this host, with a driver in the supervisor's place and no
 * kernel policy. Needs root; $POSTERN_BUILD names the build directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/unit/helper_context.h"

/* Entrypoints, in the order of the manifest. */
enum { TYPES, DO, SECRET, NETWORK, DELAY, NOTHING, TOO_MUCH, FRESH_DO, ROUTES, SECRET_FIELD, READ };

#define FILE_ POSTERN_LIBEXECDIR "/helper_module.py"
#define TOP(of)                                                                                    \
	"context: test\npython: " of "\nuser: root\ngroup: root\ncallers: {users: [nobody]}\n"
#define MANIFEST                                                                                   \
	TOP(FILE_)                                                                                 \
	"ids: {users: [root], groups: [root]}\n"                                                   \
	"entrypoints:\n"                                                                           \
	"  types:\n"                                                                               \
	"    arguments: {flag: boolean, count: integer, text: string, data: bytes,\n"              \
	"      words: {type: list, element: string}, address: address,\n"                          \
	"      absent: {type: string, optional: true}, fallback: {type: string, optional: "        \
	"true}}\n"                                                                                 \
	"    result: string\n"                                                                     \
	"  do: {arguments: {what: string}, result: string}\n"                                      \
	"  secret: {arguments: {token: {type: string, secret: true}}, result: integer}\n"          \
	"  network: {arguments: {plain: {type: boolean, optional: true}}, result: address}\n"      \
	"  delay: {result: duration}\n"                                                            \
	"  nothing: {}\n"                                                                          \
	"  too-much: {}\n"                                                                         \
	"  fresh: {arguments: {what: string}, result: string, isolation: call, workers: 2}\n"      \
	"  routes:\n"                                                                              \
	"    arguments: {routes: {type: list, element: {type: record, fields: {to: prefix,\n"      \
	"      via: {type: address, optional: true}, metric: {type: integer, default: 5}}}}}\n"    \
	"    result: {type: record, fields: {seen: string, count: integer}}\n"                     \
	"  secret-field:\n"                                                                        \
	"    arguments: {peers: {type: list, element: {type: record, fields: {name: string,\n"     \
	"      key: {type: string, secret: true}}}}}\n"                                            \
	"  read:\n"                                                                                \
	"    arguments:\n"                                                                         \
	"      what: string\n"                                                                     \
	"      file: {type: path, below: /usr/lib, exists: must}\n"                                \
	"      more: {type: record, optional: true, fields: {files: {type: list, element: "        \
	"{type: path}}}}\n"                                                                        \
	"    result: string\n"

/* A client of a worker of its own. */
struct session {
	struct driver d;
	struct driver_worker w;
	int client;
	uint64_t call;
};

static void begin(struct session *s, uint32_t entrypoint)
{
	*s = (struct session){};
	driver_door(true);
	driver_load(&s->d, MANIFEST);
	driver_door(false);
	driver_worker_start(&s->d, entrypoint, 0, 1, &s->w);
	s->client = driver_connect(&s->d, &s->w, 1);
}

static void end(struct session *s)
{
	(void)close(s->client);
	driver_worker_close(&s->w);
	driver_stop(&s->d);
}

static bool logged(const struct session *s, const char *text)
{
	static char all[65536];
	ssize_t n = pread(s->d.log, all, sizeof(all) - 1, 0);

	all[n > 0 ? n : 0] = '\0';
	return strstr(all, text) != NULL;
}

static void ask(struct session *s, const char *what)
{
	context_echo(s->client, ++s->call, what);
}

static void gives(struct session *s, const char *what, const char *text)
{
	ask(s, what);
	context_text(s->client, s->call, text);
}

/* name: of the error; NULL: it has none. */
static void failed(struct session *s, int64_t error, const char *name, const char *message)
{
	const struct postern_value *named, *field;
	struct postern_value *v = NULL;
	struct postern_header h = driver_answer(s->client, &v);

	assert_int_equal(h.type, POSTERN_ERROR);
	assert_int_equal(wire_map_get(v, "code")->integer, POSTERN_FAILED);
	assert_int_equal(wire_map_get(v, "errno")->integer, error);
	assert_string_equal(wire_map_get(v, "message")->text.data, message);
	named = wire_map_get(v, "name");
	if (name)
		assert_string_equal(named->text.data, name);
	else
		assert_null(named);
	field = wire_map_get(v, "fields");
	if (name && strcmp(name, "volume_in_use") == 0)
		assert_string_equal(wire_map_get(field, "users")->text.data, "3");
	postern_value_free(v);
}

static void fails(struct session *s, const char *what, int64_t error, const char *name,
		  const char *message)
{
	ask(s, what);
	failed(s, error, name, message);
}

static void test_types(void **state)
{
	struct wire_writer w = context_arguments(8);
	struct session s;

	(void)state;
	begin(&s, TYPES);
	wire_put_boolean(&w, true);
	wire_put_integer(&w, INT64_MIN);
	wire_put_string(&w,
			"Gr\xc3\xbc\xc3\x9f"
			"e",
			7);
	wire_put_bytes(&w, "\0\xff", 2);
	wire_put_array(&w, 2);
	wire_put_string(&w, "a", 1);
	wire_put_string(&w, "", 0);
	wire_put_string(&w, "2001:db8::1", 11);
	wire_put_nil(&w);
	wire_put_nil(&w);
	driver_call(s.client, 1, &w);
	context_text(s.client, 1,
		     "[True, -9223372036854775808, 'Gr\xc3\xbc\xc3\x9f"
		     "e', b'\\x00\\xff', ['a', ''], '2001:db8::1', None, 'of the function']");
	end(&s);
}

/* A record is a dict; what it lacks is None, or what the manifest says. */
static void test_records(void **state)
{
	struct wire_writer w = context_arguments(1);
	struct postern_value *v = NULL;
	struct session s;

	(void)state;
	begin(&s, ROUTES);
	wire_put_array(&w, 1);
	wire_put_map(&w, 1);
	wire_put_string(&w, "to", 2);
	wire_put_string(&w, "::/0", 4);
	driver_call(s.client, 1, &w);
	assert_int_equal(driver_answer(s.client, &v).type, POSTERN_RETURN);
	assert_int_equal(wire_map_get(v, "count")->integer, 1);
	assert_string_equal(wire_map_get(v, "seen")->text.data,
			    "[{'to': '::/0', 'via': None, 'metric': 5}]");
	postern_value_free(v);
	end(&s);
}

static void test_results(void **state)
{
	struct wire_writer none, w = context_arguments(1);
	struct postern_value *v = NULL;
	struct session s;

	(void)state;
	begin(&s, NETWORK);
	wire_put_nil(&w);
	driver_call(s.client, 1, &w);
	context_text(s.client, 1, "192.0.2.1");
	w = context_arguments(1);
	wire_put_boolean(&w, true);
	driver_call(s.client, 2, &w);
	failed(&s, EPROTO, NULL,
	       "the module's mistake: network: its result: expected an address, got NoneType");
	end(&s);
	none = context_arguments(0); /* one buffer for all */
	begin(&s, DELAY);
	driver_call(s.client, 1, &none);
	assert_int_equal(context_integer(s.client), 2000000000);
	end(&s);
	begin(&s, NOTHING);
	driver_call(s.client, 1, &none);
	assert_int_equal(driver_answer(s.client, &v).type, POSTERN_RETURN);
	assert_int_equal(v->kind, POSTERN_KIND_NIL);
	postern_value_free(v);
	end(&s);
	begin(&s, TOO_MUCH);
	driver_call(s.client, 1, &none);
	failed(&s, EPROTO, NULL,
	       "the module's mistake: too-much: gave back a str, and the manifest declares no "
	       "result");
	end(&s);
	begin(&s, DO);
	fails(&s, "wrong_type", EPROTO, NULL,
	      "the module's mistake: do: its result: expected a string, got int");
	fails(&s, "surrogate", EPROTO, NULL,
	      "the module's mistake: do: its result: is not UTF-8; what is not text travels as "
	      "bytes");
	gives(&s, "process", "True True True");
	end(&s);
}

static void read_by(struct session *s, const char *what, const char *file, const char *listed)
{
	struct wire_writer w = context_arguments(3);

	wire_put_string(&w, what, strlen(what));
	wire_put_string(&w, file, strlen(file));
	wire_put_map(&w, 1);
	wire_put_string(&w, "files", 5);
	wire_put_array(&w, 1);
	wire_put_string(&w, listed, strlen(listed));
	driver_call(s->client, ++s->call, &w);
}

#define LISTED "/usr/lib/python3.11/re/_parser.py"

/* A path is opened as it was checked, by its argument, element or field; nothing else is. */
static void test_paths(void **state)
{
	struct session s;

	(void)state;
	begin(&s, READ);
	read_by(&s, "file", "/usr/lib/os-release", LISTED);
	context_text(s.client, s.call, "PRETTY_NAME=");
	read_by(&s, "listed", "/usr/lib/os-release", LISTED);
	context_text(s.client, s.call, "#\n# Secret L");
	read_by(&s, "other", "/usr/lib/os-release", LISTED);
	failed(&s, EINVAL, "value_error",
	       "the call has no argument of type path that is /usr/lib/python3.11/os.py: Invalid "
	       "argument");
	read_by(&s, "create", "/usr/lib/os-release", LISTED);
	context_text(s.client, s.call, "PRETTY_NAME=");
	read_by(&s, "create_listed", "/usr/lib/os-release", "/usr/lib/nothing/new");
	failed(&s, ENOENT, NULL, "/usr/lib/nothing/new: No such file or directory");
	end(&s);
}

static void test_exceptions(void **state)
{
	struct wire_writer w;
	struct session s;

	(void)state;
	begin(&s, DO);
	fails(&s, "errno", ENOENT, NULL, "/nowhere/file: No such file or directory");
	fails(&s, "named", EBUSY, "volume_in_use", "vol-1 is in use: Device or resource busy");
	fails(&s, "class", ENOENT, "no_such_volume", "vol-2: No such file or directory");
	assert_false(logged(&s, "Traceback"));
	fails(&s, "other", EIO, "http_server_error", "it said 500: Input/output error");
	assert_true(logged(&s, "<3>do: Traceback:\n"));
	assert_true(logged(&s, "in _other\n<3>do: HTTPServerError: it said 500\n"));
	fails(&s, "value", EINVAL, "value_error",
	      "invalid literal for int() with base 10: 'fourteen': Invalid argument");
	fails(&s, "memory", ENOMEM, "memory_error", "MemoryError: Cannot allocate memory");
	gives(&s, "process", "True True True");
	end(&s);
	/* What a secret was is told to nobody but its caller, who has it. */
	begin(&s, SECRET);
	fails(&s, "hunter2", EINVAL, "value_error",
	      "invalid literal for int() with base 10: 'hunter2': Invalid argument");
	assert_true(logged(&s, "<3>secret: ValueError\n"));
	assert_false(logged(&s, "hunter2"));
	end(&s);
	begin(&s, SECRET_FIELD);
	w = context_arguments(1);
	wire_put_array(&w, 1);
	wire_put_map(&w, 2);
	wire_put_string(&w, "name", 4);
	wire_put_string(&w, "one", 3);
	wire_put_string(&w, "key", 3);
	wire_put_string(&w, "hunter2", 7);
	driver_call(s.client, 1, &w);
	failed(&s, EINVAL, "value_error",
	       "invalid literal for int() with base 10: 'hunter2': Invalid argument");
	assert_true(logged(&s, "<3>secret-field: ValueError\n"));
	assert_false(logged(&s, "hunter2"));
	end(&s);
}

static void test_output(void **state)
{
	struct session s;

	(void)state;
	begin(&s, DO);
	gives(&s, "print", "printed");
	assert_true(logged(&s, "one line of two words\n"));
	assert_true(logged(&s, "no end"));
	assert_true(logged(&s, "to standard error\n"));
	gives(&s, "log", "logged");
	assert_true(logged(&s, "<4>do: careful with this\n<3>do: that was no number\n"));
	assert_true(logged(&s, "<3>do: helper_module: ValueError: invalid literal"));
	assert_true(logged(&s, "UserWarning: old\n"));
	/* The manifest's `log` is info. */
	assert_false(logged(&s, "a detail"));
	end(&s);
}

static void test_between_calls(void **state)
{
	struct session s;

	(void)state;
	begin(&s, DO);
	for (int i = 0; i < 2; i++) {
		gives(&s, "environment", "nothing");
		gives(&s, "directory", "/");
		gives(&s, "child", "of the parent");
		gives(&s, "thread", "by a thread");
	}
	gives(&s, "interpreter", "(1, 1, True, False, '" POSTERN_LIBEXECDIR "')");
	gives(&s, "client", "False");
	end(&s);
}

static void dies(const char *what, int status)
{
	struct control_record record;
	struct session s;

	begin(&s, DO);
	ask(&s, what);
	driver_expect(&s.d, s.d.control, CONTROL_EXITED, &record, NULL, 0);
	assert_int_equal(record.status, W_EXITCODE(status, 0));
	assert_int_equal(s.d.pages[0].call, s.call);
	(void)close(s.client);
	(void)close(s.w.channel);
	(void)close(s.w.pidfd);
	driver_stop(&s.d);
}

static void test_exits(void **state)
{
	(void)state;
	dies("exit", 7);
	dies("os_exit", 8);
}

static void test_fresh(void **state)
{
	struct session s;

	(void)state;
	begin(&s, FRESH_DO);
	for (int i = 0; i < 5; i++) {
		gives(&s, "environment", "nothing");
		gives(&s, "process", "True True True");
	}
	fails(&s, "other", EIO, "http_server_error", "it said 500: Input/output error");
	gives(&s, "thread", "by a thread");
	/* The last one ends a moment after its answer. */
	for (int i = 0; i < DRIVER_SECONDS * 100 && driver_processes(&s.d) > 2; i++)
		(void)usleep(10000);
	assert_int_equal(driver_processes(&s.d), 2);
	end(&s);
}

/* A module that cannot be used is told when the helper starts. */
static void refused(const char *manifest, const char *why, const char *log)
{
	const struct control_record go = {.type = CONTROL_GO};
	struct control_record record;
	struct session s = {};
	int root;

	driver_start(&s.d, manifest);
	driver_map(&s.d, "0 0 1\n", "0 0 1\n");
	driver_expect(&s.d, s.d.control, CONTROL_CONFINED, NULL, &root, 1);
	(void)close(root);
	driver_send(s.d.control, &go, -1);
	driver_expect(&s.d, s.d.control, CONTROL_FAILED, &record, NULL, 0);
	if (!strstr(record.text, why))
		fail_msg("wanted \"%s\" in: %s", why, record.text);
	assert_true(logged(&s, log));
	assert_int_equal(driver_wait(&s.d), W_EXITCODE(EXIT_FAILURE, 0));
	driver_stop(&s.d);
}

static void with_file(const char *text, const char *why, const char *log)
{
	FILE *f = fopen(POSTERN_LIBEXECDIR "/bad.py", "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	refused(TOP(POSTERN_LIBEXECDIR "/bad.py") "entrypoints: {ping: {arguments: {a: string}}}\n",
		why, log);
}

static void test_refused(void **state)
{
	(void)state;
	refused(TOP(FILE_) "entrypoints: {no_such: {}}\n", "the module lacks the function no_such",
		"");
	/* No name of a client, and none of a manifest, calls what was not meant for it. */
	refused(TOP(FILE_) "entrypoints: {not_marked: {}}\n",
		"the function not_marked is not marked with @entrypoint", "");
	refused(TOP(FILE_) "entrypoints: {do: {}}\n", "the function do needs a parameter what", "");
	refused(TOP(FILE_) "entrypoints: {nothing: {arguments: {a: string}}}\n",
		"the function nothing has no parameter a", "");
	refused(TOP(POSTERN_LIBEXECDIR "/none.py") "entrypoints: {ping: {}}\n",
		"none.py: FileNotFoundError", "");
	with_file("import os\n\nimport no_such_thing\n",
		  "bad.py: line 3: ModuleNotFoundError: No module named 'no_such_thing'",
		  "bad.py\", line 3, in <module>\n");
	with_file("def ping(a):\n    return (\n", "bad.py: line 2: SyntaxError", "SyntaxError");
	with_file("import sys\nsys.exit(3)\n", "bad.py: line 2: SystemExit: 3", "SystemExit");
	with_file("def ping(a, b): pass\n", "the function ping needs a parameter b", "");
	with_file("import threading, time\n"
		  "def ping(b, *, a='', **more): pass\n",
		  "the function ping needs a parameter b", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),	cmocka_unit_test(test_records),
		cmocka_unit_test(test_results), cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_output),	cmocka_unit_test(test_between_calls),
		cmocka_unit_test(test_exits),	cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_paths),	cmocka_unit_test(test_refused),
	};
	int failed_tests;

	if (driver_prepare() < 0)
		return EXIT_FAILURE;
	failed_tests = cmocka_run_group_tests(tests, NULL, NULL);
	driver_finish();
	return failed_tests;
}
