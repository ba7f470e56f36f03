/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What functions print: how it is cut into lines, what bounds it, and who sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "helper/output.h"

#define GIBIBYTE (UINT64_C(1) << 30)

/* What came: "4 text\n". */
static struct heard {
	size_t lines;
	char text[OUTPUT_TEXT_MAX * 2];
	size_t len;
} heard;

static void hear(void *userdata, int level, const char *text, size_t len)
{
	assert_ptr_equal(userdata, &heard);
	assert_int_equal(len, strlen(text));
	heard.lines++;
	heard.len += (size_t)snprintf(heard.text + heard.len, sizeof(heard.text) - heard.len,
				      "%d %s\n", level, text);
}

static const char *take(struct output *o)
{
	heard = (struct heard){};
	output_take(o, hear, &heard);
	return heard.text;
}

static void make(struct output *o)
{
	assert_int_equal(output_make(o, GIBIBYTE, NULL), 0);
	assert_non_null(o->area);
}

static void put(const struct output *o, const char *text, size_t len)
{
	assert_int_equal(write(o->fd, text, len), len);
}

static void is(struct output *o, const char *written, const char *wanted)
{
	put(o, written, strlen(written));
	assert_true(output_waits(o));
	assert_string_equal(take(o), wanted);
	assert_false(output_waits(o));
}

static void test_lines(void **state)
{
	struct output o;

	(void)state;
	make(&o);
	assert_false(output_waits(&o));
	is(&o, "one\ntwo\n", "4 one\n4 two\n");
	is(&o, "no end", "4 no end\n");
	is(&o, "\n\n\r\nthree\r\n\n", "4 three\n");
	is(&o, "<3>bad\n<7>fine\n<8>none\n<3\n<>\n<6>\n", "3 bad\n7 fine\n4 <8>none\n4 <3\n4 <>\n");
	is(&o, "caf\xc3\xa9 \x1b[31m\xff\x01\n", "4 caf\xc3\xa9 ?[31m??\n");
	put(&o, "with\0a NUL\n", 11);
	assert_string_equal(take(&o), "4 with?a NUL\n");
	output_clear(&o);
}

static void test_long_line(void **state)
{
	char text[OUTPUT_LINE_MAX + 8];
	struct output o;

	(void)state;
	make(&o);
	/* A character of two bytes stands on the bound. */
	memset(text, 'a', sizeof(text));
	memcpy(text + OUTPUT_LINE_MAX - 1, "\xc3\xa9", 2);
	put(&o, text, sizeof(text));
	(void)take(&o);
	assert_int_equal(heard.lines, 2);
	assert_non_null(strstr(heard.text, "a\n4 \xc3\xa9"
					   "aaaaaaa\n"));
	/* Bytes that continue no character. */
	memset(text, 0x80, sizeof(text));
	put(&o, text, sizeof(text));
	(void)take(&o);
	assert_true(heard.lines > 0 && heard.lines <= OUTPUT_LINES_MAX + 1);
	output_clear(&o);
}

static void test_bounds(void **state)
{
	char line[1024];
	struct output o;

	(void)state;
	make(&o);
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 1024; i++)
		put(&o, line, sizeof(line));
	(void)take(&o);
	assert_int_equal(heard.lines, OUTPUT_TEXT_MAX / sizeof(line) + 1);
	assert_non_null(strstr(heard.text, "4 983040 more bytes of what it printed were left out"));
	is(&o, "after that\n", "4 after that\n");
	/* Many short ones. */
	for (int i = 0; i < OUTPUT_LINES_MAX + 5; i++)
		put(&o, "y\n", 2);
	(void)take(&o);
	assert_int_equal(heard.lines, OUTPUT_LINES_MAX + 1);
	assert_non_null(strstr(heard.text, "4 10 more bytes of what"));
	output_clear(&o);
}

/* It neither grows nor shrinks, and does not make a writer wait. */
static void test_sealed(void **state)
{
	cleanup_free char *much = calloc(1, OUTPUT_FILE_MAX + 8192);
	struct output o;
	ssize_t n;

	(void)state;
	assert_non_null(much);
	memset(much, 'z', OUTPUT_FILE_MAX + 8192);
	make(&o);
	n = write(o.fd, much, OUTPUT_FILE_MAX + 8192);
	assert_true(n > OUTPUT_TEXT_MAX && n <= OUTPUT_FILE_MAX);
	assert_int_equal(write(o.fd, "z", 1), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(o.fd, 0), -1);
	assert_int_equal(ftruncate(o.fd, OUTPUT_FILE_MAX * 2), -1);
	(void)take(&o);
	is(&o, "room again\n", "4 room again\n");
	/* A writer that goes elsewhere harms itself. */
	assert_int_equal(lseek(o.fd, 0, SEEK_SET), 0);
	put(&o, much, 4096 + 3);
	assert_string_equal(take(&o), "4 zzz\n");
	is(&o, "at its place\n", "4 at its place\n");
	output_clear(&o);
}

/* The limit on files holds here too; a write that met it would be a signal. */
static void test_file_size(void **state)
{
	struct output o;

	(void)state;
	assert_int_equal(output_make(&o, 0, NULL), 0);
	assert_null(o.area);
	assert_false(output_waits(&o));
	assert_int_equal(output_make(&o, 65536, NULL), 0);
	assert_null(o.area);
	assert_int_equal(output_make(&o, 128 * 1024, NULL), 0);
	assert_non_null(o.area);
	assert_int_equal(lseek(o.fd, 0, SEEK_END), 124 * 1024);
	output_clear(&o);
}

/* The parent of one that died. */
static void test_parent(void **state)
{
	struct output o;
	int status;
	pid_t pid;

	(void)state;
	make(&o);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)!write(o.fd, "last\nwords", 10);
		abort();
	}
	output_let_go(&o);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(output_waits(&o));
	assert_string_equal(take(&o), "4 last\n4 words\n");
	assert_false(output_waits(&o));
	output_clear(&o);
}

/* What a parent keeps is in no child's memory. */
static void test_keep(void **state)
{
	struct output o;
	int status;
	pid_t pid;

	(void)state;
	make(&o);
	put(&o, "mine\n", 5);
	assert_int_equal(output_keep(&o), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int pipe_fds[2];

		/* The kernel's look: EFAULT where nothing is mapped. */
		if (pipe(pipe_fds) < 0)
			_exit(2);
		_exit(write(pipe_fds[1], (const void *)(uintptr_t)o.area->text, 1) < 0 &&
				      errno == EFAULT
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(take(&o), "4 mine\n");
	output_clear(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	  cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_bounds),	  cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_file_size), cmocka_unit_test(test_parent),
		cmocka_unit_test(test_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
