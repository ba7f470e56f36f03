/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names that callers give, held against templates of network namespaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "manifest/manifest.h"
#include "manifest/network_name.h"

#define UUID "0123abcd-0000-4000-8000-00000000000f"

static struct manifest *read_with(const char *network)
{
	static const char head[] = "context: probe\nmodule: probe.so\nuser: 0\ngroup: 0\n"
				   "callers: {users: [0]}\nentrypoints: {ping: {}}\n";
	struct manifest_problems problems = {};
	struct manifest *m = NULL;
	char text[1024];

	(void)snprintf(text, sizeof(text), "%snamespaces: {network: %s}\n", head, network);
	if (manifest_parse("context.yaml", text, strlen(text), 0, &m, &problems, NULL) < 0) {
		manifest_problems_print(&problems, "context.yaml", stderr);
		fail();
	}
	manifest_problems_clear(&problems);
	return m;
}

static void expect_fits(const struct manifest *m, const char *name)
{
	const char *misfit = manifest_network_misfit(m, name);

	if (misfit)
		fail_msg("%s: expected %s", name, misfit);
}

static void expect_misfits(const struct manifest *m, const char *const *names)
{
	for (; *names; names++)
		if (!manifest_network_misfit(m, *names))
			fail_msg("%s fits", *names);
}

static void test_uuid(void **state)
{
	static const char *const bad[] = {"",
					  "qrouter-",
					  "qrouter",
					  UUID,
					  "xrouter-" UUID,
					  "qrouter-" UUID "-",
					  "qrouter-" UUID "a",
					  "qrouter-0123ABCD-0000-4000-8000-00000000000f",
					  "qrouter-0123abcd-0000-4000-8000-0000000000",
					  "qrouter-{router}",
					  "qrouter-../../../etc/passwd",
					  "qrouter-0123abcd-0000-4000-8000-00000000000/",
					  "qrouter-0123abcd-0000-4000-8000-0000000000..",
					  "qrouter-0123abcd-0000-4000-8000-00000000000\n",
					  NULL};
	struct manifest *m = read_with("{name: 'qrouter-{router}', arguments: {router: uuid}}");

	(void)state;
	assert_true(manifest_network_template(m));
	expect_fits(m, "qrouter-" UUID);
	expect_misfits(m, bad);
	manifest_free(m);
}

static void test_text_on_both_sides(void **state)
{
	static const char *const bad[] = {"a--b", "a-b", "a-x-", "a-x-c", "b-x-b", "a-y-b", NULL};
	struct manifest *m = read_with(
		"{name: 'a-{v}-b', arguments: {v: {type: enum, values: [x, xx, 'a-b']}}}");

	(void)state;
	expect_fits(m, "a-x-b");
	expect_fits(m, "a-xx-b");
	expect_fits(m, "a-a-b-b");
	expect_misfits(m, bad);
	manifest_free(m);
}

static void test_pattern(void **state)
{
	/* The pattern holds for the whole value, and never widens what names are made of. */
	static const char *const bad[] = {"r-", "r-a", "r-abcd", "r-ab.", "r-a/b", "r-AB", NULL};
	struct manifest *m = read_with("{name: 'r-{v}', arguments: {v: {type: string, "
				       "pattern: 'ab|.b|...', min_length: 2}}}");

	(void)state;
	expect_fits(m, "r-ab");
	expect_fits(m, "r-xyz");
	expect_misfits(m, bad);
	manifest_free(m);
}

static void test_interface(void **state)
{
	static const char *const bad[] = {"0eth", "eth.1", "a-name-that-is-16", "eth 0", NULL};
	struct manifest *m = read_with("{name: '{link}', arguments: {link: interface}}");

	(void)state;
	expect_fits(m, "eth0");
	expect_fits(m, "a-name-of-15-by");
	expect_misfits(m, bad);
	manifest_free(m);
}

static void test_one_name(void **state)
{
	static const char *const bad[] = {"", "lon", "lone2", "Lone", NULL};
	struct manifest *m = read_with("{name: lone}"), *none = read_with("own");
	char longest[NETWORK_NAME_MAX + 2];

	(void)state;
	assert_int_equal(m->network_namespace, MANIFEST_NETWORK_NAMED);
	assert_false(manifest_network_template(m));
	assert_false(m->network.make);
	assert_int_equal(m->network.instances, 64);
	assert_true(m->network.idle_ns == UINT64_C(60000000000));
	expect_fits(m, "lone");
	expect_misfits(m, bad);
	assert_non_null(manifest_network_misfit(none, "lone"));
	assert_null(none->network.name);
	assert_int_equal(none->network.instances, 0);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_non_null(manifest_network_misfit(m, longest));
	manifest_free(m);
	manifest_free(none);
}

static void test_split(void **state)
{
	static const char *const bad[] = {"",	   "-a",    "1a",     "A",    "a.b",  "a/b",
					  "..",	   "a{",    "a{}",    "a{b",  "a}b",  "a{b}{c}",
					  "a{b}/", "a{b}}", "a{b{c}", "{a}/", "{a.}", NULL};
	struct network_name parts;

	(void)state;
	for (const char *const *at = bad; *at; at++)
		if (network_name_split(*at, &parts))
			fail_msg("%s is taken", *at);
	assert_true(network_name_split("a{bc}-d", &parts));
	assert_int_equal(parts.before, 1);
	assert_int_equal(parts.argument_len, 2);
	assert_int_equal(parts.behind, 2);
	assert_true(network_name_split("{a}", &parts));
	assert_int_equal(parts.before, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uuid),	 cmocka_unit_test(test_text_on_both_sides),
		cmocka_unit_test(test_pattern),	 cmocka_unit_test(test_interface),
		cmocka_unit_test(test_one_name), cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
