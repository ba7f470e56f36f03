/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of each type there and back, and errors with what they say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

/* A test that may show the call. */
static void same(struct answer *a, bool ok, const char *what)
{
	if (!tap(a->r == 0 && ok, "values: %s", what))
		answer_show(a);
	answer_clear(a);
}

static void texts(struct postern *p)
{
	static const struct {
		const char *text, *what;
	} all[] = {
		{"", "an empty string"},
		{"x", "a short string"},
		{"a\tb\n\x1b[31m\x7f", "a string with control characters"},
		{"Gr\xc3\xbc\xc3\x9f"
		 "e \xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac",
		 "unicode"},
		{"\xf4\x8f\xbf\xbf \xef\xbf\xbf \xc2\x80", "unicode at the bounds"},
	};
	struct postern_args *args;
	struct answer a;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		answer_get(&a, p, "echo_text", with_string("text", all[i].text), 0);
		same(&a, a.length == strlen(all[i].text) && strcmp(a.text, all[i].text) == 0,
		     all[i].what);
	}
	args = with_string("text", "with");
	(void)postern_args_string(args, "suffix", "");
	answer_get(&a, p, "echo_text", args, 0);
	same(&a, strcmp(a.text, "with") == 0, "an optional argument that is empty is given");
}

/* What Python calls a lone surrogate, and other bytes that are no text: bytes take them. */
static void no_texts(struct postern *p)
{
	static const char *const bad[] = {"\xed\xb2\x82", "\xff", "\xc0\x80", "\xf4\x90\x80\x80"};
	struct answer a;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct postern_args *args = postern_args_new();

		(void)postern_args_string(args, "text", bad[i]);
		answer_get(&a, p, "echo_text", args, 0);
		answer_bad(&a, POSTERN_RESULT_BAD_ARGUMENT, "UTF-8", "values: no UTF-8");
		args = postern_args_new();
		(void)postern_args_bytes(args, "data", bad[i], strlen(bad[i]));
		answer_get(&a, p, "echo_data", args, 0);
		same(&a, a.length == strlen(bad[i]) && memcmp(a.text, bad[i], a.length) == 0,
		     "the same as bytes");
	}
}

static void data(struct postern *p)
{
	struct postern_args *args = postern_args_new();
	unsigned char all[256];
	struct answer a;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	(void)postern_args_bytes(args, "data", all, sizeof(all));
	answer_get(&a, p, "echo_data", args, 0);
	same(&a, a.length == sizeof(all) && memcmp(a.text, all, sizeof(all)) == 0,
	     "bytes of each value, NUL too");
	args = postern_args_new();
	(void)postern_args_bytes(args, "data", "", 0);
	answer_get(&a, p, "echo_data", args, 0);
	same(&a, a.length == 0 && postern_value_kind(a.value) == POSTERN_KIND_BYTES, "no bytes");
}

static void numbers(struct postern *p)
{
	static const int64_t all[] = {0,	 1,	     -1,	 127,
				      -128,	 255,	     65535,	 -32768,
				      INT32_MIN, UINT32_MAX, INT64_MIN,	 INT64_MAX,
				      -32769,	 1LL << 53,  4294967296, INT64_MIN + 1};
	struct answer a;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char what[64];

		(void)snprintf(what, sizeof(what), "the integer %lld", (long long)all[i]);
		answer_get(&a, p, "echo_number", with_integer("number", all[i]), 0);
		same(&a, a.number == all[i], what);
	}
	for (int i = 0; i < 2; i++) {
		struct postern_args *args = postern_args_new();
		bool is = !i;

		(void)postern_args_boolean(args, "flag", i);
		answer_get(&a, p, "echo_flag", args, 0);
		same(&a, postern_value_boolean(a.value, &is) == 0 && is == i, i ? "true" : "false");
	}
}

static void lists(struct postern *p)
{
	static const char *const words[] = {"", "one", "", "zw\xc3\xb6lf"};
	static const int64_t integers[] = {INT64_MAX, INT64_MIN, 3};
	struct postern_args *args = postern_args_new();
	struct answer a;
	bool good = true;

	(void)postern_args_strings(args, "words", words, ARRAY_SIZE(words));
	answer_get(&a, p, "echo_words", args, 0);
	for (size_t i = 0; i < ARRAY_SIZE(words) && a.length == ARRAY_SIZE(words); i++) {
		const char *text = "?";
		size_t len;

		(void)postern_value_string(postern_value_list_item(a.value, i), &text, &len);
		good = good && strcmp(text, words[i]) == 0;
	}
	same(&a, good && a.length == ARRAY_SIZE(words), "a list of strings, in order");
	args = postern_args_new();
	(void)postern_args_strings(args, "words", NULL, 0);
	answer_get(&a, p, "echo_words", args, 0);
	same(&a, a.length == 0 && postern_value_kind(a.value) == POSTERN_KIND_LIST,
	     "an empty list");
	args = postern_args_new();
	(void)postern_args_integers(args, "numbers", integers, ARRAY_SIZE(integers));
	answer_get(&a, p, "sum", args, 0);
	same(&a, a.number == 2, "a list of integers");
}

static struct postern_args *route(const char *to, const char *via, int64_t metric)
{
	static const char *const tags[] = {"a", "b"};
	struct postern_args *record = with_string("to", to);

	if (via)
		(void)postern_args_string(record, "via", via);
	if (metric >= 0)
		(void)postern_args_integer(record, "metric", metric);
	else
		(void)postern_args_strings(record, "tags", tags, ARRAY_SIZE(tags));
	return record;
}

static struct postern_args *routes(const struct postern_args *first,
				   const struct postern_args *second)
{
	const struct postern_args *const both[] = {first, second};
	struct postern_args *args = postern_args_new();

	(void)postern_args_records(args, "routes", both, ARRAY_SIZE(both));
	return args;
}

static bool field_is(const struct postern_value *record, const char *field, const char *wanted)
{
	const char *text = NULL;

	(void)postern_value_string(postern_value_record_get(record, field), &text, NULL);
	return wanted ? text && strcmp(text, wanted) == 0 : !text;
}

/* Dicts, there. */
static void records(struct postern *p)
{
	struct postern_args *first = route("192.0.2.0/24", NULL, -1);
	struct postern_args *second = route("2001:db8::/32", "2001:db8::1", 7);
	struct postern_args *wrong = route("192.0.2.0/24", "somewhere", 7);
	const struct postern_value *one, *two;
	int64_t by_default = 0, metric = 0;
	struct answer a;

	answer_get(&a, p, "echo_routes", routes(first, second), 0);
	one = postern_value_list_item(a.value, 0);
	two = postern_value_list_item(a.value, 1);
	(void)postern_value_integer(postern_value_record_get(one, "metric"), &by_default);
	(void)postern_value_integer(postern_value_record_get(two, "metric"), &metric);
	same(&a,
	     a.length == 2 && field_is(one, "to", "192.0.2.0/24") && field_is(one, "via", NULL) &&
		     postern_value_list_len(postern_value_record_get(one, "tags")) == 2 &&
		     by_default == 100 && field_is(two, "to", "2001:db8::/32") &&
		     field_is(two, "via", "2001:db8::1") && metric == 7,
	     "a list of records, with what has a default");
	answer_get(&a, p, "echo_routes", routes(first, wrong), 0);
	answer_bad(&a, POSTERN_RESULT_BAD_ARGUMENT, "routes[1].via: expected an",
		   "values: a field that does not fit");
	postern_args_free(first);
	postern_args_free(second);
	postern_args_free(wrong);
}

/* A function opens what its caller names: a file below the directory, and no way out of it. */
static void paths(struct postern *p)
{
	static const char text[] = "inside";
	struct answer a;
	FILE *to = fopen(CONFORM_DIR "/path", "we");

	if (!to || fputs(text, to) < 0 || fclose(to) != 0 || chmod(CONFORM_DIR "/path", 0644) < 0 ||
	    symlink("/etc/passwd", CONFORM_DIR "/way-out") < 0)
		trial_bail("cannot make " CONFORM_DIR "/path");
	answer_get(&a, p, "read_mark", with_string("file", CONFORM_DIR "/path"), 0);
	same(&a, a.length == strlen(text) && memcmp(a.text, text, a.length) == 0,
	     "a path is opened as it was checked");
	answer_get(&a, p, "read_mark", with_string("file", CONFORM_DIR "/way-out"), 0);
	answer_bad(&a, POSTERN_RESULT_BAD_ARGUMENT, "without symbolic links",
		   "values: a link out of the directory");
	(void)unlink(CONFORM_DIR "/way-out");
	(void)unlink(CONFORM_DIR "/path");
}

/* An exception's class and arguments, there; here an errno and a text. */
static void errors(struct postern *p)
{
	static const int all[] = {EPERM, ENOENT, EEXIST, ENOSPC, ETIMEDOUT, EHWPOISON};
	char long_text[3000], what[64];
	struct postern_args *args;
	struct answer a;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		args = with_integer("errno", all[i]);
		(void)postern_args_string(args, "text", "open /srv/gr\xc3\xbcn");
		answer_get(&a, p, "fail", args, 0);
		tap(a.r == -all[i] && a.result == POSTERN_RESULT_FAILED && a.error == all[i] &&
			    strstr(a.message, "open /srv/gr\xc3\xbcn") &&
			    strstr(a.message, strerror(all[i])),
		    "errors: errno %d and message arrive: %s", all[i], a.message);
		answer_clear(&a);
	}
	(void)memset(long_text, 'e', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	args = with_integer("errno", ENODEV);
	(void)postern_args_string(args, "text", long_text);
	answer_get(&a, p, "fail", args, 0);
	tap(a.r == -ENODEV && strncmp(a.message, "eeeeeeee", 8) == 0,
	    "errors: a message that is too long is cut, and its errno arrives");
	answer_clear(&a);
	/* No errno: must not be taken for success. */
	args = with_integer("errno", 100000);
	(void)postern_args_string(args, "text", "strange");
	answer_get(&a, p, "fail", args, 0);
	(void)snprintf(what, sizeof(what), "errors: a code that is no errno");
	answer_bad(&a, POSTERN_RESULT_FAILED, "strange", what);
	answer_get(&a, p, "echo_number", with_integer("number", 5), 0);
	answer_good(&a, "errors: the next call is answered");
}

static bool is(const char *text, const char *wanted)
{
	return text && strcmp(text, wanted) == 0;
}

/* What a class of exceptions with attributes was for. */
static void named_errors(struct postern *p)
{
	struct postern_args *args = with_integer("errno", ENOENT);
	struct postern_failure *f = NULL;
	int r;

	(void)postern_args_string(args, "text", "v7");
	(void)postern_args_string(args, "name", "no_such_volume");
	r = postern_call(p, "fail", args, HANG_MS, NULL, &f);
	tap(r == -ENOENT && is(postern_failure_name(f), "no_such_volume") &&
		    is(postern_failure_field(f, "volume"), "v7") &&
		    is(postern_failure_field(f, "pool"), "") && !postern_failure_field(f, "absent"),
	    "errors: an application's own error keeps its name and its fields: %s",
	    r < 0 ? postern_failure_message(f) : "answered");
	postern_failure_free(f);
	postern_args_free(args);
}

/* There and back: what comes is open on the same pipe. */
static void descriptors(struct postern *p)
{
	struct postern_args *args = postern_args_new();
	int ends[2] = {-1, -1}, fd;
	struct answer a;
	char text[8] = "";

	if (pipe(ends) < 0 || write(ends[1], "piped", 5) != 5)
		ends[0] = -1;
	(void)postern_args_fd(args, "from", ends[0]);
	answer_get(&a, p, "echo_descriptor", args, 0);
	fd = postern_value_fd(a.value);
	same(&a, fd >= 0 && fd != ends[0] && read(fd, text, 5) == 5 && strcmp(text, "piped") == 0,
	     "a descriptor");
	(void)close(fd);
	args = postern_args_new();
	(void)postern_args_fd(args, "from", ends[1]);
	answer_get(&a, p, "echo_descriptor", args, 0);
	answer_bad(&a, POSTERN_RESULT_BAD_ARGUMENT,
		   "from: ", "values: a descriptor of another mode");
	(void)close(ends[0]);
	(void)close(ends[1]);
}

void part_values(struct postern *p)
{
	texts(p);
	no_texts(p);
	data(p);
	numbers(p);
	lists(p);
	records(p);
	descriptors(p);
	paths(p);
	errors(p);
	named_errors(p);
}
