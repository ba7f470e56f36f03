/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading manifests: the bounds against hostile files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "manifest/manifest.h"

/* Parses text that is wrong and gives the first problem's text, owned by the caller. */
static char *problem_of(const char *data, size_t len, size_t *ret_count)
{
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	struct manifest *m = NULL;
	char *what;

	assert_int_equal(manifest_parse("x.yaml", data, len, 0, &m, &problems, &err), -EBADMSG);
	assert_null(m);
	assert_int_equal(err.code, -EBADMSG);
	assert_true(problems.len > 0);
	what = strdup(problems.items[0].what);
	assert_non_null(what);
	*ret_count = problems.len;
	manifest_problems_clear(&problems);
	return what;
}

static void test_too_large(void **state)
{
	static const char start[] = "context: a\n#";
	const size_t limit = (size_t)1024 * 1024;
	char *data = malloc(limit + 1);
	size_t count = 0;
	char *what;

	(void)state;
	assert_non_null(data);
	memset(data, 'x', limit + 1);
	memcpy(data, start, sizeof(start) - 1);
	what = problem_of(data, limit + 1, &count);
	assert_string_equal(what, "the file is larger than 1 MiB");
	assert_int_equal(count, 1);
	free(what);
	/* One byte less is read: other things are missing in it. */
	what = problem_of(data, limit, &count);
	assert_string_equal(what, "key \"callers\" is missing in the context");
	free(what);
	free(data);
}

static void test_too_many_values(void **state)
{
	cleanup_free char *data = NULL;
	size_t len = 0, count = 0;
	FILE *to = open_memstream(&data, &len);
	char *what;

	(void)state;
	assert_non_null(to);
	(void)fputs("a: [", to);
	for (int i = 0; i < 100001; i++)
		(void)fputs("x,", to);
	(void)fputs("]", to);
	assert_int_equal(fclose(to), 0);
	what = problem_of(data, len, &count);
	assert_string_equal(what, "the file holds more than 100000 values");
	free(what);
}

static void test_many_problems_are_bounded(void **state)
{
	cleanup_free char *data = NULL;
	size_t len = 0, count = 0;
	FILE *to = open_memstream(&data, &len);

	(void)state;
	assert_non_null(to);
	for (int i = 0; i < 1000; i++)
		(void)fprintf(to, "key%d: 1\n", i);
	assert_int_equal(fclose(to), 0);
	free(problem_of(data, len, &count));
	assert_int_equal(count, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_too_many_values),
		cmocka_unit_test(test_many_problems_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
