/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers, sizes and durations: what is read, what is refused, and that writing reads back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/units.h"
#include "base/util.h"

struct row {
	const char *text;
	int result;
	uint64_t value;
};

static void rows_hold(const struct row *rows, size_t len, int (*parse)(const char *, uint64_t *))
{
	for (size_t i = 0; i < len; i++) {
		uint64_t value = 4711;

		if (parse(rows[i].text, &value) != rows[i].result)
			fail_msg("\"%s\" did not give %d", rows[i].text, rows[i].result);
		assert_int_equal(value, rows[i].result == 0 ? rows[i].value : 4711);
	}
}

static void test_unsigned(void **state)
{
	static const struct row rows[] = {
		{"0", 0, 0},
		{"42", 0, 42},
		{"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"99999999999999999999999", -ERANGE, 0},
		{"99999999999999999999999x", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"007", -EINVAL, 0},
		{"00", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
		{"1e3", -EINVAL, 0},
	};

	(void)state;
	rows_hold(rows, ARRAY_SIZE(rows), units_parse_unsigned);
}

static void test_signed(void **state)
{
	static const struct {
		const char *text;
		int result;
		int64_t value;
	} rows[] = {
		{"0", 0, 0},
		{"-1", 0, -1},
		{"9223372036854775807", 0, INT64_MAX},
		{"9223372036854775808", -ERANGE, 0},
		{"-9223372036854775808", 0, INT64_MIN},
		{"-9223372036854775809", -ERANGE, 0},
		{"-0", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"--1", -EINVAL, 0},
		{"-01", -EINVAL, 0},
		{"", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t value = 4711;

		if (units_parse_signed(rows[i].text, &value) != rows[i].result)
			fail_msg("\"%s\" did not give %d", rows[i].text, rows[i].result);
		assert_int_equal(value, rows[i].result == 0 ? rows[i].value : 4711);
	}
}

static void test_size(void **state)
{
	static const struct row rows[] = {
		{"0", 0, 0},
		{"4096", 0, 4096},
		{"10 KiB", 0, 10240},
		{"10KiB", 0, 10240},
		{"1 MiB", 0, 1048576},
		{"2 GiB", 0, UINT64_C(2147483648)},
		{"1 TiB", 0, UINT64_C(1) << 40},
		{"7 B", 0, 7},
		{"16777215 TiB", 0, UINT64_C(16777215) << 40},
		{"16777216 TiB", -ERANGE, 0},
		{"99999999999999999999 KiB", -ERANGE, 0},
		{"1  KiB", -EINVAL, 0},
		{"1 KiB ", -EINVAL, 0},
		{"1 KB", -EINVAL, 0},
		{"1 kib", -EINVAL, 0},
		{"1K", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"KiB", -EINVAL, 0},
		{"1.5 KiB", -EINVAL, 0},
		{"01 KiB", -EINVAL, 0},
		{"-1 KiB", -EINVAL, 0},
		{"", -EINVAL, 0},
	};

	(void)state;
	rows_hold(rows, ARRAY_SIZE(rows), units_parse_size);
}

static void test_duration(void **state)
{
	static const struct row rows[] = {
		{"0s", 0, 0},
		{"500ms", 0, 500000000},
		{"5s", 0, UINT64_C(5000000000)},
		{"5 s", 0, UINT64_C(5000000000)},
		{"2min", 0, UINT64_C(120000000000)},
		{"1h", 0, UINT64_C(3600000000000)},
		{"3us", 0, 3000},
		{"7ns", 0, 7},
		{"5124095h", 0, UINT64_C(5124095) * 3600 * 1000000000},
		{"5124096h", -ERANGE, 0},
		{"5", -EINVAL, 0},
		{"0", -EINVAL, 0},
		{"5m", -EINVAL, 0},
		{"5S", -EINVAL, 0},
		{"1.5s", -EINVAL, 0},
		{"1h30min", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{"", -EINVAL, 0},
	};

	(void)state;
	rows_hold(rows, ARRAY_SIZE(rows), units_parse_duration);
}

static void test_format(void **state)
{
	static const uint64_t values[] = {0,
					  1,
					  1000,
					  1023,
					  1024,
					  10240,
					  1500000000,
					  UINT64_C(3600000000000),
					  UINT64_C(1) << 40,
					  UINT64_MAX};
	char text[UNITS_TEXT_MAX];

	(void)state;
	assert_string_equal(units_format_size(text, 10240), "10 KiB");
	assert_string_equal(units_format_size(text, 1023), "1023");
	assert_string_equal(units_format_size(text, 0), "0");
	assert_string_equal(units_format_duration(text, 1500000000), "1500ms");
	assert_string_equal(units_format_duration(text, UINT64_C(120000000000)), "2min");
	assert_string_equal(units_format_duration(text, 0), "0s");
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		uint64_t back = 0;

		assert_int_equal(units_parse_size(units_format_size(text, values[i]), &back), 0);
		assert_int_equal(back, values[i]);
		assert_int_equal(
			units_parse_duration(units_format_duration(text, values[i]), &back), 0);
		assert_int_equal(back, values[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsigned), cmocka_unit_test(test_signed),
		cmocka_unit_test(test_size),	 cmocka_unit_test(test_duration),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
