/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which changes of a manifest a running helper can take, and which need another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/difference.h"

/* What a test says in place of what the manifest would say. */
struct said {
	const char *top, *entrypoint, *paths, *more;
};

static struct manifest *read_manifest(struct said s)
{
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	cleanup_free char *text = NULL;
	struct manifest *m = NULL;

	assert_true(asprintf(&text,
			     "context: one\n"
			     "module: one.so\n"
			     "%s"
			     "entrypoints:\n"
			     "  first:\n"
			     "%s"
			     "    paths: {%s}\n"
			     "%s",
			     s.top ? s.top
				   : "ids: {users: [0, 1], groups: [0]}\ncallers: {users: [0]}\n",
			     s.entrypoint ? s.entrypoint : "    result: none\n",
			     s.paths ? s.paths : "/srv/: [read]", s.more ? s.more : "") > 0);
	(void)manifest_parse("one.yaml", text, strlen(text), 0, &m, &problems, &err);
	manifest_problems_print(&problems, "one.yaml", stderr);
	manifest_problems_clear(&problems);
	assert_non_null(m);
	return m;
}

static const char *compare(struct said a, struct said b)
{
	struct manifest *old = read_manifest(a), *now = read_manifest(b);
	const char *why = needs_new_helper(old, now);

	manifest_free(old);
	manifest_free(now);
	return why;
}

#define SAME(...)  assert_null(compare((struct said){}, (struct said){__VA_ARGS__}))
#define OTHER(...) assert_non_null(compare((struct said){}, (struct said){__VA_ARGS__}))
#define TOP	   "ids: {users: [0, 1], groups: [0]}\ncallers: {users: [0]}\n"

static void test_the_helper_stays(void **state)
{
	(void)state;
	SAME();
	SAME(.paths = "/etc/: [read], /srv/a: [write]");
	SAME(.entrypoint = "    result: none\n    timeout: 5s\n");
	SAME(.entrypoint = "    result: none\n    mode: audit\n");
	SAME(.top = TOP "ends: with-last-connection\n");
	SAME(.entrypoint = "    result: none\n    description: else\n");
	SAME(.top = "ids: {users: [0, 1], groups: [0]}\ncallers: {users: [5], groups: [6]}\n");
}

static void test_another_helper(void **state)
{
	(void)state;
	OTHER(.top = "ids: {users: [0], groups: [0]}\ncallers: {users: [0]}\n");
	OTHER(.top = "ids: {users: [0, 1], groups: [0, 1]}\ncallers: {users: [0]}\n");
	OTHER(.top = TOP "user: 1\n");
	OTHER(.top = TOP "capabilities: [CAP_CHOWN]\n");
	OTHER(.top = TOP "namespaces: {network: host}\n");
	OTHER(.top = TOP "namespaces: {network: {name: lone}}\n");
	OTHER(.top = TOP "limits: {open_files: 100}\n");
	OTHER(.top = TOP "limits: {connections: 100}\n");
	OTHER(.entrypoint = "    result: integer\n");
	OTHER(.entrypoint = "    result: none\n    arguments: {a: integer}\n");
	OTHER(.entrypoint = "    result: none\n    isolation: call\n");
	OTHER(.entrypoint = "    result: none\n    isolation: caller\n");
	OTHER(.entrypoint = "    result: none\n    workers: 2\n");
	OTHER(.more = "  second:\n    result: none\n");
}

#define NETWORK(more) TOP "namespaces: {network: {name: 'r-{a}', " more "}}\n"

static void test_networks(void **state)
{
	const struct said from = {.top = NETWORK("arguments: {a: uuid}")};
	static const char *const other[] = {
		NETWORK("arguments: {a: interface}"),
		NETWORK("arguments: {a: uuid}, make: true"),
		NETWORK("arguments: {a: uuid}, instances: 3"),
		NETWORK("arguments: {a: uuid}, idle: 3s"),
		TOP "namespaces: {network: {name: 's-{a}', arguments: {a: uuid}}}\n",
	};

	(void)state;
	assert_null(compare(from, from));
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_string_equal(compare(from, (struct said){.top = other[i]}), "namespaces");
	assert_non_null(
		compare((struct said){.top = from.top, .more = "  add: {does: make-network}\n"},
			(struct said){.top = from.top, .more = "  add: {does: remove-network}\n"}));
}

static void test_signatures(void **state)
{
	static const char *const other[] = {
		"{a: {type: integer, maximum: 6}}",
		"{a: {type: integer, optional: true}}",
		"{a: string}",
		"{b: {type: integer, maximum: 5}}",
		"{a: {type: integer, maximum: 5}, b: integer}",
	};
	struct said from = {.entrypoint = "    result: none\n    arguments: {a: {type: integer, "
					  "maximum: 5}}\n"};

	(void)state;
	assert_null(compare(from, from));
	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		cleanup_free char *entrypoint = NULL;

		assert_true(asprintf(&entrypoint, "    result: none\n    arguments: %s\n",
				     other[i]) > 0);
		assert_non_null(compare(from, (struct said){.entrypoint = entrypoint}));
	}
}

static bool covered(const char *paths, const char *path, bool subtree, uint32_t rights)
{
	struct manifest *m = read_manifest((struct said){.paths = paths});
	const struct manifest_path rule = {
		.path = (char *)(uintptr_t)path, .subtree = subtree, .rights = rights};
	bool yes = subtree_covered(m, &rule);

	manifest_free(m);
	return yes;
}

static void test_subtrees(void **state)
{
	const uint32_t read = 1u << MANIFEST_READ, write = 1u << MANIFEST_WRITE;

	(void)state;
	assert_true(covered("/srv/: [read, write]", "/srv", true, read | write));
	assert_true(covered("/srv/: [read, write]", "/srv/a/b", true, read));
	assert_true(covered("/: [read]", "/srv", true, read));
	assert_false(covered("/srv/: [read]", "/srv/a", true, read | write));
	assert_false(covered("/srv/: [read]", "/srv2", true, read));
	assert_false(covered("/srv/a/: [read]", "/srv", true, read));
	assert_false(covered("/srv/a: [read]", "/srv/a", true, read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_helper_stays), cmocka_unit_test(test_another_helper),
		cmocka_unit_test(test_signatures),	 cmocka_unit_test(test_networks),
		cmocka_unit_test(test_subtrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
