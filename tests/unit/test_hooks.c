/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of hooks, and kernels held against it: BTF that is made up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "base/util.h"
#include "policy/hooks.h"

#define V(major, minor) HOOKS_SINCE(major, minor)

/* A kernel with all hooks but those two. */
static struct btf *kernel(const char *without, const char *or_without)
{
	struct btf *btf = btf__new_empty();
	int function;

	assert_non_null(btf);
	assert_true(btf__add_int(btf, "int", 4, BTF_INT_SIGNED) > 0);
	function = btf__add_func_proto(btf, 1);
	assert_true(function > 0);
	for (size_t i = 0; i < hooks_len; i++) {
		char name[128];

		if (strcmp(hooks[i].name, without) == 0 || strcmp(hooks[i].name, or_without) == 0)
			continue;
		(void)snprintf(name, sizeof(name), "bpf_lsm_%s", hooks[i].name);
		assert_true(btf__add_func(btf, name, BTF_FUNC_GLOBAL, function) > 0);
	}
	return btf;
}

static int require(const char *without, const char *or_without, unsigned version, struct error *err)
{
	struct btf *btf = kernel(without, or_without);
	uint32_t ids[POSTERN_HOOKS_LEN];

	hooks_find(btf, ids);
	for (size_t i = 0; i < hooks_len; i++) {
		char name[128];

		(void)snprintf(name, sizeof(name), "bpf_lsm_%s", hooks[i].name);
		assert_int_equal(ids[i],
				 MAX_OF(btf__find_by_name_kind(btf, name, BTF_KIND_FUNC), 0));
	}
	btf__free(btf);
	return hooks_require(ids, version, err);
}

static void rows_are_whole(void **state)
{
	(void)state;
	assert_int_equal(hooks_len, POSTERN_HOOKS_LEN);
	for (size_t i = 0; i < hooks_len; i++) {
		assert_int_equal(hooks[i].number, i);
		assert_string_equal(hook_name((unsigned)i), hooks[i].name);
		assert_true(hooks[i].guards && hooks[i].guards[0]);
		assert_true(hooks[i].asks && hooks[i].asks[0]);
		/* A kernel is excused with a reason only. */
		assert_true(!hooks[i].since || hooks[i].absent);
	}
	assert_string_equal(hook_name(POSTERN_HOOKS_LEN), "unknown");
}

static void a_whole_kernel_passes(void **state)
{
	struct error err = {};

	(void)state;
	assert_int_equal(require("", "", V(6, 1), &err), 0);
	assert_int_equal(require("", "", V(7, 3), &err), 0);
	assert_int_equal(require("", "", 0, &err), 0);
}

static void every_demanded_hook_is_missed(void **state)
{
	(void)state;
	for (size_t i = 0; i < hooks_len; i++) {
		struct error err = {};
		int r = require(hooks[i].name, "", V(99, 0), &err);

		if (hooks[i].absent && !hooks[i].since) {
			assert_int_equal(r, 0);
			continue;
		}
		assert_int_equal(r, -ENOSYS);
		assert_non_null(strstr(error_text(&err), hooks[i].name));
		assert_non_null(strstr(error_text(&err), hooks[i].guards));
		error_clear(&err);
	}
}

static void older_kernels_are_excused_by_version(void **state)
{
	struct error err = {};

	(void)state;
	assert_int_equal(require("file_truncate", "inode_set_acl", V(6, 1), &err), 0);
	assert_int_equal(require("file_truncate", "", V(6, 2), &err), -ENOSYS);
	error_clear(&err);
	assert_int_equal(require("inode_file_setattr", "uring_allowed", V(6, 12), &err), 0);
	assert_int_equal(require("inode_file_setattr", "", V(6, 17), &err), -ENOSYS);
	error_clear(&err);
	/* Whose version cannot be read is not taken for old. */
	assert_int_equal(require("file_truncate", "", 0, &err), -ENOSYS);
	error_clear(&err);
	/* One excuse does not cover another hook. */
	assert_int_equal(require("file_truncate", "path_mkdir", V(6, 1), &err), -ENOSYS);
	assert_non_null(strstr(error_text(&err), "path_mkdir"));
	error_clear(&err);
}

static void an_empty_kernel_is_refused(void **state)
{
	struct btf *btf = btf__new_empty();
	uint32_t ids[POSTERN_HOOKS_LEN];
	struct error err = {};

	(void)state;
	hooks_find(btf, ids);
	assert_int_equal(hooks_require(ids, V(6, 12), &err), -ENOSYS);
	assert_non_null(err.hint);
	error_clear(&err);
	btf__free(btf);
}

static void kernels_in_words(void **state)
{
	char text[HOOKS_KERNELS_MAX];

	(void)state;
	assert_string_equal(hook_kernels(&hooks[POSTERN_HOOK_file_open], text), "every");
	assert_string_equal(hook_kernels(&hooks[POSTERN_HOOK_file_truncate], text),
			    "6.2 and later");
	assert_string_equal(hook_kernels(&hooks[POSTERN_HOOK_uring_allowed], text),
			    "where it exists");
}

static void what_has_no_hook_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < unhooked_len; i++)
		assert_true(strlen(unhooked[i].operation) > 0 && strlen(unhooked[i].closed) > 20);
	for (size_t i = 0; i < unneeded_len; i++)
		assert_true(strlen(unneeded[i].hooks) > 0 && strlen(unneeded[i].why) > 20);
	/* No hook is both in use and left alone. */
	for (size_t i = 0; i < hooks_len; i++)
		for (size_t k = 0; k < unneeded_len; k++)
			assert_string_not_equal(hooks[i].name, unneeded[k].hooks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(a_whole_kernel_passes),
		cmocka_unit_test(every_demanded_hook_is_missed),
		cmocka_unit_test(older_kernels_are_excused_by_version),
		cmocka_unit_test(an_empty_kernel_is_refused),
		cmocka_unit_test(kernels_in_words),
		cmocka_unit_test(what_has_no_hook_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
