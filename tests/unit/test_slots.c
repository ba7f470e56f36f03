/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments that paths hold: bound before the function runs, or the call ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "helper/invocation.h"
#include "lib/postern-entrypoint.h"
#include "lib/reply.h"
#include "lib/wire.h"

static struct argument arguments[] = {
	{.name = (char *)"link", .type = ARGUMENT_INTERFACE},
	{.name = (char *)"number",
	 .type = ARGUMENT_INTEGER,
	 .minimum = -9,
	 .maximum = 9,
	 .optional = true},
	{.name = (char *)"text", .type = ARGUMENT_STRING, .max_length = 4096, .optional = true},
};
static struct manifest_entrypoint entrypoint = {
	.name = (char *)"adjust",
	.arguments = arguments,
	.arguments_len = ARRAY_SIZE(arguments),
	.timeout_ns = 1,
	.slots = {0, 1, 2},
	.slots_len = 3,
};

static struct {
	char value[8][POSTERN_VALUE_BYTES];
	unsigned slot[8];
	int len, ran, answer;
} seen;

static int bind_seen(unsigned slot, const char *value, size_t len)
{
	seen.slot[seen.len] = slot;
	(void)snprintf(seen.value[seen.len++], sizeof(seen.value[0]), "%.*s", (int)len, value);
	return seen.answer;
}

static int function(struct postern_invocation *call)
{
	(void)call;
	seen.ran++;
	return 0;
}

/* Returns the code of the ERROR, or 0. ret_argument: of the ERROR. */
static int called(slot_bind_fn bind, const char *link, const int64_t *number, const char *text,
		  char *ret_argument)
{
	static const struct invocation_caller caller = {.uid = 1000};
	static uint8_t record[POSTERN_RECORD_MAX], reply[POSTERN_RECORD_MAX];
	const struct invocation_target target = {
		.context = "probe", .entrypoint = &entrypoint, .function = function, .bind = bind};
	struct postern_value *tree = NULL;
	struct reply_error error = {};
	struct postern_header h;
	struct wire_writer w;
	size_t len = 0;

	seen.len = seen.ran = 0;
	wire_start(&w, record, sizeof(record), POSTERN_CALL, 3, 0);
	wire_put_array(&w, ARRAY_SIZE(arguments));
	wire_put_string(&w, link, strlen(link));
	if (number)
		wire_put_integer(&w, *number);
	else
		wire_put_nil(&w);
	if (text)
		wire_put_string(&w, text, strlen(text));
	else
		wire_put_nil(&w);
	invocation_run(&target, &caller, record, w.len, reply, &len);
	assert_int_equal(wire_header(reply, len, &h), 0);
	ret_argument[0] = '\0';
	if (h.type != POSTERN_ERROR)
		return 0;
	assert_int_equal(reply_error_read(reply + sizeof(h), len - sizeof(h), &error, &tree), 0);
	if (error.argument)
		(void)snprintf(ret_argument, 64, "%s", error.argument);
	postern_value_free(tree);
	return (int)error.code;
}

static void test_values(void **state)
{
	const int64_t number = -7;
	char argument[64];

	(void)state;
	seen.answer = 0;
	assert_int_equal(called(bind_seen, "eth0", &number, "a b", argument), 0);
	assert_int_equal(seen.ran, 1);
	assert_int_equal(seen.len, 3);
	assert_string_equal(seen.value[0], "eth0");
	assert_string_equal(seen.value[1], "-7");
	assert_string_equal(seen.value[2], "a b");
	assert_int_equal(seen.slot[2], 2);
	/* None stays free, whatever the manifest says. */
	assert_int_equal(called(bind_seen, "eth0", NULL, "a", argument), POSTERN_BAD_ARGUMENT);
	assert_string_equal(argument, "number");
	assert_int_equal(seen.ran, 0);
}

static void test_no_component(void **state)
{
	static const char *const wrong[] = {"", ".", "..", "a/b", "/"};
	char argument[64], large[POSTERN_VALUE_BYTES + 1];
	const int64_t one = 1;

	(void)state;
	seen.answer = 0;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(called(bind_seen, "eth0", &one, wrong[i], argument),
				 POSTERN_BAD_ARGUMENT);
		assert_string_equal(argument, "text");
		assert_int_equal(seen.ran, 0);
	}
	memset(large, 'a', sizeof(large));
	large[POSTERN_VALUE_BYTES] = '\0';
	assert_int_equal(called(bind_seen, "eth0", &one, large, argument), POSTERN_BAD_ARGUMENT);
	large[POSTERN_VALUE_BYTES - 1] = '\0';
	assert_int_equal(called(bind_seen, "eth0", &one, large, argument), 0);
}

static void test_not_bound(void **state)
{
	char argument[64];

	(void)state;
	seen.answer = -EACCES;
	assert_int_equal(called(bind_seen, "eth0", NULL, NULL, argument), POSTERN_NOT_AVAILABLE);
	assert_int_equal(seen.ran, 0);
	/* Nobody who would bind is no leave to run unbound. */
	assert_int_equal(called(NULL, "eth0", NULL, NULL, argument), POSTERN_NOT_AVAILABLE);
	assert_int_equal(seen.ran, 0);
	/* This kernel has no program of ours: it says EINVAL. */
	assert_int_equal(called(slot_bind, "eth0", NULL, NULL, argument), POSTERN_NOT_AVAILABLE);
	assert_int_equal(seen.ran, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_no_component),
		cmocka_unit_test(test_not_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
