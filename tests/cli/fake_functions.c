/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the fake worker runs: it tells what arrived, and fails in every way that a hint knows. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/util.h"
#include "fake_functions.h"

struct postern_page fake_page;

#define LINES_MAX 64

struct lines {
	char text[LINES_MAX][128];
	const char *items[LINES_MAX];
	size_t len;
};

static void line(struct lines *l, const char *format, ...) PRINTF_LIKE(2, 3);

static void line(struct lines *l, const char *format, ...)
{
	va_list args;

	if (l->len == LINES_MAX)
		return;
	va_start(args, format);
	(void)vsnprintf(l->text[l->len], sizeof(l->text[0]), format, args);
	va_end(args);
	l->items[l->len] = l->text[l->len];
	l->len++;
}

static void tell_scalars(struct postern_invocation *call, struct lines *l)
{
	static const char *const integers[] = {"count", "size", "wait", "pin"};
	static const char *const strings[] = {"text", "mode", "token"};

	if (postern_arg_given(call, "flag"))
		line(l, "flag %s", postern_arg_boolean(call, "flag") ? "true" : "false");
	for (size_t i = 0; i < ARRAY_SIZE(integers); i++)
		if (postern_arg_given(call, integers[i]))
			line(l, "%s %" PRId64, integers[i], postern_arg_integer(call, integers[i]));
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		if (postern_arg_given(call, strings[i]))
			line(l, "%s <%.60s> of %zu bytes", strings[i],
			     postern_arg_string(call, strings[i]),
			     strlen(postern_arg_string(call, strings[i])));
}

static void tell_data(struct postern_invocation *call, struct lines *l)
{
	const unsigned char *data;
	char hex[33] = "";
	size_t len;

	if (!postern_arg_given(call, "data"))
		return;
	data = postern_arg_bytes(call, "data", &len);
	for (size_t i = 0; i < len && i < 16; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", data[i]);
	line(l, "data %s of %zu bytes", hex, len);
}

static void tell_lists(struct postern_invocation *call, struct lines *l)
{
	static const char *const numbers[] = {"numbers", "sizes", "waits"};

	if (postern_arg_given(call, "words")) {
		line(l, "words %zu", postern_arg_list_len(call, "words"));
		for (size_t i = 0; i < postern_arg_list_len(call, "words"); i++)
			line(l, "  <%s>", postern_arg_list_string(call, "words", i));
	}
	for (size_t k = 0; k < ARRAY_SIZE(numbers); k++) {
		if (!postern_arg_given(call, numbers[k]))
			continue;
		line(l, "%s %zu", numbers[k], postern_arg_list_len(call, numbers[k]));
		for (size_t i = 0; i < postern_arg_list_len(call, numbers[k]); i++)
			line(l, "  %" PRId64, postern_arg_list_integer(call, numbers[k], i));
	}
}

static int echo(struct postern_invocation *call)
{
	struct lines l = {};

	tell_scalars(call, &l);
	tell_data(call, &l);
	tell_lists(call, &l);
	return postern_return_strings(call, l.items, l.len);
}

static void tell_record(const struct postern_record *r, struct lines *l)
{
	static const char *const words[] = {"to", "via"};
	static const char *const numbers[] = {"metric", "wait"};
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (postern_record_given(r, words[i]))
			line(l, "  %s %s", words[i], postern_record_string(r, words[i]));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (postern_record_given(r, numbers[i]))
			line(l, "  %s %" PRId64, numbers[i], postern_record_integer(r, numbers[i]));
	if (postern_record_given(r, "up"))
		line(l, "  up %s", postern_record_boolean(r, "up") ? "true" : "false");
	for (size_t i = 0; i < postern_record_list_len(r, "tags"); i++)
		line(l, "  tag <%s>", postern_record_list_string(r, "tags", i));
	for (size_t i = 0; i < postern_record_list_len(r, "sizes"); i++)
		line(l, "  size %" PRId64, postern_record_list_integer(r, "sizes", i));
	if (postern_record_bytes(r, "key", &len))
		line(l, "  key of %zu bytes", len);
}

static int records(struct postern_invocation *call)
{
	struct lines l = {};

	line(&l, "mode %s", postern_arg_string(call, "mode"));
	if (postern_arg_record(call, "route")) {
		line(&l, "route");
		tell_record(postern_arg_record(call, "route"), &l);
	}
	if (postern_arg_given(call, "routes"))
		line(&l, "routes %zu", postern_arg_list_len(call, "routes"));
	for (size_t i = 0; i < postern_arg_list_len(call, "routes"); i++)
		tell_record(postern_arg_list_record(call, "routes", i), &l);
	return postern_return_strings(call, l.items, l.len);
}

static int route(struct postern_invocation *call)
{
	static const char *const tags[] = {"a", "b\nup: true"};
	struct postern_fields *f = postern_result_record(call);

	(void)postern_set_string(f, "to", "192.0.2.0/24");
	(void)postern_set_string(f, "name", "the\tfirst\n");
	(void)postern_set_integer(f, "metric", -1);
	(void)postern_set_boolean(f, "up", false);
	(void)postern_set_bytes(f, "key", "\x00\xff", 2);
	(void)postern_set_strings(f, "tags", tags, ARRAY_SIZE(tags));
	return postern_return_records(call);
}

static int routes(struct postern_invocation *call)
{
	for (int64_t i = 0; i < postern_arg_integer(call, "count"); i++) {
		struct postern_fields *f = postern_result_record(call);
		char to[40];

		(void)snprintf(to, sizeof(to), "192.0.2.%" PRId64 "/32", i);
		(void)postern_set_string(f, "to", to);
		if (i == 1)
			(void)postern_set_string(f, "via", "192.0.2.99");
	}
	return postern_return_records(call);
}

static int wrong(struct postern_invocation *call)
{
	(void)postern_set_string(postern_result_record(call), "to", "anywhere");
	return postern_return_records(call);
}

static int nothing(struct postern_invocation *call)
{
	(void)call;
	return 0;
}

static int deny(struct postern_invocation *call)
{
	static const struct {
		const char *how;
		struct postern_denial denial;
	} denials[] = {
		{"rule",
		 {.operation = POSTERN_OP_OPEN,
		  .reason = POSTERN_REASON_NO_RULE,
		  .rights = POSTERN_WRITE,
		  .name_len = 6,
		  .name = "shadow"}},
		{"capability",
		 {.operation = POSTERN_OP_CAPABILITY,
		  .reason = POSTERN_REASON_NO_RULE,
		  .rights = 12 /* CAP_NET_ADMIN */}},
		{"never", {.operation = POSTERN_OP_MOUNT, .reason = POSTERN_REASON_NEVER}},
		{"bare",
		 {.operation = POSTERN_OP_OPEN,
		  .reason = POSTERN_REASON_OUTSIDE,
		  .rights = POSTERN_READ}},
	};
	const char *how = postern_arg_string(call, "how");

	for (size_t i = 0; i < ARRAY_SIZE(denials); i++) {
		uint64_t sequence = fake_page.denial.sequence;

		if (strcmp(denials[i].how, how) != 0)
			continue;
		fake_page.denial = denials[i].denial;
		fake_page.denial.sequence = sequence + 1;
	}
	return postern_fail(call, EACCES, "open %s", postern_arg_string(call, "filename"));
}

static int fail(struct postern_invocation *call)
{
	return postern_fail(call, (int)postern_arg_integer(call, "errno"), "write /etc/motd");
}

static int text(struct postern_invocation *call)
{
	return postern_return_string(call, "no newline \"at\" the end");
}

static int with_newline(struct postern_invocation *call)
{
	return postern_return_string(call, "a line\n");
}

static int blob(struct postern_invocation *call)
{
	return postern_return_bytes(call, "\x00\x01\xff\n~", 5);
}

static int yes(struct postern_invocation *call)
{
	return postern_return_boolean(call, true);
}

static int number(struct postern_invocation *call)
{
	return postern_return_integer(call, INT64_MIN);
}

static int slow(struct postern_invocation *call)
{
	(void)call;
	(void)sleep(20);
	return 0;
}

static int named(struct postern_invocation *call)
{
	postern_fail_field(call, "volume", "v-7");
	return postern_fail_named(call, "no_such_volume", ENOENT, "volume v-7");
}

static int talk(struct postern_invocation *call)
{
	postern_log(call, LOG_DEBUG, "looking for \033[31m%s", "it");
	postern_log(call, LOG_INFO, "found %d", 7);
	postern_log(call, LOG_NOTICE, "two\nlines");
	postern_log(call, LOG_ERR, "caf\xc3\xa9, and no UTF-8: \xff");
	return 0;
}

/* Copies `from` to `to`, where one is given, and tells how much it was. */
static int copy(struct postern_invocation *call)
{
	int from = postern_arg_fd(call, "from"), to = postern_arg_fd(call, "to");
	char data[256];
	ssize_t n = read(from, data, sizeof(data));

	if (n < 0 || (to >= 0 && write(to, data, (size_t)n) != n))
		return postern_fail(call, errno, "copy");
	return postern_return_integer(call, n);
}

static int hand_out(struct postern_invocation *call)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return postern_fail(call, errno, "make a pipe");
	if (write(ends[1], "handed out\n", 11) != 11)
		return postern_fail(call, errno, "write");
	(void)close(ends[postern_arg_boolean(call, "other") ? 0 : 1]);
	return postern_return_fd(call, ends[postern_arg_boolean(call, "other") ? 1 : 0]);
}

postern_function fake_function(const char *name)
{
	static const struct postern_entry entries[] = {
		{"echo", echo},	      {"required", nothing},  {"deny", deny},	  {"fail", fail},
		{"text", text},	      {"line", with_newline}, {"blob", blob},	  {"yes", yes},
		{"number", number},   {"talk", talk},	      {"named", named},	  {"slow", slow},
		{"records", records}, {"route", route},	      {"routes", routes}, {"wrong", wrong},
		{"copy", copy},	      {"hand_out", hand_out},
	};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (strcmp(entries[i].name, name) == 0)
			return entries[i].function;
	return NULL;
}
