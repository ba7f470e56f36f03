/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The entrypoint that the invocation tests call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "invocation_fixture.h"

struct argument name_element = {.type = ARGUMENT_INTERFACE};
static struct argument arguments[ARGUMENTS] = {
	[MESSAGE] = {.name = (char *)"message", .type = ARGUMENT_STRING, .max_length = 4096},
	[COUNT] = {.name = (char *)"count",
		   .type = ARGUMENT_INTEGER,
		   .maximum = 9,
		   .optional = true},
	[KEY] = {.name = (char *)"key",
		 .type = ARGUMENT_BYTES,
		 .max_length = 64,
		 .optional = true,
		 .secret = true},
	[NAMES] = {.name = (char *)"names",
		   .type = ARGUMENT_LIST,
		   .max_length = 4,
		   .element = &name_element,
		   .optional = true},
	[FORCE] = {.name = (char *)"force", .type = ARGUMENT_BOOLEAN, .optional = true},
	[WAIT] = {.name = (char *)"wait",
		  .type = ARGUMENT_DURATION,
		  .maximum = INT64_MAX,
		  .optional = true},
};
struct manifest_entrypoint entrypoint = {
	.name = (char *)"update_motd",
	.arguments = arguments,
	.arguments_len = ARGUMENTS,
	.result = {.type = ARGUMENT_STRING, .max_length = 100000},
	.timeout_ns = 30000000000,
	.place = {.line = 7},
	.paths_place = {.line = 14},
};
const struct invocation_caller caller = {.uid = 1000, .gid = 1001, .pid = 77};
volatile struct postern_page page;
uint8_t record[POSTERN_RECORD_MAX], reply[POSTERN_RECORD_MAX];

void answer_free(struct answer *a)
{
	postern_value_free(a->tree);
	a->tree = NULL;
}

struct answer run_target(const struct invocation_target *target, const void *data, size_t len)
{
	struct answer a = {};
	size_t reply_len = 0;

	invocation_run(target, &caller, data, len, reply, &reply_len);
	assert_int_equal(wire_header(reply, reply_len, &a.header), 0);
	if (a.header.type == POSTERN_ERROR)
		assert_int_equal(reply_error_read(reply + 24, reply_len - 24, &a.error, &a.tree),
				 0);
	else
		assert_int_equal(wire_decode(reply + 24, reply_len - 24, WIRE_MAPS, &a.tree), 0);
	return a;
}

struct answer run_record(postern_function function, const void *data, size_t len)
{
	const struct invocation_target target = {
		.context = "motd",
		.entrypoint = &entrypoint,
		.function = function,
		.page = &page,
	};

	return run_target(&target, data, len);
}

void call_start(struct wire_writer *w)
{
	wire_start(w, record, sizeof(record), POSTERN_CALL, 3, 0);
	wire_put_array(w, ARGUMENTS);
}

size_t call_hello(uint16_t flags)
{
	struct wire_writer w;

	call_start(&w);
	wire_set_flags(&w, flags);
	wire_put_string(&w, "hello", 5);
	for (int i = 1; i < ARGUMENTS; i++)
		wire_put_nil(&w);
	return w.len;
}

struct answer run(postern_function function)
{
	return run_record(function, record, call_hello(0));
}
