/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What programs need: read from their files, and held against what the loader itself says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/elf_needs.h"
#include "policy/ld_cache.h"
#include "policy/program.h"

static char directory[] = "/tmp/postern-program-XXXXXX";

static bool listed(const struct program *p, const char *path)
{
	for (size_t i = 0; i < p->len; i++)
		if (strcmp(p->files[i].path, path) == 0)
			return true;
	return false;
}

static void file_make(const char *name, const void *data, size_t len, char *ret)
{
	int fd;

	(void)snprintf(ret, PATH_MAX, "%s/%s", directory, name);
	fd = open(ret, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	(void)close(fd);
}

/* ldd(1) runs the loader on this very program; each library that it names must be listed by name
 * and by where it really lies. */
static void test_as_the_loader(void **state)
{
	char self[PATH_MAX] = "", command[PATH_MAX + 16], line[2 * PATH_MAX], real[PATH_MAX];
	struct program p;
	size_t seen = 0;
	FILE *ldd;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_int_equal(program_look(self, false, &p, NULL), 0);
	assert_string_equal(p.files[0].path, self);
	assert_true(listed(&p, LD_CACHE_FILE));
	(void)snprintf(command, sizeof(command), "ldd '%s'", self);
	ldd = popen(command, "re");
	assert_non_null(ldd);
	while (fgets(line, sizeof(line), ldd)) {
		char *path = strchr(line, '/');

		if (!path)
			continue;
		path[strcspn(path, " \n")] = '\0';
		if (!listed(&p, path))
			fail_msg("%s is not listed", path);
		assert_non_null(realpath(path, real));
		if (!listed(&p, real))
			fail_msg("%s is not listed", real);
		seen++;
	}
	(void)pclose(ldd);
	assert_true(seen >= 3);
	program_clear(&p);
}

static void test_scripts_and_links(void **state)
{
	static const char script[] = "#! /bin/sh -e\n";
	char path[PATH_MAX], link[PATH_MAX], real[PATH_MAX];
	struct program p;

	(void)state;
	file_make("script", script, strlen(script), path);
	(void)snprintf(link, sizeof(link), "%s/link", directory);
	assert_int_equal(symlink("./script", link), 0);
	assert_int_equal(program_look(link, false, &p, NULL), 0);
	assert_string_equal(p.files[0].path, link);
	assert_true(listed(&p, path));
	assert_true(listed(&p, "/bin/sh"));
	assert_non_null(realpath("/bin/sh", real));
	assert_true(listed(&p, real));
	for (size_t i = 0; i < p.len; i++) {
		assert_null(strstr(p.files[i].path, "/../"));
		assert_null(strstr(p.files[i].path, "/./"));
		assert_int_equal(p.files[i].execute, strcmp(p.files[i].path, LD_CACHE_FILE) != 0);
	}
	program_clear(&p);
}

static void test_missing(void **state)
{
	struct program p;

	(void)state;
	assert_int_equal(program_look("/nowhere/program", false, &p, NULL), 0);
	assert_true(p.missing);
	assert_int_equal(p.len, 1);
	program_clear(&p);
}

static void refused(const char *path, bool trusted, int code, const char *said)
{
	struct error err = {};
	struct program p;

	assert_int_equal(program_look(path, trusted, &p, &err), code);
	if (!strstr(error_text(&err), said))
		fail_msg("%s instead of %s", error_text(&err), said);
	error_clear(&err);
}

static void test_refused(void **state)
{
	static const char relative[] = "#!sh\n", nobody[] = "#!/nowhere/interpreter\n";
	char path[PATH_MAX], itself[PATH_MAX + 8];

	(void)state;
	file_make("text", "hello", 5, path);
	refused(path, false, -ENOEXEC, "neither a program nor a script");
	file_make("relative", relative, strlen(relative), path);
	refused(path, false, -ENOEXEC, "no absolute path");
	file_make("nobody", nobody, strlen(nobody), path);
	refused(path, false, -ENOENT, "/nowhere/interpreter");
	(void)snprintf(path, sizeof(path), "%s/again", directory);
	(void)snprintf(itself, sizeof(itself), "#!%s\n", path);
	file_make("again", itself, strlen(itself), path);
	refused(path, false, -ELOOP, "again");
	/* Everybody can write /tmp, so nothing in it is root's alone. */
	file_make("script", "#!/bin/sh\n", 10, path);
	refused(path, true, -EPERM, "could grant");
}

/* A file that is cut off, or of which one byte is another, is refused or read, and nothing worse.
 */
static void test_broken_elf(void **state)
{
	static uint8_t data[1 << 20];
	char self[PATH_MAX] = "", path[PATH_MAX];
	struct elf_needs needs;
	size_t len;
	int fd;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	fd = open("/bin/sh", O_RDONLY);
	assert_true(fd >= 0);
	len = (size_t)read(fd, data, sizeof(data));
	(void)close(fd);
	for (size_t at = 0; at < 1024; at += 3) {
		data[at] ^= 0x55;
		file_make("broken", data, at % 2 ? len : at * 100 % len, path);
		data[at] ^= 0x55;
		fd = open(path, O_RDONLY);
		if (elf_needs_read(fd, path, &needs, NULL) == 0)
			elf_needs_clear(&needs);
		(void)close(fd);
	}
}

static void test_cache(void **state)
{
	struct {
		char magic[20];
		uint32_t len, strings, rest[5];
		struct {
			int32_t flags;
			uint32_t key, value, os;
			uint64_t hwcap;
		} entries[3];
		char text[64];
	} file = {
		.magic = "glibc-ld.so.cache1.",
		.len = 3,
		.entries = {{3, 120, 128, 0, 0}, {3, 120, 140, 0, 0}, {3, 120, 0xffffff, 0, 0}},
		.text = "a.so.1\0\0/lib/a.so.1\0/opt/a.so.1",
	};
	struct ld_cache cache;
	char path[PATH_MAX];
	uint32_t index = 0;

	(void)state;
	file.magic[19] = '1';
	assert_int_equal(offsetof(__typeof__(file), text), 120);
	file_make("cache", &file, sizeof(file), path);
	ld_cache_read(path, &cache);
	assert_int_equal(cache.len, 3);
	assert_string_equal(ld_cache_find(&cache, "a.so.1", &index), "/lib/a.so.1");
	assert_string_equal(ld_cache_find(&cache, "a.so.1", &index), "/opt/a.so.1");
	/* An offset beyond the file. */
	assert_null(ld_cache_find(&cache, "a.so.1", &index));
	ld_cache_clear(&cache);
	file.len = 1000;
	file_make("cache", &file, sizeof(file), path);
	ld_cache_read(path, &cache);
	assert_int_equal(cache.len, 0);
	ld_cache_clear(&cache);
	ld_cache_read("/nowhere", &cache);
	assert_int_equal(cache.len, 0);
}

static int directory_make(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int directory_remove(void **state)
{
	static const char *const names[] = {"script", "link",  "text",	 "relative",
					    "nobody", "again", "broken", "cache"};
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		(void)unlink(path);
	}
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_the_loader), cmocka_unit_test(test_scripts_and_links),
		cmocka_unit_test(test_missing),	      cmocka_unit_test(test_refused),
		cmocka_unit_test(test_broken_elf),    cmocka_unit_test(test_cache),
	};

	return cmocka_run_group_tests(tests, directory_make, directory_remove);
}
