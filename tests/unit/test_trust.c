/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which files a manifest may be read from when it grants privilege. Most cases need files of other
 * owners, so all but the first tests need root; without it they are reported as skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/util.h"
#include "manifest/manifest.h"
#include "manifest/trust.h"

static const char text[] = "context: t\nmodule: t.so\nuser: 0\ngroup: 0\ncallers: {users: [0]}\n"
			   "entrypoints: {e: {}}\n";

/* A directory that only root can write, in a place where all above are such too. */
struct place {
	char directory[64];
	char file[96];
};

static int place_make(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	FILE *file;

	if (!p)
		return -1;
	*state = p;
	if (geteuid() != 0)
		return 0;
	(void)snprintf(p->directory, sizeof(p->directory), "/run/postern-test-XXXXXX");
	if (!mkdtemp(p->directory))
		return -1;
	(void)snprintf(p->file, sizeof(p->file), "%s/context.yaml", p->directory);
	file = fopen(p->file, "we");
	if (!file)
		return -1;
	if (fputs(text, file) < 0 || fclose(file) != 0)
		return -1;
	return chmod(p->file, 0644);
}

static int place_remove(void **state)
{
	struct place *p = *state;

	if (p->directory[0]) {
		(void)unlink(p->file);
		(void)rmdir(p->directory);
	}
	free(p);
	return 0;
}

static struct place *place_of_root(void **state)
{
	if (geteuid() != 0) {
		print_message("this test needs root\n");
		skip();
	}
	return *state;
}

static void refused(const char *file, int code, const char *object, const char *hint)
{
	cleanup_error struct error err = {};

	assert_int_equal(trust_open(file, &err), code);
	if (!strstr(error_text(&err), object))
		fail_msg("\"%s\" does not name \"%s\"", error_text(&err), object);
	assert_non_null(err.hint);
	if (!strstr(err.hint, hint))
		fail_msg("the hint \"%s\" does not hold \"%s\"", err.hint, hint);
}

static void accepted(const char *file)
{
	cleanup_error struct error err = {};
	cleanup_close int fd = trust_open(file, &err);

	if (fd < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

/* Without privilege: what every host has. */
static void test_system_files(void **state)
{
	cleanup_error struct error err = {};

	(void)state;
	accepted("/etc/passwd");
	accepted("//etc/./passwd");
	accepted("/etc/../etc/passwd");
	assert_int_equal(trust_open("/etc/no-such-file", &err), -ENOENT);
	assert_int_equal(trust_open("/etc", &err), -EINVAL);
	assert_int_equal(trust_open("/", &err), -EISDIR);
	assert_int_equal(trust_open("/etc/passwd/", &err), -ENOTDIR);
	assert_int_equal(trust_open("/etc/passwd/x", &err), -ENOTDIR);
}

static void test_world_writable_directory_above(void **state)
{
	char file[] = "/tmp/postern-test-XXXXXX";
	int fd = mkostemp(file, O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	refused(file, -EPERM, "/tmp is writable by everybody (owner root, mode 1777)",
		"only root can write");
	assert_int_equal(unlink(file), 0);
}

static void test_good_file(void **state)
{
	struct place *p = place_of_root(state);
	struct manifest_problems problems = {};
	struct manifest *m = NULL;

	accepted(p->file);
	assert_int_equal(manifest_read(p->file, MANIFEST_TRUSTED_ONLY, &m, &problems, NULL), 0);
	manifest_free(m);
}

static void test_file_mode(void **state)
{
	struct place *p = place_of_root(state);
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	struct manifest *m = NULL;

	assert_int_equal(chmod(p->file, 0664), 0);
	refused(p->file, -EPERM, "context.yaml is writable by its group (owner root, mode 0664)",
		"chmod go-w '/run/postern-test-");
	assert_int_equal(chmod(p->file, 0646), 0);
	refused(p->file, -EPERM, "context.yaml is writable by everybody", "chmod go-w");
	assert_int_equal(manifest_read(p->file, MANIFEST_TRUSTED_ONLY, &m, &problems, &err),
			 -EPERM);
	assert_null(m);
	/* Without the flag the same file is read. */
	assert_int_equal(manifest_read(p->file, 0, &m, &problems, NULL), 0);
	manifest_free(m);
}

static void test_owner(void **state)
{
	struct place *p = place_of_root(state);

	assert_int_equal(chown(p->file, 1, 0), 0);
	refused(p->file, -EPERM, "context.yaml is owned by user 1 (mode 0644)", "chown root '/run");
	assert_int_equal(chown(p->file, 0, 1), 0);
	accepted(p->file); /* a group that cannot write is no harm */
	assert_int_equal(chown(p->directory, 1, 0), 0);
	refused(p->file, -EPERM, "is owned by user 1 (mode 0700)", "chown root '/run");
}

static void test_directory_mode(void **state)
{
	struct place *p = place_of_root(state);

	assert_int_equal(chmod(p->directory, 0775), 0);
	refused(p->file, -EPERM, "is writable by its group", "chmod go-w '/run/postern-test-");
	assert_int_equal(chmod(p->directory, 01777), 0);
	refused(p->file, -EPERM, "is writable by everybody", "only root can write");
}

static void test_symlinks(void **state)
{
	struct place *p = place_of_root(state);
	char link[128];

	(void)snprintf(link, sizeof(link), "%s/link", p->directory);
	assert_int_equal(symlink("context.yaml", link), 0);
	refused(link, -ELOOP, "link is a symlink", "realpath");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(p->directory, link), 0);
	(void)snprintf(link, sizeof(link), "%s/link/context.yaml", p->directory);
	refused(link, -ENOTDIR, "link is a symlink or not a directory", "realpath");
	(void)snprintf(link, sizeof(link), "%s/link", p->directory);
	assert_int_equal(unlink(link), 0);
}

static void test_not_regular(void **state)
{
	struct place *p = place_of_root(state);
	cleanup_error struct error err = {};

	assert_int_equal(unlink(p->file), 0);
	assert_int_equal(mkfifo(p->file, 0600), 0);
	assert_int_equal(trust_open(p->file, &err), -EINVAL); /* and does not wait for a writer */
	assert_non_null(strstr(error_text(&err), "not a regular file"));
	assert_int_equal(unlink(p->file), 0);
}

static void test_relative(void **state)
{
	struct place *p = place_of_root(state);
	cleanup_free char *before = getcwd(NULL, 0);

	assert_non_null(before);
	assert_int_equal(chdir(p->directory), 0);
	accepted("context.yaml");
	accepted("./context.yaml");
	assert_int_equal(chmod(p->directory, 0777), 0);
	refused("context.yaml", -EPERM, p->directory, "chmod go-w");
	assert_int_equal(chdir(before), 0);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system_files),
		cmocka_unit_test(test_world_writable_directory_above),
		PLACED(test_good_file),
		PLACED(test_file_mode),
		PLACED(test_owner),
		PLACED(test_directory_mode),
		PLACED(test_symlinks),
		PLACED(test_not_regular),
		PLACED(test_relative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
