/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths that a function opens by their argument: what was checked, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "invocation_fixture.h"

static char root[] = "/tmp/postern-path-open.XXXXXX";
static char below[64];
static struct argument fields[] = {{.name = (char *)"file", .type = ARGUMENT_PATH, .below = below}};
static struct argument arguments[] = {
	{.name = (char *)"any", .type = ARGUMENT_PATH, .below = below, .optional = true},
	{.name = (char *)"there",
	 .type = ARGUMENT_PATH,
	 .below = below,
	 .exists = ARGUMENT_EXISTS_MUST,
	 .optional = true},
	{.name = (char *)"new",
	 .type = ARGUMENT_PATH,
	 .below = below,
	 .exists = ARGUMENT_EXISTS_MUST_NOT,
	 .optional = true},
	{.name = (char *)"anywhere", .type = ARGUMENT_PATH, .optional = true},
	{.name = (char *)"record",
	 .type = ARGUMENT_RECORD,
	 .fields = fields,
	 .fields_len = 1,
	 .optional = true},
};
enum { ANY, THERE, NEW, ANYWHERE, RECORD };
static struct manifest_entrypoint with_paths = {
	.name = (char *)"open",
	.arguments = arguments,
	.arguments_len = ARRAY_SIZE(arguments),
	.timeout_ns = 1,
};

/* What the function does, and what came of it. */
static size_t argument;
static int flags, opened;
/* Runs between the check and the opening: what an attacker does meanwhile. */
static void (*meanwhile)(void);

static int open_it(struct postern_invocation *call)
{
	if (meanwhile)
		meanwhile();
	if (argument == RECORD)
		opened = postern_record_path_open(postern_arg_record(call, "record"), "file", flags,
						  0600);
	else
		opened = postern_arg_path_open(call, arguments[argument].name, flags, 0600);
	return 0;
}

/* Opens root/name by that argument. Returns the descriptor or a negative errno. given: whether the
 * argument is. */
static int open_by(size_t by, const char *name, int with, bool given)
{
	const struct invocation_target target = {
		.context = "files", .entrypoint = &with_paths, .function = open_it};
	char path[128];
	struct postern_header h;
	struct wire_writer w;
	size_t len = 0, reply_len = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	argument = by;
	flags = with;
	opened = -EBADMSG;
	wire_start(&w, record, sizeof(record), POSTERN_CALL, 3, 0);
	wire_put_array(&w, ARRAY_SIZE(arguments));
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		if (i != by || !given) {
			wire_put_nil(&w);
			continue;
		}
		if (i == RECORD) {
			wire_put_map(&w, 1);
			wire_put_string(&w, "file", 4);
		}
		wire_put_string(&w, path, strlen(path));
	}
	assert_int_equal(wire_finish(&w, &len), 0);
	invocation_run(&target, &caller, record, len, reply, &reply_len);
	assert_int_equal(wire_header(reply, reply_len, &h), 0);
	return h.type == POSTERN_RETURN ? opened : -EKEYREJECTED;
}

static void put_file(const char *name, const char *text)
{
	char path[128];
	FILE *to;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	to = fopen(path, "w");
	assert_non_null(to);
	assert_true(fputs(text, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

static void holds(int fd, const char *text)
{
	char got[16] = "";

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(read(fd, got, sizeof(got) - 1), strlen(text));
	assert_string_equal(got, text);
	assert_int_equal(close(fd), 0);
}

static void test_allowed(void **state)
{
	int fd;

	(void)state;
	meanwhile = NULL;
	holds(open_by(ANY, "data/file", O_RDONLY, true), "inside");
	holds(open_by(THERE, "data/file", O_RDONLY, true), "inside");
	holds(open_by(ANYWHERE, "outside", O_RDONLY, true), "outside");
	holds(open_by(RECORD, "data/file", O_RDONLY, true), "inside");
	fd = open_by(ANY, "data/made", O_WRONLY | O_CREAT | O_EXCL, true);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	fd = open_by(NEW, "data/new", O_WRONLY | O_CREAT, true);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(open_by(ANY, "data/file", O_RDONLY, false), -EINVAL);
}

static void test_refused_by_the_check(void **state)
{
	(void)state;
	meanwhile = NULL;
	assert_int_equal(open_by(ANY, "outside", O_RDONLY, true), -EKEYREJECTED);
	assert_int_equal(open_by(ANY, "data/link", O_RDONLY, true), -EKEYREJECTED);
	assert_int_equal(open_by(ANY, "data/../outside", O_RDONLY, true), -EKEYREJECTED);
	assert_int_equal(open_by(THERE, "data/none", O_RDONLY, true), -EKEYREJECTED);
	assert_int_equal(open_by(NEW, "data/file", O_RDWR | O_CREAT, true), -EKEYREJECTED);
	assert_int_equal(open_by(RECORD, "outside", O_RDONLY, true), -EKEYREJECTED);
}

static void replace(const char *name, const char *target)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	(void)unlink(path);
	if (target)
		assert_int_equal(symlink(target, path), 0);
}

static void file_becomes_link(void)
{
	replace("data/swapped", "../outside");
}

static void directory_becomes_link(void)
{
	char from[128], to[128];

	(void)snprintf(from, sizeof(from), "%s/data/inner", root);
	(void)snprintf(to, sizeof(to), "%s/data/away", root);
	assert_int_equal(rename(from, to), 0);
	replace("data/inner", "..");
}

static void file_goes(void)
{
	replace("data/swapped", NULL);
}

static void file_comes(void)
{
	put_file("data/swapped", "inside");
}

/* What was right when it was checked, and is another thing when it is opened. */
static void test_changed_meanwhile(void **state)
{
	(void)state;
	file_comes();
	meanwhile = file_becomes_link;
	assert_int_equal(open_by(ANY, "data/swapped", O_RDONLY, true), -ELOOP);
	meanwhile = directory_becomes_link;
	assert_int_equal(open_by(ANY, "data/inner/outside", O_RDONLY, true), -ELOOP);
	replace("data/swapped", NULL);
	file_comes();
	meanwhile = file_goes;
	assert_int_equal(open_by(THERE, "data/swapped", O_RDWR | O_CREAT, true), -ENOENT);
	meanwhile = file_comes;
	assert_int_equal(open_by(NEW, "data/swapped", O_RDWR | O_CREAT, true), -EEXIST);
	meanwhile = NULL;
	assert_int_equal(open_by(NEW, "data/other", O_RDWR, true), -ENOENT);
}

static void make_directory(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	make_directory("data");
	make_directory("data/inner");
	(void)snprintf(below, sizeof(below), "%s/data", root);
	put_file("data/file", "inside");
	put_file("data/inner/outside", "inner");
	put_file("outside", "outside");
	replace("data/link", "file");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"data/file", "data/away/outside", "data/link",	"data/made",
		"data/new",  "data/swapped",	  "data/inner", "outside"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		replace(names[i], NULL);
	(void)snprintf(path, sizeof(path), "%s/data/away", root);
	(void)rmdir(path);
	return rmdir(below) == 0 && rmdir(root) == 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_refused_by_the_check),
		cmocka_unit_test(test_changed_meanwhile),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
