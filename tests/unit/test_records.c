/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records in a worker: what of them is refused, what functions see, and results of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "records_fixture.h"

static const struct postern_record *seen_route;
static size_t seen_routes;
static const char *denied_name;

static int look(struct postern_invocation *call)
{
	const struct postern_record *r = postern_arg_record(call, "route");
	size_t len = 7;

	seen_route = r;
	seen_routes = postern_arg_list_len(call, "routes");
	assert_string_equal(postern_arg_string(call, "mode"), "soft");
	assert_true(postern_arg_given(call, "mode"));
	if (!r)
		return 0;
	assert_string_equal(postern_record_string(r, "to"), "192.0.2.0/24");
	assert_false(postern_record_given(r, "via"));
	assert_null(postern_record_string(r, "via"));
	assert_true(postern_record_given(r, "metric"));
	assert_int_equal(postern_record_integer(r, "metric"), 5);
	assert_int_equal(postern_record_list_len(r, "tags"), 2);
	assert_string_equal(postern_record_list_string(r, "tags", 1), "b");
	assert_true(postern_record_boolean(r, "up"));
	assert_memory_equal(postern_record_bytes(r, "blob", &len), "\0x", 2);
	assert_int_equal(len, 2);
	return 0;
}

static void test_record_is_seen(void **state)
{
	cleanup_answer struct answer a = {};
	struct wire_writer w;

	(void)state;
	records_start(&w);
	wire_put_map(&w, 4);
	put_pair(&w, "to", "192.0.2.0/24");
	put_text(&w, "tags");
	wire_put_array(&w, 2);
	put_text(&w, "a");
	put_text(&w, "b");
	put_text(&w, "up");
	wire_put_boolean(&w, true);
	put_text(&w, "blob");
	wire_put_bytes(&w, "\0x", 2);
	wire_put_nil(&w);
	wire_put_nil(&w);
	a = run_records(look, &w);
	assert_int_equal(a.header.type, POSTERN_RETURN);
	assert_non_null(seen_route);
	assert_int_equal(seen_routes, 0);
}

static void test_record_not_given(void **state)
{
	cleanup_answer struct answer a = {};
	struct wire_writer w;

	(void)state;
	seen_route = (const struct postern_record *)&w;
	records_start(&w);
	for (int i = 0; i < 3; i++)
		wire_put_nil(&w);
	a = run_records(look, &w);
	assert_int_equal(a.header.type, POSTERN_RETURN);
	assert_null(seen_route);
}

static int look_at_list(struct postern_invocation *call)
{
	assert_int_equal(postern_arg_list_len(call, "routes"), 2);
	assert_string_equal(postern_record_string(postern_arg_list_record(call, "routes", 0), "to"),
			    "192.0.2.0/24");
	assert_string_equal(postern_record_string(postern_arg_list_record(call, "routes", 1), "to"),
			    "2001:db8::/32");
	assert_string_equal(
		postern_record_string(postern_arg_list_record(call, "routes", 1), "via"), "::1");
	return 0;
}

static void test_list_of_records(void **state)
{
	cleanup_answer struct answer a = {};
	struct wire_writer w;

	(void)state;
	records_start(&w);
	wire_put_nil(&w);
	wire_put_array(&w, 2);
	wire_put_map(&w, 1);
	put_pair(&w, "to", "192.0.2.0/24");
	wire_put_map(&w, 2);
	put_pair(&w, "via", "::1");
	put_pair(&w, "to", "2001:db8::/32");
	put_text(&w, "soft");
	a = run_records(look_at_list, &w);
	assert_int_equal(a.header.type, POSTERN_RETURN);
}

static int never(struct postern_invocation *call)
{
	(void)call;
	fail_msg("the function ran");
	return 0;
}

/* A record with `to` and one field more is refused, in the words given. list: as the second element
 * of `routes`. */
static void refused(bool list, const char *name, const char *value, const char *argument,
		    const char *said)
{
	cleanup_answer struct answer a = {};
	struct wire_writer w;

	records_start(&w);
	if (list) {
		wire_put_nil(&w);
		wire_put_array(&w, 2);
		wire_put_map(&w, 1);
		put_pair(&w, "to", "192.0.2.0/24");
	}
	wire_put_map(&w, strcmp(name, "to") == 0 ? 1 : 2);
	if (strcmp(name, "to") != 0)
		put_pair(&w, "to", "192.0.2.0/24");
	put_text(&w, name);
	if (value)
		put_text(&w, value);
	else
		wire_put_nil(&w);
	if (!list)
		wire_put_nil(&w);
	wire_put_nil(&w);
	a = run_records(never, &w);
	IS_ERROR(a, POSTERN_BAD_ARGUMENT);
	assert_string_equal(a.error.argument, argument);
	assert_string_equal(a.error.message, said);
}

static void test_fields_are_checked(void **state)
{
	(void)state;
	refused(false, "to", "192.0.2.1/24", "route.to",
		"route.to: expected a prefix without host bits (192.0.2.0/24, not 192.0.2.1/24), "
		"got \"192.0.2.1/24\"");
	refused(true, "metric", "5", "routes[1].metric",
		"routes[1].metric: expected an integer from 0 to 9, got \"5\"");
	refused(true, "to", NULL, "routes[1].to", "routes[1].to: it is missing");
	refused(false, "key", "12345", "route.key", "route.key: expected 0 to 4 bytes, got 5");
	refused(false, "tags", "a", "route.tags", "route.tags: expected a list, got \"a\"");
	refused(true, "vai", "::1", "routes[1]",
		"routes[1]: there is no field \"vai\", did you mean via?");
	refused(false, "colour", "red", "route",
		"route: there is no field \"colour\", the fields are to, via, metric, tags, key, "
		"up, "
		"blob");
}

static void test_secret_field_stays_out(void **state)
{
	cleanup_answer struct answer a = {};
	struct wire_writer w;

	(void)state;
	records_start(&w);
	wire_put_map(&w, 2);
	put_pair(&w, "to", "192.0.2.0/24");
	put_text(&w, "key");
	wire_put_integer(&w, 4711);
	wire_put_nil(&w);
	wire_put_nil(&w);
	a = run_records(never, &w);
	IS_ERROR(a, POSTERN_BAD_ARGUMENT);
	assert_string_equal(a.error.message, "route.key: expected a string, got an integer");
}

/* The kernel refuses it a file named as the secret field says, or as another one. */
static int denied(struct postern_invocation *call UNUSED)
{
	page.denial.sequence++;
	page.denial.operation = POSTERN_OP_OPEN;
	page.denial.name_len = 4;
	memcpy((void *)(uintptr_t)page.denial.name, denied_name, 4);
	return -EACCES;
}

static void test_secret_field_in_denial(void **state)
{
	static const char *const names[] = {"abcd", "soft"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_answer struct answer a = {};
		struct wire_writer w;

		records_start(&w);
		wire_put_map(&w, 2);
		put_pair(&w, "to", "192.0.2.0/24");
		put_pair(&w, "key", "abcd");
		wire_put_nil(&w);
		put_text(&w, "soft");
		denied_name = names[i];
		a = run_records(denied, &w);
		IS_ERROR(a, POSTERN_DENIED);
		assert_string_equal(a.error.denial.object, i == 0 ? "(secret)" : "soft");
	}
}

static void test_no_record(void **state)
{
	cleanup_answer struct answer a = {}, b = {}, c = {};
	struct wire_writer w;

	(void)state;
	records_start(&w);
	put_text(&w, "to");
	wire_put_nil(&w);
	wire_put_nil(&w);
	a = run_records(never, &w);
	IS_ERROR(a, POSTERN_BAD_ARGUMENT);
	assert_string_equal(a.error.message, "route: expected a record, got \"to\"");

	/* A map where a string belongs, and one where the list of arguments does. */
	records_start(&w);
	wire_put_nil(&w);
	wire_put_nil(&w);
	wire_put_map(&w, 0);
	b = run_records(never, &w);
	IS_ERROR(b, POSTERN_BAD_ARGUMENT);
	assert_string_equal(b.error.message, "mode: expected a string, got a record");

	wire_start(&w, record, sizeof(record), POSTERN_CALL, 3, 0);
	wire_put_map(&w, 0);
	c = run_records(never, &w);
	IS_ERROR(c, POSTERN_BAD_ARGUMENT);
}

static int give_one(struct postern_invocation *call)
{
	static const char *const tags[] = {"x", "y"};
	struct postern_fields *f = postern_result_record(call);

	assert_int_equal(postern_set_string(f, "to", "2001:db8::/32"), 0);
	assert_int_equal(postern_set_string(f, "to", "192.0.2.0/24"), 0);
	assert_int_equal(postern_set_integer(f, "metric", 3), 0);
	assert_int_equal(postern_set_strings(f, "tags", tags, 2), 0);
	assert_int_equal(postern_set_boolean(f, "up", false), 0);
	assert_int_equal(postern_set_bytes(f, "blob", "\0", 1), 0);
	return postern_return_records(call);
}

static struct answer run_result(postern_function function)
{
	struct wire_writer w;

	records_start(&w);
	for (int i = 0; i < 3; i++)
		wire_put_nil(&w);
	return run_records(function, &w);
}

static void test_result_record(void **state)
{
	cleanup_answer struct answer a = {};
	const struct postern_value *tags;
	const char *text, *name = NULL;
	int64_t metric = 0;

	(void)state;
	with_records.result = route;
	a = run_result(give_one);
	with_records.result = (struct argument){};
	assert_int_equal(a.header.type, POSTERN_RETURN);
	assert_int_equal(postern_value_kind(a.tree), POSTERN_KIND_RECORD);
	assert_int_equal(postern_value_list_len(a.tree), 0);
	assert_int_equal(postern_value_string(postern_value_record_get(a.tree, "to"), &text, NULL),
			 0);
	assert_string_equal(text, "192.0.2.0/24");
	assert_int_equal(postern_value_integer(postern_value_record_get(a.tree, "metric"), &metric),
			 0);
	assert_int_equal(metric, 3);
	tags = postern_value_record_get(a.tree, "tags");
	assert_int_equal(postern_value_list_len(tags), 2);
	assert_null(postern_value_record_get(a.tree, "via"));
	assert_null(postern_value_record_get(tags, "via"));
	assert_non_null(postern_value_record_at(a.tree, 1, &name));
	assert_string_equal(name, "metric");
	assert_null(postern_value_record_at(a.tree, 5, &name));
}

static int give_two(struct postern_invocation *call)
{
	(void)postern_set_string(postern_result_record(call), "to", "192.0.2.0/24");
	(void)postern_set_string(postern_result_record(call), "to", "2001:db8::/32");
	return postern_return_records(call);
}

static int give_none(struct postern_invocation *call)
{
	return postern_return_records(call);
}

static void test_result_list(void **state)
{
	cleanup_answer struct answer two = {}, none = {};

	(void)state;
	with_records.result = record_arguments[1];
	two = run_result(give_two);
	none = run_result(give_none);
	with_records.result = (struct argument){};
	assert_int_equal(two.header.type, POSTERN_RETURN);
	assert_int_equal(postern_value_list_len(two.tree), 2);
	assert_non_null(postern_value_record_get(postern_value_list_item(two.tree, 1), "to"));
	assert_int_equal(none.header.type, POSTERN_RETURN);
	assert_int_equal(postern_value_kind(none.tree), POSTERN_KIND_LIST);
	assert_int_equal(postern_value_list_len(none.tree), 0);
}

static int give_too_little(struct postern_invocation *call)
{
	(void)postern_set_integer(postern_result_record(call), "metric", 3);
	return postern_return_records(call);
}

static int give_unknown(struct postern_invocation *call)
{
	struct postern_fields *f = postern_result_record(call);

	(void)postern_set_string(f, "to", "192.0.2.0/24");
	(void)postern_set_string(f, "vai", "::1");
	return postern_return_records(call);
}

static int give_null(struct postern_invocation *call)
{
	struct postern_fields *f = postern_result_record(call);

	assert_int_equal(postern_set_string(f, "to", NULL), -EINVAL);
	/* The first error stays, whatever is set after it. */
	assert_int_equal(postern_set_string(f, "to", "192.0.2.0/24"), 0);
	return postern_return_records(call);
}

static int give_nothing(struct postern_invocation *call)
{
	(void)postern_set_string(postern_result_record(call), "to", "192.0.2.0/24");
	return 0;
}

static int give_large(struct postern_invocation *call)
{
	for (int i = 0; i < 6000; i++)
		(void)postern_set_integer(postern_result_record(call), "m", 1);
	return postern_return_records(call);
}

static void mistake(postern_function function, const char *said)
{
	cleanup_answer struct answer a = run_result(function);

	IS_ERROR(a, POSTERN_FAILED);
	if (!strstr(a.error.message, said))
		fail_msg("%s", a.error.message);
}

static void test_wrong_results(void **state)
{
	(void)state;
	with_records.result = route;
	mistake(give_too_little, "the module's mistake: add_routes's result.to: it is missing");
	mistake(give_unknown, "there is no field \"vai\", did you mean via?");
	mistake(give_null, "NULL is no string");
	mistake(give_two, "one record has to be added before it is given");
	mistake(give_none, "one record has to be added before it is given");
	mistake(give_nothing, "returned 0 without setting the result");
	with_records.result = record_arguments[1];
	mistake(give_large, "it has too many values");
	with_records.result = (struct argument){};
	mistake(give_two, "the manifest declares none, but one was set");
}

static void test_opened(void **state)
{
	const struct invocation_target target = {
		.context = "net", .entrypoint = &with_records, .function = look};
	struct reply_opened o;
	size_t len;

	(void)state;
	with_records.result = record_arguments[1];
	len = invocation_opened(&target, reply);
	with_records.result = (struct argument){};
	assert_int_equal(reply_opened_read(reply + 24, len - 24, &o), 0);
	assert_int_equal(o.signature.len, 3);
	assert_int_equal(o.parameters[0].type, ARGUMENT_RECORD);
	assert_int_equal(o.parameters[0].fields_len, ROUTE_FIELDS);
	assert_string_equal(o.parameters[0].fields[1].name, "via");
	assert_true(o.parameters[0].fields[1].optional);
	assert_int_equal(o.parameters[0].fields[3].element, ARGUMENT_STRING);
	assert_true(o.parameters[0].fields[4].secret);
	assert_int_equal(o.parameters[1].element, ARGUMENT_RECORD);
	assert_int_equal(o.parameters[1].fields_len, ROUTE_FIELDS);
	assert_int_equal(o.parameters[2].fields_len, 0);
	assert_true(o.parameters[2].optional);
	assert_int_equal(o.signature.result, ARGUMENT_LIST);
	assert_int_equal(o.signature.result_element, ARGUMENT_RECORD);
	assert_string_equal(o.signature.result_fields[0].name, "to");
	reply_opened_clear(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_is_seen),
		cmocka_unit_test(test_record_not_given),
		cmocka_unit_test(test_list_of_records),
		cmocka_unit_test(test_fields_are_checked),
		cmocka_unit_test(test_secret_field_stays_out),
		cmocka_unit_test(test_secret_field_in_denial),
		cmocka_unit_test(test_no_record),
		cmocka_unit_test(test_result_record),
		cmocka_unit_test(test_result_list),
		cmocka_unit_test(test_wrong_results),
		cmocka_unit_test(test_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
