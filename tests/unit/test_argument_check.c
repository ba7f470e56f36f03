/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every argument type: a value that fits, and those that do not, with what is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "helper/argument_check.h"

static struct argument_misfit misfit;
static const char *const message = misfit.message;

static int check(struct argument *a, const struct postern_value *v)
{
	struct manifest_entrypoint e = {.name = (char *)"e", .arguments = a, .arguments_len = 1};
	struct argument_checks *c;
	int r;

	assert_int_equal(argument_checks_new(&e, &c, NULL), 0);
	r = argument_check(c, 0, v, &misfit);
	assert_true(r == 0 || (r == -EINVAL && strncmp(message, "expected ", 9) == 0) ||
		    strncmp(message, "element ", 8) == 0);
	argument_checks_free(c);
	return r;
}

static int text(struct argument *a, const char *s)
{
	const struct postern_value v = {.kind = POSTERN_KIND_STRING, .text = {s, strlen(s)}};

	return check(a, &v);
}

static int integer(struct argument *a, int64_t i)
{
	const struct postern_value v = {.kind = POSTERN_KIND_INTEGER, .integer = i};

	return check(a, &v);
}

#define FITS(a, s)    assert_int_equal(text(a, s), 0)
#define MISFITS(a, s) assert_int_equal(text(a, s), -EINVAL)
#define SAID(part)    assert_non_null(strstr(message, part))

static void test_scalars(void **state)
{
	const struct postern_value flag = {.kind = POSTERN_KIND_BOOLEAN, .boolean = true};
	const struct postern_value nil = {.kind = POSTERN_KIND_NIL};
	struct argument a = {.type = ARGUMENT_BOOLEAN};

	(void)state;
	assert_int_equal(check(&a, &flag), 0);
	assert_int_equal(integer(&a, 1), -EINVAL);
	SAID("expected a boolean, got 1");
	assert_int_equal(check(&a, &nil), -EINVAL);
	SAID("got nothing");
	a.optional = true;
	assert_int_equal(check(&a, &nil), 0);
	a = (struct argument){.type = ARGUMENT_INTEGER, .minimum = 1, .maximum = 10};
	assert_int_equal(integer(&a, 1), 0);
	assert_int_equal(integer(&a, 10), 0);
	assert_int_equal(integer(&a, 0), -EINVAL);
	assert_int_equal(integer(&a, 11), -EINVAL);
	SAID("expected an integer from 1 to 10, got 11");
	assert_int_equal(check(&a, &flag), -EINVAL);
	a = (struct argument){.type = ARGUMENT_SIZE, .maximum = INT64_MAX};
	assert_int_equal(integer(&a, INT64_MAX), 0);
	assert_int_equal(integer(&a, -1), -EINVAL);
	SAID("expected a size in bytes of at least 0, got -1");
	a = (struct argument){.type = ARGUMENT_DURATION, .minimum = INT64_MIN, .maximum = 5};
	assert_int_equal(integer(&a, 5), 0);
	assert_int_equal(integer(&a, 6), -EINVAL);
	SAID("of at most 5");
	MISFITS(&a, "5s");
}

static void test_string(void **state)
{
	struct argument a = {.type = ARGUMENT_STRING, .min_length = 1, .max_length = 5};

	(void)state;
	FITS(&a, "hello");
	MISFITS(&a, "");
	MISFITS(&a, "hellos");
	SAID("expected 1 to 5 bytes, got 6");
	a.max_length = 200;
	a.pattern = (char *)"[a-z]+|x\\.y";
	FITS(&a, "abc");
	FITS(&a, "x.y");
	MISFITS(&a, "xay1");
	MISFITS(&a, "abc\n"); /* "$" matches at the very end only */
	MISFITS(&a, "\nabc");
	MISFITS(&a, "x.y.z");
	a.pattern = (char *)"a)|(b"; /* must not break out of the anchors */
	MISFITS(&a, "zzb");
	MISFITS(&a, "azz");
	a.pattern = (char *)"[0-9]+";
	MISFITS(&a, "\x1b[2J\"evil\xc2\x9b");
	SAID("got \"?[2J\"evil?\"");
	MISFITS(&a, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxyyyyyyyy");
	SAID("xxx\"...");
	assert_null(strstr(message, "y"));
}

static void test_secret(void **state)
{
	struct argument element = {.type = ARGUMENT_INTEGER, .maximum = 5};
	struct argument a = {
		.type = ARGUMENT_STRING, .max_length = 40, .pattern = (char *)"x", .secret = true};
	const struct postern_value item = {.kind = POSTERN_KIND_INTEGER, .integer = 424242};
	const struct postern_value list = {.kind = POSTERN_KIND_LIST, .list = {&item, 1}};

	(void)state;
	MISFITS(&a, "hunter2");
	assert_null(strstr(message, "hunter2"));
	a = (struct argument){.type = ARGUMENT_INTEGER, .maximum = 5, .secret = true};
	assert_int_equal(integer(&a, 424242), -EINVAL);
	assert_null(strstr(message, "424242"));
	a = (struct argument){
		.type = ARGUMENT_LIST, .max_length = 2, .element = &element, .secret = true};
	assert_int_equal(check(&a, &list), -EINVAL);
	assert_null(strstr(message, "424242"));
	/* The same, not secret, shows it. */
	a.secret = false;
	assert_int_equal(check(&a, &list), -EINVAL);
	SAID("element 1: expected an integer from 0 to 5, got 424242");
}

static void test_bytes_and_enum(void **state)
{
	const struct postern_value blob = {.kind = POSTERN_KIND_BYTES, .text = {"\0\1", 2}};
	char *values[] = {(char *)"up", (char *)"down"};
	struct argument a = {.type = ARGUMENT_BYTES, .max_length = 2};

	(void)state;
	assert_int_equal(check(&a, &blob), 0);
	a.max_length = 1;
	assert_int_equal(check(&a, &blob), -EINVAL);
	MISFITS(&a, "x");
	a = (struct argument){.type = ARGUMENT_ENUM, .values = values, .values_len = 2};
	FITS(&a, "up");
	FITS(&a, "down");
	MISFITS(&a, "u");
	SAID("expected one of up, down, got \"u\"");
	assert_int_equal(check(&a, &blob), -EINVAL);
	a.type = ARGUMENT_FD;
	MISFITS(&a, "x");
	SAID("expected a descriptor, got \"x\"");
}

static void test_list(void **state)
{
	struct argument element = {.type = ARGUMENT_INTERFACE};
	struct argument a = {
		.type = ARGUMENT_LIST, .min_length = 1, .max_length = 2, .element = &element};
	const struct postern_value items[] = {
		{.kind = POSTERN_KIND_STRING, .text = {"eth0", 4}},
		{.kind = POSTERN_KIND_STRING, .text = {"eth1", 4}},
		{.kind = POSTERN_KIND_NIL},
	};
	struct postern_value v = {.kind = POSTERN_KIND_LIST, .list = {items, 2}};

	(void)state;
	assert_int_equal(check(&a, &v), 0);
	assert_string_equal(message, "");
	v.list.len = 0;
	assert_int_equal(check(&a, &v), -EINVAL);
	v.list.len = 3;
	assert_int_equal(check(&a, &v), -EINVAL);
	SAID("expected 1 to 2 elements, got 3");
	v.list.items = items + 1;
	v.list.len = 2;
	assert_int_equal(check(&a, &v), -EINVAL);
	SAID("element 2: expected a string, got nothing");
	v.kind = POSTERN_KIND_RECORD;
	assert_int_equal(check(&a, &v), -EINVAL);
}

static void test_interface(void **state)
{
	struct argument a = {.type = ARGUMENT_INTERFACE};

	(void)state;
	FITS(&a, "eth0");
	FITS(&a, "tap-123456789ab");
	MISFITS(&a, "tap-123456789abc"); /* 16 bytes */
	MISFITS(&a, "");
	MISFITS(&a, ".");
	MISFITS(&a, "..");
	MISFITS(&a, "a/b");
	MISFITS(&a, "a:b");
	MISFITS(&a, "a b");
	MISFITS(&a, "a\nb");
	MISFITS(&a, "\xc3\xa0"); /* 0xa0 is a space to the kernel */
}

static void test_network(void **state)
{
	struct argument a = {.type = ARGUMENT_MAC};

	(void)state;
	FITS(&a, "02:00:5e:10:00:fF");
	MISFITS(&a, "02:00:5e:10:00");
	MISFITS(&a, "02-00-5e-10-00-ff");
	MISFITS(&a, "02:00:5e:10:00:fg");
	a.type = ARGUMENT_ADDRESS;
	FITS(&a, "192.0.2.1");
	FITS(&a, "2001:db8::1");
	MISFITS(&a, "2001:0db8::1"); /* the same address in another spelling */
	MISFITS(&a, "2001:DB8::1");
	MISFITS(&a, "192.0.2.256");
	MISFITS(&a, "192.0.2.1/24");
	MISFITS(&a, "fe80::1%eth0");
	a.family = ARGUMENT_FAMILY_IPV4;
	FITS(&a, "192.0.2.1");
	MISFITS(&a, "2001:db8::1");
	SAID("an IPv4 address");
	a.family = ARGUMENT_FAMILY_IPV6;
	MISFITS(&a, "192.0.2.1");
	a = (struct argument){.type = ARGUMENT_PREFIX};
	FITS(&a, "192.0.2.0/24");
	FITS(&a, "0.0.0.0/0");
	FITS(&a, "192.0.2.1/32");
	FITS(&a, "2001:db8::/33");
	MISFITS(&a, "192.0.2.1/24");
	SAID("without host bits");
	MISFITS(&a, "192.0.2.0/33");
	MISFITS(&a, "192.0.2.0/024");
	MISFITS(&a, "192.0.2.0/");
	MISFITS(&a, "192.0.2.0/-1");
	MISFITS(&a, "192.0.2.0");
	MISFITS(&a, "2001:db8::/129");
	MISFITS(&a, "2001:db8:0:8000::/48");
	a.family = ARGUMENT_FAMILY_IPV6;
	MISFITS(&a, "192.0.2.0/24");
}

static void test_names(void **state)
{
	struct argument a = {.type = ARGUMENT_UUID};

	(void)state;
	FITS(&a, "123e4567-e89b-12d3-a456-426614174000");
	MISFITS(&a, "123E4567-e89b-12d3-a456-426614174000");
	MISFITS(&a, "123e4567e89b12d3a456426614174000");
	MISFITS(&a, "123e4567-e89b-12d3-a456-42661417400");
	for (int i = 0; i < 2; i++) {
		a.type = i ? ARGUMENT_USER : ARGUMENT_GROUP;
		FITS(&a, "_apt");
		FITS(&a, "www-data");
		MISFITS(&a, "-rf");
		MISFITS(&a, "0");
		MISFITS(&a, "");
		MISFITS(&a, "root ");
		MISFITS(&a, "abcdefghijklmnopqrstuvwxyzabcdefg");
	}
}

static void test_path_spelling(void **state)
{
	struct argument a = {.type = ARGUMENT_PATH};
	char deep[5000];

	(void)state;
	FITS(&a, "/");
	FITS(&a, "/etc/motd");
	FITS(&a, "/etc/..motd/...");
	MISFITS(&a, "");
	MISFITS(&a, "etc/motd");
	SAID("an absolute path");
	MISFITS(&a, "/etc/../shadow");
	MISFITS(&a, "/etc/..");
	MISFITS(&a, "/./etc");
	MISFITS(&a, "//etc");
	MISFITS(&a, "/etc/");
	memset(deep, 'a', sizeof(deep));
	for (size_t i = 0; i < sizeof(deep); i += 200)
		deep[i] = '/';
	deep[4095] = '\0';
	FITS(&a, deep);
	deep[4095] = 'a';
	deep[4096] = '\0';
	MISFITS(&a, deep);
	memset(deep, 'a', 300);
	deep[0] = '/';
	deep[256] = '\0';
	FITS(&a, deep);
	deep[256] = 'a';
	deep[257] = '\0';
	MISFITS(&a, deep);
}

static char *path_of(const char *base, const char *rest)
{
	static char whole[4096];

	(void)snprintf(whole, sizeof(whole), "%s%s", base, rest);
	return whole;
}

static void test_path_below(void **state)
{
	char base[] = "/tmp/postern-argument-XXXXXX", below[64];
	struct argument a = {.type = ARGUMENT_PATH, .below = below};
	int fd;

	(void)state;
	assert_non_null(mkdtemp(base));
	(void)snprintf(below, sizeof(below), "%s/in", base);
	assert_int_equal(mkdir(below, 0755), 0);
	assert_int_equal(mkdir(path_of(base, "/in-evil"), 0755), 0);
	assert_int_equal(symlink("/etc", path_of(base, "/in/link")), 0);
	fd = open(path_of(base, "/in/file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	(void)close(fd);

	FITS(&a, path_of(base, "/in/file"));
	FITS(&a, path_of(base, "/in/new"));
	MISFITS(&a, path_of(base, "/in-evil/x")); /* a prefix, but not at a '/' */
	SAID("expected a path below");
	MISFITS(&a, path_of(base, "/in")); /* below, not the directory itself */
	MISFITS(&a, path_of(base, "/in/link/passwd"));
	SAID("without symbolic links");
	MISFITS(&a, path_of(base, "/in/link"));
	MISFITS(&a, path_of(base, "/in/file/x"));
	a.exists = ARGUMENT_EXISTS_MUST;
	FITS(&a, path_of(base, "/in/file"));
	MISFITS(&a, path_of(base, "/in/new"));
	SAID("a path that exists");
	a.exists = ARGUMENT_EXISTS_MUST_NOT;
	FITS(&a, path_of(base, "/in/new"));
	MISFITS(&a, path_of(base, "/in/file"));
	SAID("where nothing is yet");
	MISFITS(&a, path_of(base, "/in/link"));
	a.below = (char *)"/";
	FITS(&a, path_of(base, "/in/new"));
	MISFITS(&a, "/");
	a.below = NULL;
	a.exists = ARGUMENT_EXISTS_MUST;
	FITS(&a, "/");
	FITS(&a, path_of(base, "/in/file"));
	MISFITS(&a, path_of(base, "/nothing"));

	assert_int_equal(unlink(path_of(base, "/in/file")), 0);
	assert_int_equal(unlink(path_of(base, "/in/link")), 0);
	assert_int_equal(rmdir(path_of(base, "/in-evil")), 0);
	assert_int_equal(rmdir(below), 0);
	a.exists = ARGUMENT_EXISTS_ANY;
	a.below = below;
	FITS(&a, path_of(base, "/in/new")); /* the directory itself is not there */
	assert_int_equal(rmdir(base), 0);
}

static void test_checks_refused(void **state)
{
	struct argument nested = {.type = ARGUMENT_LIST};
	struct argument a = {.name = (char *)"m", .type = ARGUMENT_STRING, .pattern = (char *)"["};
	struct manifest_entrypoint e = {.name = (char *)"e", .arguments = &a, .arguments_len = 1};
	struct argument_checks *c = NULL;
	cleanup_error struct error err = {};

	(void)state;
	assert_int_equal(argument_checks_new(&e, &c, &err), -EINVAL);
	assert_null(c);
	assert_non_null(strstr(error_text(&err), "argument m of e: pattern [: "));
	a = (struct argument){.name = (char *)"m", .type = ARGUMENT_LIST, .element = &nested};
	assert_int_equal(argument_checks_new(&e, &c, NULL), -EINVAL);
	a.element = NULL;
	assert_int_equal(argument_checks_new(&e, &c, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars),	       cmocka_unit_test(test_string),
		cmocka_unit_test(test_secret),	       cmocka_unit_test(test_bytes_and_enum),
		cmocka_unit_test(test_list),	       cmocka_unit_test(test_interface),
		cmocka_unit_test(test_network),	       cmocka_unit_test(test_names),
		cmocka_unit_test(test_path_spelling),  cmocka_unit_test(test_path_below),
		cmocka_unit_test(test_checks_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
