/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: messages of several records, and what is kept and wiped of a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "fake_server.h"
#include "lib/client.h"
#include "lib/reply.h"
#include "lib/wire.h"

#define LIMIT_MS 30000
#define HEAD	 sizeof(struct postern_header)
#define PART	 (POSTERN_RECORD_MAX - HEAD)
#define MOST	 ((size_t)4 * 1024 * 1024)

static struct fake_server server;
static enum { NOTHING, ARGUMENT, FIELD, RESULT, RESULT_FIELD, SECRETS } secret;
static bool records; /* argument and result are some, with a field */

static int large_open(int fd)
{
	const struct postern_parameter field = {
		.name = "text", .type = 3, .secret = secret == FIELD};
	const struct postern_parameter told = {
		.name = "text", .type = 3, .secret = secret == RESULT_FIELD};
	const struct postern_parameter parameter = {.name = "data",
						    .type = records ? REPLY_TYPE_RECORD : 4,
						    .secret = secret == ARGUMENT,
						    .fields = records ? &field : NULL,
						    .fields_len = records};
	const struct postern_signature signature = {
		.parameters = &parameter,
		.len = 1,
		.result = records ? REPLY_TYPE_RECORD : 4,
		.result_fields = records ? &told : NULL,
		.result_fields_len = records,
		.timeout_ns = 30000000000u,
		.most = MOST,
		.result_secret = secret == RESULT,
	};
	uint8_t record[REPLY_OPENED_MAX];

	if (recv(fd, record, sizeof(record), 0) <= 0)
		return -1;
	fake_send(fd, record, reply_opened_write(record, "test", "echo", &signature));
	return 0;
}

/* The payload of the next CALL: its length, or -1. */
static ssize_t large_call(struct fake_server *s, int fd, uint8_t *to, uint64_t *ret_call)
{
	static uint8_t record[POSTERN_RECORD_MAX];
	struct postern_header h = {.flags = POSTERN_MORE};
	size_t len = 0;

	while (h.flags & POSTERN_MORE) {
		ssize_t n = recv(fd, record, sizeof(record), 0);

		if (n <= (ssize_t)HEAD || wire_header(record, (size_t)n, &h) < 0)
			return -1;
		memcpy(to + len, record + HEAD, (size_t)n - HEAD);
		len += (size_t)n - HEAD;
	}
	s->calls++;
	*ret_call = h.call;
	return (ssize_t)len;
}

static void send_parts(int fd, uint16_t type, uint64_t call, const uint8_t *data, size_t len,
		       bool more_after)
{
	uint8_t record[POSTERN_RECORD_MAX];

	while (len > 0) {
		size_t part = MIN_OF(len, PART);
		const struct postern_header h = {
			.type = htole16(type),
			.flags = htole16(len > part || more_after ? POSTERN_MORE : 0),
			.call = htole64(call),
		};

		memcpy(record, &h, HEAD);
		memcpy(record + HEAD, data, part);
		fake_send(fd, record, HEAD + part);
		data += part;
		len -= part;
	}
}

static void echo(struct fake_server *s, int fd)
{
	uint8_t *payload = malloc(MOST + POSTERN_RECORD_MAX);
	uint64_t call;
	ssize_t n;

	if (payload && large_open(fd) == 0)
		while ((n = large_call(s, fd, payload, &call)) > 0)
			send_parts(fd, POSTERN_RETURN, call, payload + 1, (size_t)n - 1, false);
	free(payload);
}

static int call_of(struct postern *p, const void *data, size_t len, struct postern_value **ret)
{
	struct postern_args *args = postern_args_new();
	int r;

	assert_int_equal(postern_args_borrow_bytes(args, "data", data, len), 0);
	r = postern_call(p, "echo", args, LIMIT_MS, ret, NULL);
	postern_args_free(args);
	return r;
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = {
		1,	  PART - 5, PART - 4, PART - 3,	   2 * PART - 6,  2 * PART - 5,
		MOST - 6, 8191,	    8192,     MOST - PART, 16 * PART - 6, 16 * PART - 5};
	uint8_t *data = malloc(MOST);
	struct postern *p;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < MOST; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	fake_server_start(&server, echo);
	p = postern_new(server.address.sun_path);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct postern_value *v = NULL;
		const void *is = NULL;
		size_t len = 0;

		assert_int_equal(call_of(p, data, sizes[i], &v), 0);
		assert_int_equal(postern_value_bytes(v, &is, &len), 0);
		assert_int_equal(len, sizes[i]);
		assert_memory_equal(is, data, len);
		postern_value_free(v);
		assert_int_equal(call_of(p, data, sizes[i], NULL), 0);
	}
	assert_int_equal(server.accepted, 1);
	assert_int_equal(call_of(p, data, MOST - 5, NULL), -EINVAL); /* its heads are too much */
	assert_int_equal(server.calls, 2 * ARRAY_SIZE(sizes));
	postern_free(p);
	fake_server_stop(&server);
	free(data);
}

static enum { OTHER_CALL, LOG_WITHIN, EMPTY, ERROR_WITHIN, GONE, WAYS } way;

static void answer_badly(struct fake_server *s, int fd)
{
	static const uint8_t begins[] = {0xc4, 3, 'a'};
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;

	if (large_open(fd) < 0 || large_call(s, fd, record, &call) < 0)
		return;
	send_parts(fd, POSTERN_RETURN, call, begins, sizeof(begins), true);
	if (way == OTHER_CALL)
		send_parts(fd, POSTERN_RETURN, call + 1, begins, 2, false);
	if (way == LOG_WITHIN)
		send_parts(fd, POSTERN_LOG, call, begins, 2, false);
	if (way == EMPTY)
		fake_send(fd,
			  &(struct postern_header){htole16(POSTERN_RETURN), 0, 0, htole64(call), 0},
			  HEAD);
	if (way == ERROR_WITHIN)
		fake_send(fd, record,
			  reply_error(record, call, POSTERN_TIMED_OUT, "late", NULL, 0, 0));
}

static void test_broken_answers(void **state)
{
	static const int expected[WAYS] = {-EPROTO, -EPROTO, -EPROTO, -ETIMEDOUT, -ECONNREFUSED};

	(void)state;
	for (way = 0; way < WAYS; way++) {
		struct postern_value *v = NULL;
		struct postern *p;

		fake_server_start(&server, answer_badly);
		p = postern_new(server.address.sun_path);
		assert_int_equal(call_of(p, "x", 1, &v), expected[way]);
		assert_null(p->idle);
		postern_free(p);
		fake_server_stop(&server);
	}
}

/* A worker that refuses a call before it read all of it. */
static void refuse_early(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];

	(void)s;
	if (large_open(fd) < 0 || recv(fd, record, sizeof(record), 0) <= 0)
		return;
	fake_send(fd, record,
		  reply_error(record, 1, POSTERN_BAD_ARGUMENT, "too large", NULL, 0, EINVAL));
	(void)shutdown(fd, SHUT_RD);
	while (recv(fd, record, 0, MSG_DONTWAIT | MSG_TRUNC) > 0)
		;
}

static void test_refused_early(void **state)
{
	uint8_t *data = calloc(1, MOST);
	struct postern *p;

	(void)state;
	fake_server_start(&server, refuse_early);
	p = postern_new(server.address.sun_path);
	assert_int_equal(call_of(p, data, MOST - 6, NULL), -EINVAL);
	assert_null(p->idle);
	postern_free(p);
	fake_server_stop(&server);
	free(data);
}

/* An ERROR of the connection in place of the second call's answer: that call was not begun. */
static void end_after_one(struct fake_server *s, int fd)
{
	uint8_t record[POSTERN_RECORD_MAX];
	uint64_t call;
	ssize_t n;

	if (large_open(fd) < 0)
		return;
	n = large_call(s, fd, record, &call);
	if (n <= 0)
		return;
	send_parts(fd, POSTERN_RETURN, call, record + 1, (size_t)n - 1, false);
	if (recv(fd, record, sizeof(record), 0) > 0)
		fake_send(fd, record,
			  reply_error(record, 0, POSTERN_NOT_PERMITTED, "reloaded", NULL, 0, 0));
}

static void test_not_begun(void **state)
{
	struct postern *p;

	(void)state;
	fake_server_start(&server, end_after_one);
	p = postern_new(server.address.sun_path);
	assert_int_equal(call_of(p, "x", 1, NULL), 0);
	assert_int_equal(call_of(p, "x", 1, NULL), 0);
	assert_int_equal(server.accepted, 2);
	assert_int_equal(server.calls, 2);
	postern_free(p);
	fake_server_stop(&server);
}

static const char hidden[] = "a secret of some length";
static unsigned wiped; /* pieces of memory that held it */

/* In place of libc's, by both of the names that it is called by. */
void wipe(void *memory, size_t len) __asm__("explicit_bzero");
void wipe_checked(void *memory, size_t len, size_t room) __asm__("__explicit_bzero_chk");

void wipe(void *memory, size_t len)
{
	wiped += len && memmem(memory, len, hidden, sizeof(hidden) - 1);
	memset(memory, 0, len);
}

void wipe_checked(void *memory, size_t len, size_t room)
{
	assert_true(len <= room);
	wipe(memory, len);
}

static struct postern_args *hidden_args(const char *text)
{
	struct postern_args *args = postern_args_new(), *fields;

	if (!records) {
		assert_int_equal(postern_args_bytes(args, "data", text, strlen(text)), 0);
		return args;
	}
	fields = postern_args_new();
	assert_int_equal(postern_args_string(fields, "text", text), 0);
	assert_int_equal(postern_args_record(args, "data", fields), 0);
	postern_args_free(fields);
	return args;
}

/* The library's own copies of it: in the connection, in the result, in the arguments. */
static void copies(const char *text)
{
	struct postern *p = postern_new(server.address.sun_path);
	struct postern_args *args = hidden_args(text);
	struct postern_value *v = NULL;
	bool some = secret != NOTHING;

	wiped = 0;
	assert_int_equal(postern_call(p, "echo", args, LIMIT_MS, &v, NULL), 0);
	assert_int_equal(wiped > 0, some);
	wiped = 0;
	postern_value_free(v);
	assert_int_equal(wiped, some);
	/* Where nobody takes the result. */
	assert_int_equal(postern_call(p, "echo", args, LIMIT_MS, NULL, NULL), 0);
	assert_int_equal(wiped > 1, some);
	wiped = 0;
	postern_args_free(args);
	assert_int_equal(wiped, secret == ARGUMENT || secret == FIELD);
	postern_free(p);
}

static void test_secrets(void **state)
{
	char *large = malloc(MOST / 2 + 1);

	(void)state;
	assert_non_null(large);
	memset(large, 'x', MOST / 2);
	memcpy(large, hidden, sizeof(hidden) - 1);
	large[MOST / 2] = '\0';
	for (secret = NOTHING; secret < SECRETS; secret++) {
		records = secret == FIELD || secret == RESULT_FIELD;
		fake_server_start(&server, echo);
		copies(hidden);
		copies(large);
		fake_server_stop(&server);
	}
	secret = NOTHING;
	records = false;
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),	      cmocka_unit_test(test_broken_answers),
		cmocka_unit_test(test_refused_early), cmocka_unit_test(test_not_begun),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
