/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The codec: what goes in comes out, and what breaks a bound is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "base/util.h"
#include "lib/wire.h"
#include "lib/words.h"

static uint8_t buffer[POSTERN_RECORD_MAX + 16];

static int decode(const void *data, size_t len, unsigned flags)
{
	struct postern_value *v = NULL;
	int r = wire_decode(data, len, flags, &v);

	if (r == 0)
		postern_value_free(v);
	else
		assert_null(v);
	return r;
}

#define ACCEPTED(...) assert_int_equal(decode(BYTES(__VA_ARGS__), 0), 0)
#define REFUSED(...)  assert_int_equal(decode(BYTES(__VA_ARGS__), 0), -EBADMSG)
#define BYTES(...)    (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void test_round_trip(void **state)
{
	const struct postern_value *items;
	struct postern_value *v, *again;
	struct wire_writer w;
	size_t len, len2;

	(void)state;
	wire_start_part(&w, buffer, sizeof(buffer));
	wire_put_array(&w, 8);
	wire_put_nil(&w);
	wire_put_boolean(&w, true);
	wire_put_integer(&w, INT64_MIN);
	wire_put_integer(&w, INT64_MAX);
	wire_put_string(&w, "gr\xc3\xbc\xc3\x9f", 6);
	wire_put_bytes(&w, "\0\xff", 2);
	wire_put_array(&w, 0);
	wire_put_string(&w, "", 0);
	assert_int_equal(wire_finish(&w, &len), 0);
	assert_int_equal(wire_decode(buffer, len, 0, &v), 0);
	assert_int_equal(postern_value_list_len(v), 8);
	items = v->list.items;
	assert_int_equal(items[0].kind, POSTERN_KIND_NIL);
	assert_true(items[1].kind == POSTERN_KIND_BOOLEAN && items[1].boolean);
	assert_true(items[2].integer == INT64_MIN && items[3].integer == INT64_MAX);
	assert_string_equal(items[4].text.data, "gr\xc3\xbc\xc3\x9f");
	assert_int_equal(items[5].text.len, 2);
	assert_memory_equal(items[5].text.data, "\0\xff", 3); /* and the NUL behind */
	assert_int_equal(items[6].list.len, 0);
	assert_int_equal(items[7].text.len, 0);
	/* A tree written again is the same bytes. */
	wire_start_part(&w, buffer + 1024, 1024);
	wire_put_value(&w, v);
	assert_int_equal(wire_finish(&w, &len2), 0);
	assert_int_equal(len2, len);
	assert_memory_equal(buffer, buffer + 1024, len);
	assert_int_equal(wire_decode(buffer + 1024, len2, 0, &again), 0);
	postern_value_free(again);
	postern_value_free(v);
}

static void test_value_getters(void **state)
{
	struct postern_value *v;
	const char *s;
	const void *b;
	size_t len;
	int64_t i;
	bool flag;

	(void)state;
	assert_int_equal(wire_decode(BYTES(0x93, 0xc3, 0x07, 0xa1, 'x'), 0, &v), 0);
	assert_int_equal(postern_value_boolean(postern_value_list_item(v, 0), &flag), 0);
	assert_true(flag);
	assert_int_equal(postern_value_integer(postern_value_list_item(v, 1), &i), 0);
	assert_int_equal(i, 7);
	assert_int_equal(postern_value_string(postern_value_list_item(v, 2), &s, &len), 0);
	assert_string_equal(s, "x");
	assert_null(postern_value_list_item(v, 3));
	assert_int_equal(postern_value_integer(v, &i), -EPROTO);
	assert_int_equal(postern_value_bytes(postern_value_list_item(v, 2), &b, &len), -EPROTO);
	assert_int_equal(postern_value_string(NULL, &s, NULL), -EPROTO);
	assert_int_equal(postern_value_kind(NULL), POSTERN_KIND_NIL);
	postern_value_free(v);
	postern_value_free(NULL);
}

static void test_kinds_refused(void **state)
{
	(void)state;
	ACCEPTED(0xc0);
	REFUSED(0xc1);		   /* never used */
	REFUSED(0xca, 0, 0, 0, 0); /* float */
	REFUSED(0xd4, 1, 0);	   /* fixext 1 */
	REFUSED(0xc7, 1, 1, 0);	   /* ext 8 */
	REFUSED(0x80);		   /* a map where none is expected */
	assert_int_equal(decode(BYTES(0x80), WIRE_MAPS), 0);
	ACCEPTED(0xcf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
	REFUSED(0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0); /* beyond int64 */
	ACCEPTED(0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0);
}

static void test_whole_object(void **state)
{
	(void)state;
	assert_int_equal(decode("", 0, 0), -EBADMSG);
	ACCEPTED(0x01);
	REFUSED(0x01, 0x02);	 /* something behind it */
	REFUSED(0x92, 0x01);	 /* an element is missing */
	REFUSED(0xcd, 0x01);	 /* half a number */
	REFUSED(0xa3, 'a', 'b'); /* a short string */
	REFUSED(0xdb, 0xff, 0xff, 0xff, 0xff, 'a');
	REFUSED(0xc6, 0xff, 0xff, 0xff, 0xff, 'a');
	REFUSED(0xdd, 0xff, 0xff, 0xff, 0xff, 0x01); /* would take gigabytes */
	assert_int_equal(decode(BYTES(0xdf, 0xff, 0xff, 0xff, 0xff, 0x01), WIRE_MAPS), -EBADMSG);
}

static void test_text_refused(void **state)
{
	(void)state;
	ACCEPTED(0xa2, 0xc3, 0xbc);
	REFUSED(0xa1, 0x00); /* NUL */
	REFUSED(0xa1, 0xff);
	REFUSED(0xa2, 0xc0, 0x80);	       /* overlong NUL */
	REFUSED(0xa3, 0xed, 0xa0, 0x80);       /* surrogate */
	REFUSED(0xa4, 0xf4, 0x90, 0x80, 0x80); /* beyond U+10FFFF */
	REFUSED(0xa1, 0xc3);		       /* half a character */
	ACCEPTED(0xc4, 0x01, 0x00);	       /* bytes may hold anything */
}

static void test_depth(void **state)
{
	(void)state;
	memset(buffer, 0x91, sizeof(buffer));
	buffer[WIRE_DEPTH_MAX - 1] = 0xc0;
	assert_int_equal(decode(buffer, WIRE_DEPTH_MAX, 0), 0);
	buffer[WIRE_DEPTH_MAX - 1] = 0x91;
	buffer[WIRE_DEPTH_MAX] = 0xc0;
	assert_int_equal(decode(buffer, WIRE_DEPTH_MAX + 1, 0), -EBADMSG);
	memset(buffer, 0x91, sizeof(buffer));
	assert_int_equal(decode(buffer, POSTERN_RECORD_MAX, 0), -EBADMSG);
}

static void test_counts(void **state)
{
	size_t most = WIRE_VALUES_MAX - 1;

	(void)state;
	memset(buffer, 0xc0, sizeof(buffer));
	buffer[0] = 0xdc;
	buffer[1] = (uint8_t)(most >> 8);
	buffer[2] = (uint8_t)most;
	assert_int_equal(decode(buffer, 3 + most, 0), 0);
	buffer[1] = (uint8_t)((most + 1) >> 8);
	buffer[2] = (uint8_t)(most + 1);
	assert_int_equal(decode(buffer, 4 + most, 0), -EBADMSG);
	/* A text's end is where the bytes end, and not one byte further. */
	buffer[0] = 0xc6;
	buffer[1] = buffer[2] = 0;
	buffer[3] = (uint8_t)((POSTERN_RECORD_MAX - 5) >> 8);
	buffer[4] = (uint8_t)(POSTERN_RECORD_MAX - 5);
	assert_int_equal(decode(buffer, POSTERN_RECORD_MAX, 0), 0);
	buffer[4]++;
	assert_int_equal(decode(buffer, POSTERN_RECORD_MAX, 0), -EBADMSG);
	assert_int_equal(decode(buffer, POSTERN_RECORD_MAX + 1, 0), 0);
}

static void test_maps(void **state)
{
	struct postern_value *v;

	(void)state;
	assert_int_equal(wire_decode(BYTES(0x82, 0xa1, 'a', 1, 0xa1, 'b', 2), WIRE_MAPS, &v), 0);
	assert_int_equal(wire_map_get(v, "b")->integer, 2);
	assert_null(wire_map_get(v, "c"));
	assert_null(wire_map_get(wire_map_get(v, "b"), "b"));
	postern_value_free(v);
	assert_int_equal(decode(BYTES(0x82, 0xa1, 'a', 1, 0xa1, 'a', 2), WIRE_MAPS), -EBADMSG);
	assert_int_equal(decode(BYTES(0x81, 1, 1), WIRE_MAPS), -EBADMSG); /* key is no str */
	assert_int_equal(decode(BYTES(0xde, 0, WIRE_MAP_MAX + 1), WIRE_MAPS), -EBADMSG);
}

static void test_writer_sticks(void **state)
{
	static uint8_t data[POSTERN_RECORD_MAX];
	struct wire_writer w;
	size_t len = 77;

	(void)state;
	memset(buffer, 0xee, 64);
	wire_start_part(&w, buffer, 4);
	wire_put_string(&w, "abc", 3);
	wire_put_boolean(&w, true); /* does not fit */
	wire_put_nil(&w);
	assert_int_equal(wire_finish(&w, &len), -E2BIG);
	assert_int_equal(len, 77);
	assert_int_equal(buffer[4], 0xee);
	wire_start_part(&w, buffer, 64);
	wire_put_string(&w, "\xff", 1);
	assert_int_equal(wire_finish(&w, &len), -EILSEQ);
	wire_start_part(&w, buffer, POSTERN_RECORD_MAX);
	wire_put_bytes(&w, data, POSTERN_RECORD_MAX);
	assert_int_equal(wire_finish(&w, &len), -E2BIG);
	wire_start_part(&w, buffer, POSTERN_RECORD_MAX);
	wire_put_bytes(&w, data, POSTERN_RECORD_MAX - 3);
	assert_int_equal(wire_finish(&w, &len), 0);
	assert_int_equal(len, POSTERN_RECORD_MAX);
}

static int header_of(uint16_t type, uint16_t flags, uint32_t reserved, uint64_t call,
		     uint64_t deadline, size_t len)
{
	const struct postern_header h = {htole16(type), htole16(flags), htole32(reserved),
					 htole64(call), htole64(deadline)};
	struct postern_header ret;

	return wire_header(&h, len, &ret);
}

static void test_header(void **state)
{
	size_t len = sizeof(struct postern_header);

	(void)state;
	assert_int_equal(header_of(POSTERN_CALL, 0, 0, 1, 5, len), 0);
	assert_int_equal(header_of(POSTERN_RETURN, 0, 0, 1, 0, len), 0);
	assert_int_equal(header_of(POSTERN_ERROR, 0, 0, 0, 0, len), 0);
	assert_int_equal(header_of(POSTERN_OPENED, 0, 0, 0, 0, len), 0);
	assert_int_equal(header_of(POSTERN_CALL, 0, 0, 1, 0, len - 1), -EBADMSG);
	assert_int_equal(header_of(POSTERN_CALL, 8, 0, 1, 0, len), 0); /* all LOG records */
	assert_int_equal(header_of(POSTERN_CALL, 9, 0, 1, 0, len), -EBADMSG);
	assert_int_equal(header_of(POSTERN_CALL, 0x10, 0, 1, 0, len), -EBADMSG);
	assert_int_equal(header_of(POSTERN_LOG, 1, 0, 1, 0, len), -EBADMSG);
	assert_int_equal(header_of(POSTERN_CALL, 0, 1, 1, 0, len), -EBADMSG);
	assert_int_equal(header_of(POSTERN_CALL, 0, 0, 0, 0, len), -EBADMSG);
	assert_int_equal(header_of(POSTERN_RETURN, 0, 0, 1, 1, len), -EBADMSG);
	assert_int_equal(header_of(POSTERN_OPENED, 0, 0, 1, 0, len), -EBADMSG);
	assert_int_equal(header_of(POSTERN_OPEN, 0, 0, 0, 0, len), -EBADMSG);
	assert_int_equal(header_of(7, 0, 0, 1, 0, len), -EBADMSG);
}

static void test_open(void **state)
{
	struct postern_open good, bad, ret;

	(void)state;
	assert_int_equal(wire_open_write(&good, "update_motd", NULL), 0);
	assert_memory_equal(&good, "PSTN\1\0\1\0", 8);
	assert_int_equal(wire_open_read(&good, sizeof(good), &ret), 0);
	assert_string_equal(ret.entrypoint, "update_motd");
	assert_string_equal(ret.network, "");
	assert_int_equal(wire_open_write(&bad, "Update", NULL), -EINVAL);
	assert_int_equal(wire_open_write(&bad, "", NULL), -EINVAL);
	assert_int_equal(wire_open_write(&bad, "ok", "../x"), -EINVAL);
	assert_int_equal(wire_open_read(&good, sizeof(good) - 1, &ret), -EBADMSG);
	for (size_t i = 0; i < sizeof(bad); i++) {
		/* Every byte counts: none can be changed to 0x80 unnoticed. */
		bad = good;
		((uint8_t *)&bad)[i] ^= 0x80;
		assert_int_not_equal(wire_open_read(&bad, sizeof(bad), &ret), 0);
	}
	bad = good;
	bad.version = htole16(2);
	assert_int_equal(wire_open_read(&bad, sizeof(bad), &ret), -EPROTO);
	assert_int_equal(ret.version, 2);
	bad = good;
	bad.entrypoint[20] = 'x'; /* behind the NUL */
	assert_int_equal(wire_open_read(&bad, sizeof(bad), &ret), -EBADMSG);
	memset(bad.entrypoint, 'a', sizeof(bad.entrypoint)); /* no NUL */
	assert_int_equal(wire_open_read(&bad, sizeof(bad), &ret), -EBADMSG);
}

static const char *nearest_of(const char *text, const char *const *words, size_t len)
{
	struct nearest n = {.text = text, .len = strlen(text)};

	for (size_t i = 0; i < len; i++)
		nearest_offer(&n, words[i]);
	return n.best;
}

static void test_text(void **state)
{
	const char *const words[] = {"message", "mode", "filename"};
	char to[8];

	(void)state;
	assert_int_equal(text_cut("a\xc3\xbc", 3, 2), 1);
	assert_int_equal(text_cut("a\xc3\xbc", 3, 3), 3);
	assert_int_equal(text_clean(to, sizeof(to), "\x1b[2Jab\xc2\x9b", 8), 7);
	assert_string_equal(to, "?[2Jab?");
	assert_string_equal(nearest_of("mesage", words, 3), "message");
	assert_string_equal(nearest_of("file_name", words, 3), "filename");
	assert_null(nearest_of("colour", words, 3));
	assert_null(nearest_of("x", words, 3));
}

static void test_words(void **state)
{
	char rights[WORDS_RIGHTS_MAX];

	(void)state;
	for (uint32_t i = 0; i < POSTERN_OPS; i++)
		assert_string_not_equal(operation_name(i), "unknown");
	assert_string_equal(operation_name(POSTERN_OPS), "unknown");
	assert_string_equal(operation_name(POSTERN_OP_USER_NAMESPACE), "user_namespace");
	rights_text(POSTERN_OP_OPEN, POSTERN_READ | POSTERN_WRITE, rights);
	assert_string_equal(rights, "read, write");
	rights_text(POSTERN_OP_OPEN, POSTERN_RIGHTS_ALL, rights);
	assert_int_equal(strcmp(rights + strlen(rights) - 4, "lock"), 0);
	rights_text(POSTERN_OP_CAPABILITY, 12, rights);
	assert_string_equal(rights, "CAP_NET_ADMIN");
	rights_text(POSTERN_OP_CAPABILITY, 63, rights);
	assert_string_equal(rights, "capability 63");
	assert_string_equal(reason_text(POSTERN_REASON_NO_RULE), "no rule grants it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_value_getters),
		cmocka_unit_test(test_kinds_refused), cmocka_unit_test(test_whole_object),
		cmocka_unit_test(test_text_refused),  cmocka_unit_test(test_depth),
		cmocka_unit_test(test_counts),	      cmocka_unit_test(test_maps),
		cmocka_unit_test(test_writer_sticks), cmocka_unit_test(test_header),
		cmocka_unit_test(test_open),	      cmocka_unit_test(test_text),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
