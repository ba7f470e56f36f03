/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An entrypoint that takes a record and a list of records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "records_fixture.h"

static struct argument tag = {.type = ARGUMENT_STRING, .max_length = 8};
static struct argument fields[] = {
	{.name = (char *)"to", .type = ARGUMENT_PREFIX},
	{.name = (char *)"via", .type = ARGUMENT_ADDRESS, .optional = true},
	{.name = (char *)"metric",
	 .type = ARGUMENT_INTEGER,
	 .maximum = 9,
	 .optional = true,
	 .has_default = true,
	 .default_number = 5},
	{.name = (char *)"tags",
	 .type = ARGUMENT_LIST,
	 .max_length = 3,
	 .element = &tag,
	 .optional = true},
	{.name = (char *)"key",
	 .type = ARGUMENT_STRING,
	 .max_length = 4,
	 .optional = true,
	 .secret = true},
	{.name = (char *)"up", .type = ARGUMENT_BOOLEAN, .optional = true},
	{.name = (char *)"blob", .type = ARGUMENT_BYTES, .max_length = 4, .optional = true},
};
struct argument route = {
	.type = ARGUMENT_RECORD, .fields = fields, .fields_len = ARRAY_SIZE(fields)};
struct argument record_arguments[] = {
	{.name = (char *)"route",
	 .type = ARGUMENT_RECORD,
	 .fields = fields,
	 .fields_len = ARRAY_SIZE(fields),
	 .optional = true},
	{.name = (char *)"routes",
	 .type = ARGUMENT_LIST,
	 .max_length = 3,
	 .element = &route,
	 .optional = true},
	{.name = (char *)"mode",
	 .type = ARGUMENT_STRING,
	 .max_length = 9,
	 .optional = true,
	 .has_default = true,
	 .default_text = (char *)"soft"},
};
struct manifest_entrypoint with_records = {
	.name = (char *)"add_routes",
	.arguments = record_arguments,
	.arguments_len = ARRAY_SIZE(record_arguments),
	.timeout_ns = 1,
};
static_assert(ARRAY_SIZE(fields) == ROUTE_FIELDS, "as the header says");

struct answer run_records(postern_function function, struct wire_writer *w)
{
	const struct invocation_target target = {
		.context = "net", .entrypoint = &with_records, .function = function, .page = &page};
	size_t len = 0;

	assert_int_equal(wire_finish(w, &len), 0);
	return run_target(&target, record, len);
}

void records_start(struct wire_writer *w)
{
	wire_start(w, record, sizeof(record), POSTERN_CALL, 3, 0);
	wire_put_array(w, ARRAY_SIZE(record_arguments));
}

void put_text(struct wire_writer *w, const char *text)
{
	wire_put_string(w, text, strlen(text));
}

void put_pair(struct wire_writer *w, const char *name, const char *value)
{
	put_text(w, name);
	put_text(w, value);
}
