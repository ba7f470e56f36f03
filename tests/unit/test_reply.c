/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ERROR and OPENED records; and the frozen bytes that docs/protocol.md shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "lib/reply.h"
#include "lib/wire.h"
#include "manifest/argument.h"

static uint8_t buffer[POSTERN_RECORD_MAX];

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* As docs/protocol.md has them, section 11. */
/* clang-format off */
static const uint8_t open_start[] = {
	0x50, 0x53, 0x54, 0x4e, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x75, 0x70, 0x64, 0x61, 0x74, 0x65, 0x5f, 0x6d,
	0x6f, 0x74, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00,
};
static const uint8_t opened_bytes[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x85, 0xa7, 0x63, 0x6f, 0x6e, 0x74, 0x65, 0x78, 0x74, 0xa4, 0x6d, 0x6f,
	0x74, 0x64, 0xaa, 0x65, 0x6e, 0x74, 0x72, 0x79, 0x70, 0x6f, 0x69, 0x6e,
	0x74, 0xab, 0x75, 0x70, 0x64, 0x61, 0x74, 0x65, 0x5f, 0x6d, 0x6f, 0x74,
	0x64, 0xa7, 0x74, 0x69, 0x6d, 0x65, 0x6f, 0x75, 0x74, 0xcf, 0x00, 0x00,
	0x00, 0x06, 0xfc, 0x23, 0xac, 0x00, 0xa9, 0x61, 0x72, 0x67, 0x75, 0x6d,
	0x65, 0x6e, 0x74, 0x73, 0x91, 0x93, 0xa7, 0x6d, 0x65, 0x73, 0x73, 0x61,
	0x67, 0x65, 0x03, 0x00, 0xa6, 0x72, 0x65, 0x73, 0x75, 0x6c, 0x74, 0x00,
};
static const uint8_t call_bytes[] = {
	0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0xf2, 0x05, 0x2a, 0x01, 0x00, 0x00, 0x00,
	0x91, 0xa6, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x0a,
};
static const uint8_t returned[] = {
	0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0xc0,
};
static const uint8_t error_bytes[] = {
	0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x84, 0xa4, 0x63, 0x6f, 0x64, 0x65, 0x02, 0xa7, 0x6d, 0x65, 0x73, 0x73,
	0x61, 0x67, 0x65, 0xd9, 0x21, 0x6d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65,
	0x3a, 0x20, 0x65, 0x78, 0x70, 0x65, 0x63, 0x74, 0x65, 0x64, 0x20, 0x61,
	0x20, 0x73, 0x74, 0x72, 0x69, 0x6e, 0x67, 0x2c, 0x20, 0x67, 0x6f, 0x74,
	0x20, 0x35, 0xa8, 0x61, 0x72, 0x67, 0x75, 0x6d, 0x65, 0x6e, 0x74, 0xa7,
	0x6d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65, 0xa5, 0x65, 0x72, 0x72, 0x6e,
	0x6f, 0x16,
};
/* clang-format on */

static void test_error_record(void **state)
{
	const struct reply_error e = {
		.code = POSTERN_DENIED,
		.message = "open /etc/shadow: \x1b[31mred\xff\nend",
		.hint = "h",
		.argument = "filename",
		.error = EACCES,
		.signal = 9,
		.denial = {"open", "shadow", "write", "no rule grants it"},
		.name = "no_such_volume",
		.fields = {{"volume", "v\x1b"
				      "1"},
			   {"pool", "p"}},
		.fields_len = 2,
	};
	struct postern_value *tree;
	struct postern_header h;
	struct reply_error got;
	size_t len;

	(void)state;
	len = reply_error_write(buffer, 5, &e);
	assert_int_equal(wire_header(buffer, len, &h), 0);
	assert_true(h.type == POSTERN_ERROR && h.call == 5);
	assert_int_equal(reply_error_read(buffer + 24, len - 24, &got, &tree), 0);
	assert_int_equal(got.code, POSTERN_DENIED);
	assert_string_equal(got.message, "open /etc/shadow: ?[31mred? end");
	assert_string_equal(got.argument, "filename");
	assert_true(got.error == EACCES && got.signal == 9);
	assert_string_equal(got.denial.rights, "write");
	assert_string_equal(got.denial.rule, "no rule grants it");
	assert_string_equal(got.name, "no_such_volume");
	assert_int_equal(got.fields_len, 2);
	assert_string_equal(got.fields[0].key, "volume");
	assert_string_equal(got.fields[0].value, "v?1");
	assert_string_equal(got.fields[1].value, "p");
	postern_value_free(tree);
	/* Only what applies. */
	len = reply_error(buffer, 0, POSTERN_NOT_PERMITTED, "no", NULL, 0, -EACCES);
	assert_int_equal(reply_error_read(buffer + 24, len - 24, &got, &tree), 0);
	assert_null(got.hint);
	assert_null(got.denial.operation);
	assert_null(got.name);
	assert_int_equal(got.fields_len, 0);
	assert_int_equal(got.error, EACCES);
	postern_value_free(tree);
}

static void test_error_largest(void **state)
{
	static char text[70000];
	const struct reply_error e = {
		.code = POSTERN_DENIED,
		.message = text,
		.hint = text,
		.argument = text,
		.error = 4095,
		.signal = 64,
		.denial = {text, text, text, text},
		.name = "a23456789012345678901234567890123456789012345678901234567890123",
		.fields = {{"a", text},
			   {"b", text},
			   {"c", text},
			   {"d", text},
			   {"e", text},
			   {"f", text},
			   {"g", text},
			   {"a23456789012345678901234567890123456789012345678901234567890123",
			    text}},
		.fields_len = REPLY_FIELDS_MAX,
	};
	struct postern_value *tree;
	struct reply_error got;
	size_t len;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xbc", 2);
	len = reply_error_write(buffer, UINT64_MAX, &e);
	assert_in_range(len, 1, REPLY_ERROR_MAX);
	assert_int_equal(reply_error_read(buffer + 24, len - 24, &got, &tree), 0);
	assert_int_equal(strlen(got.message), REPLY_MESSAGE_MAX);
	assert_int_equal(strlen(got.argument), REPLY_WORD_MAX - 1); /* not half a character */
	assert_int_equal(got.fields_len, REPLY_FIELDS_MAX);
	assert_int_equal(strlen(got.fields[7].value), REPLY_WORD_MAX - 1);
	postern_value_free(tree);
}

static int read_error(const void *payload, size_t len)
{
	struct postern_value *tree;
	struct reply_error e;
	int r = reply_error_read(payload, len, &e, &tree);

	if (r == 0)
		postern_value_free(tree);
	return r;
}

static void test_error_refused(void **state)
{
	(void)state;
	assert_int_equal(read_error(BYTES(0x81, 0xa4, 'c', 'o', 'd', 'e', 1)), 0);
	assert_int_equal(read_error(BYTES(0x80)), -EBADMSG);
	assert_int_equal(read_error(BYTES(0x82, 0xa4, 'c', 'o', 'd', 'e', 1, 0xa4, 'n', 'a', 'm',
					  'e', 0xa1, 'x')),
			 0);
	assert_int_equal(read_error(BYTES(0x82, 0xa4, 'c', 'o', 'd', 'e', 1, 0xa4, 'n', 'a', 'm',
					  'e', 0xa1, 'X')),
			 -EBADMSG);
	assert_int_equal(read_error(BYTES(0x82, 0xa4, 'c', 'o', 'd', 'e', 1, 0xa6, 'f', 'i', 'e',
					  'l', 'd', 's', 0x81, 0xa1, 'k', 5)),
			 -EBADMSG);
	assert_int_equal(read_error(BYTES(0x82, 0xa4, 'c', 'o', 'd', 'e', 1, 0xa6, 'f', 'i', 'e',
					  'l', 'd', 's', 0x90)),
			 -EBADMSG);
	assert_int_equal(read_error(BYTES(0x90)), -EBADMSG);
	assert_int_equal(read_error(BYTES(0x81, 0xa4, 'c', 'o', 'd', 'e', 0)), -EBADMSG);
	assert_int_equal(read_error(BYTES(0x81, 0xa4, 'c', 'o', 'd', 'e', POSTERN_CODES)),
			 -EBADMSG);
	assert_int_equal(
		read_error(BYTES(0x82, 0xa4, 'c', 'o', 'd', 'e', 1, 0xa4, 'h', 'i', 'n', 't', 7)),
		-EBADMSG);
	assert_int_equal(read_error(BYTES(0x82, 0xa4, 'c', 'o', 'd', 'e', 1, 0xa6, 'd', 'e', 'n',
					  'i', 'a', 'l', 0x80)),
			 -EBADMSG);
	assert_int_equal(
		read_error(BYTES(0x82, 0xa4, 'c', 'o', 'd', 'e', 1, 0xa3, 'n', 'e', 'w', 7)),
		0); /* a key of a later version */
}

static void test_opened(void **state)
{
	struct postern_parameter parameters[REPLY_ARGUMENTS_MAX] = {
		{.name = "message", .type = 3},
		{.name = "key", .type = 16, .element = 4, .optional = true, .secret = true},
	};
	struct postern_signature s = {
		.parameters = parameters, .len = 2, .result = 3, .timeout_ns = 30000000000u};
	struct reply_opened o;
	size_t len;

	(void)state;
	len = reply_opened_write(buffer, "motd", "update_motd", &s);
	assert_int_equal(reply_opened_read(buffer + 24, len - 24, &o), 0);
	assert_string_equal(o.context, "motd");
	assert_string_equal(o.entrypoint, "update_motd");
	assert_int_equal(o.signature.len, 2);
	assert_string_equal(o.signature.parameters[1].name, "key");
	assert_int_equal(o.signature.parameters[1].element, 4);
	assert_true(o.signature.parameters[1].optional && o.signature.parameters[1].secret);
	assert_int_equal(o.signature.timeout_ns, 30000000000u);
	reply_opened_clear(&o);
	parameters[1].name = "message"; /* twice */
	len = reply_opened_write(buffer, "motd", "update_motd", &s);
	assert_int_equal(reply_opened_read(buffer + 24, len - 24, &o), -EBADMSG);
	parameters[1].name = "";
	len = reply_opened_write(buffer, "motd", "update_motd", &s);
	assert_int_equal(reply_opened_read(buffer + 24, len - 24, &o), -EBADMSG);
	s.len = 1;
	s.timeout_ns = 0;
	len = reply_opened_write(buffer, "motd", "update_motd", &s);
	assert_int_equal(reply_opened_read(buffer + 24, len - 24, &o), -EBADMSG);
	s.len = REPLY_ARGUMENTS_MAX + 1;
	assert_int_equal(reply_opened_write(buffer, "motd", "update_motd", &s), 0);
}

/* The example of docs/protocol.md: clients were written from it. */
static void test_documented_bytes(void **state)
{
	const struct postern_parameter message = {.name = "message", .type = 3};
	const struct postern_signature s = {
		.parameters = &message, .len = 1, .timeout_ns = 30000000000u};
	const struct reply_error e = {
		.code = POSTERN_BAD_ARGUMENT,
		.message = "message: expected a string, got 5",
		.argument = "message",
		.error = EINVAL,
	};
	uint8_t zero[sizeof(struct postern_open) - sizeof(open_start)] = {};
	struct postern_open o;
	struct wire_writer w;

	(void)state;
	assert_int_equal(wire_open_write(&o, "update_motd", NULL), 0);
	assert_memory_equal(&o, open_start, sizeof(open_start));
	assert_memory_equal((uint8_t *)&o + sizeof(open_start), zero, sizeof(zero));
	assert_int_equal(reply_opened_write(buffer, "motd", "update_motd", &s),
			 sizeof(opened_bytes));
	assert_memory_equal(buffer, opened_bytes, sizeof(opened_bytes));
	wire_start(&w, buffer, sizeof(buffer), POSTERN_CALL, 1, 5000000000u);
	wire_put_array(&w, 1);
	wire_put_string(&w, "Hello\n", 6);
	assert_int_equal(w.len, sizeof(call_bytes));
	assert_memory_equal(buffer, call_bytes, sizeof(call_bytes));
	wire_start(&w, buffer, sizeof(buffer), POSTERN_RETURN, 1, 0);
	wire_put_nil(&w);
	assert_int_equal(w.len, sizeof(returned));
	assert_memory_equal(buffer, returned, sizeof(returned));
	assert_int_equal(reply_error_write(buffer, 2, &e), sizeof(error_bytes));
	assert_memory_equal(buffer, error_bytes, sizeof(error_bytes));
}

static void put_text(struct wire_writer *w, const char *text)
{
	wire_put_string(w, text, strlen(text));
}

/* An OPENED whose one argument has this entry is no OPENED. */
static void refused_entry(int type, unsigned flags, int entries, int field_type)
{
	struct reply_opened o;
	struct wire_writer w;
	size_t len = 0;

	wire_start_part(&w, buffer, sizeof(buffer));
	wire_put_map(&w, 5);
	put_text(&w, "context");
	put_text(&w, "net");
	put_text(&w, "entrypoint");
	put_text(&w, "e");
	put_text(&w, "timeout");
	wire_put_integer(&w, 1);
	put_text(&w, "result");
	wire_put_integer(&w, 0);
	put_text(&w, "arguments");
	wire_put_array(&w, 1);
	wire_put_array(&w, entries < 0 ? 3 : 4);
	put_text(&w, "a");
	wire_put_integer(&w, type);
	wire_put_integer(&w, flags);
	if (entries >= 0)
		wire_put_array(&w, (size_t)entries);
	for (int i = 0; i < entries; i++) {
		wire_put_array(&w, 3);
		put_text(&w, "f");
		wire_put_integer(&w, field_type);
		wire_put_integer(&w, 0);
	}
	assert_int_equal(wire_finish(&w, &len), 0);
	assert_int_equal(reply_opened_read(buffer, len, &o), -EBADMSG);
}

static void test_record_entries_refused(void **state)
{
	(void)state;
	refused_entry(ARGUMENT_RECORD, 0, -1, 0);
	refused_entry(ARGUMENT_RECORD, 0, 0, 0);
	refused_entry(ARGUMENT_RECORD, 0, 2, ARGUMENT_STRING); /* one name twice */
	refused_entry(ARGUMENT_RECORD, 0, 1, ARGUMENT_RECORD);
	refused_entry(ARGUMENT_RECORD, 0, 1, 0);
	refused_entry(ARGUMENT_STRING, 0, 1, ARGUMENT_STRING);
	refused_entry(ARGUMENT_LIST, ARGUMENT_RECORD << 8, -1, 0);
	refused_entry(ARGUMENT_LIST, ARGUMENT_STRING << 8, 1, ARGUMENT_STRING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_record),
		cmocka_unit_test(test_error_largest),
		cmocka_unit_test(test_error_refused),
		cmocka_unit_test(test_opened),
		cmocka_unit_test(test_documented_bytes),
		cmocka_unit_test(test_record_entries_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
