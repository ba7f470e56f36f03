/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: LOG records, from a server that logs what it was asked for, and from hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "base/util.h"
#include "echo_call.h"
#include "fake_server.h"
#include "lib/wire.h"

static struct fake_server server;
static uint16_t asked; /* flags of the last CALL */

static void send_log(int fd, uint64_t call, int64_t level, const char *text)
{
	uint8_t line[256];
	struct wire_writer w;

	wire_start(&w, line, sizeof(line), POSTERN_LOG, call, 0);
	wire_put_array(&w, text ? 2 : 1);
	wire_put_integer(&w, level);
	if (text)
		wire_put_string(&w, text, strlen(text));
	fake_send(fd, line, w.len);
}

/* One call: what log() sends, then the echo. */
static void serve(struct fake_server *s, int fd, void (*log)(int fd, uint64_t call))
{
	uint8_t record[POSTERN_RECORD_MAX];
	struct postern_header h;
	uint64_t call;
	long n;

	if (fake_open(fd) < 0)
		return;
	while ((n = fake_call(s, fd, record, &call)) > 0) {
		memcpy(&h, record, sizeof(h));
		asked = le16toh(h.flags);
		log(fd, call);
		fake_echo(fd, record, n, call);
	}
}

static void all_levels(int fd, uint64_t call)
{
	for (int level = LOG_EMERG; level <= LOG_DEBUG; level++)
		send_log(fd, call, level, "a line");
}

static void serve_all_levels(struct fake_server *s, int fd)
{
	serve(s, fd, all_levels);
}

struct heard {
	int levels[16];
	size_t len;
};

static void hear(void *userdata, const char *entrypoint, int level, const char *text)
{
	struct heard *h = userdata;

	assert_string_equal(entrypoint, "echo");
	assert_string_equal(text, "a line");
	assert_true(h->len < ARRAY_SIZE(h->levels));
	h->levels[h->len++] = level;
}

static void test_levels(void **state)
{
	struct heard h = {};
	struct postern *p;

	(void)state;
	fake_server_start(&server, serve_all_levels);
	p = postern_new(server.address.sun_path);
	assert_int_equal(echo_call(p, "x", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(asked, 0);
	postern_set_log(p, LOG_WARNING, hear, &h);
	assert_int_equal(echo_call(p, "x", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(asked, LOG_WARNING + 1);
	/* A server that sends more than it was asked for does not bother the program with it. */
	assert_int_equal(h.len, LOG_WARNING + 1);
	for (size_t i = 0; i < h.len; i++)
		assert_int_equal(h.levels[i], i);
	postern_set_log(p, LOG_DEBUG, NULL, NULL);
	assert_int_equal(echo_call(p, "x", ECHO_LIMIT_MS, NULL), 0);
	assert_int_equal(asked, 0);
	assert_int_equal(h.len, LOG_WARNING + 1);
	postern_free(p);
	fake_server_stop(&server);
}

static void level_8(int fd, uint64_t call)
{
	send_log(fd, call, 8, "a line");
}

static void level_negative(int fd, uint64_t call)
{
	send_log(fd, call, -1, "a line");
}

static void no_text(int fd, uint64_t call)
{
	send_log(fd, call, LOG_INFO, NULL);
}

static void no_list(int fd, uint64_t call)
{
	uint8_t line[64];
	struct wire_writer w;

	wire_start(&w, line, sizeof(line), POSTERN_LOG, call, 0);
	wire_put_integer(&w, LOG_INFO);
	fake_send(fd, line, w.len);
}

static void (*hostile)(int fd, uint64_t call);

static void serve_hostile(struct fake_server *s, int fd)
{
	serve(s, fd, hostile);
}

static void test_hostile(void **state)
{
	static void (*const all[])(int, uint64_t) = {level_8, level_negative, no_text, no_list};
	struct heard h = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct postern *p;

		hostile = all[i];
		fake_server_start(&server, serve_hostile);
		p = postern_new(server.address.sun_path);
		postern_set_log(p, LOG_DEBUG, hear, &h);
		assert_int_equal(echo_call(p, "x", ECHO_LIMIT_MS, NULL), -EPROTO);
		assert_int_equal(echo_idle(p), 0);
		postern_free(p);
		fake_server_stop(&server);
	}
	assert_int_equal(h.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
