/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bound on log lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/rate.h"

#define PERIOD 1000

static void so_many_in_a_period(void **state)
{
	struct rate rate = {};

	(void)state;
	assert_int_equal(rate_turn(&rate, 5000, PERIOD), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_true(rate_allows(&rate, 3));
	assert_false(rate_allows(&rate, 3));
	assert_false(rate_allows(&rate, 3));
	assert_int_equal(rate_turn(&rate, 5999, PERIOD), 0);
	assert_false(rate_allows(&rate, 3));
	/* The next one tells what was left out, once. */
	assert_int_equal(rate_turn(&rate, 6000, PERIOD), 3);
	assert_int_equal(rate_turn(&rate, 6001, PERIOD), 0);
	assert_true(rate_allows(&rate, 3));
	assert_int_equal(rate_turn(&rate, 9000, PERIOD), 0);
}

static void the_first_period_begins_with_the_first_line(void **state)
{
	struct rate rate = {};

	(void)state;
	assert_int_equal(rate_turn(&rate, 10, PERIOD), 0);
	assert_true(rate_allows(&rate, 1));
	assert_false(rate_allows(&rate, 1));
	assert_int_equal(rate_turn(&rate, 2000, PERIOD), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_in_a_period),
		cmocka_unit_test(the_first_period_begins_with_the_first_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
