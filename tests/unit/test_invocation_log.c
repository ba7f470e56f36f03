/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function logs: which lines reach the caller and the journal, and what becomes of those
 * that find no room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/call.h"
#include "helper/output.h"
#include "invocation_fixture.h"

#define LINES_MAX 8

/* What the caller got. room: for so many records. */
static struct heard {
	size_t len, room;
	int64_t levels[LINES_MAX];
	char texts[LINES_MAX][1100];
} heard;

static int hear(const void *userdata, const void *data, size_t len, bool last)
{
	struct postern_header h;
	struct postern_value *v;

	assert_ptr_equal(userdata, &heard);
	if (heard.len == heard.room && !last)
		return -EAGAIN;
	assert_int_equal(wire_header(data, len, &h), 0);
	assert_int_equal(h.type, POSTERN_LOG);
	assert_int_equal(h.call, 3);
	assert_int_equal(wire_decode((const uint8_t *)data + sizeof(h), len - sizeof(h), 0, &v), 0);
	assert_int_equal(postern_value_list_len(v), 2);
	heard.levels[heard.len] = v->list.items[0].integer;
	assert_true(v->list.items[1].text.len < sizeof(heard.texts[0]));
	(void)strcpy(heard.texts[heard.len++], v->list.items[1].text.data);
	postern_value_free(v);
	return 0;
}

static int talk(struct postern_invocation *call)
{
	postern_log(call, LOG_DEBUG, "looking");
	postern_log(call, LOG_INFO, "found %d", 7);
	postern_log(call, LOG_ERR, "caf\xc3\xa9 \x1b[31m\xff\nsecond");
	postern_log(call, 99, "%02000d", 7); /* debug */
	return postern_return_string(call, "said");
}

/* Runs talk() for a caller who wants lines down to that level; -1: none. Returns what the journal
 * got, which wants lines down to `journal`. */
static const char *run_talk(int level, int journal)
{
	static char said[4096];
	const struct invocation_target target = {
		.context = "motd",
		.entrypoint = &entrypoint,
		.function = talk,
		.log = hear,
		.log_userdata = &heard,
		.log_level = journal,
	};
	int pipe_fds[2], before = dup(STDERR_FILENO);
	struct postern_header h;
	size_t len = 0;
	ssize_t n;

	heard.len = 0;
	len = call_hello((uint16_t)(level + 1));
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(before >= 0 && dup2(pipe_fds[1], STDERR_FILENO) >= 0);
	invocation_run(&target, &caller, record, len, reply, &len);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	n = read(pipe_fds[0], said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	(void)close(before);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
	assert_int_equal(wire_header(reply, len, &h), 0);
	assert_int_equal(h.type, POSTERN_RETURN);
	return said;
}

static void test_caller(void **state)
{
	(void)state;
	heard.room = LINES_MAX;
	assert_string_equal(run_talk(LOG_DEBUG, -1), "");
	assert_int_equal(heard.len, 4);
	assert_int_equal(heard.levels[0], LOG_DEBUG);
	assert_string_equal(heard.texts[0], "looking");
	assert_int_equal(heard.levels[1], LOG_INFO);
	assert_string_equal(heard.texts[1], "found 7");
	assert_int_equal(heard.levels[2], LOG_ERR);
	assert_string_equal(heard.texts[2], "caf\xc3\xa9 ?[31m? second");
	assert_int_equal(heard.levels[3], LOG_DEBUG);
	assert_int_equal(strlen(heard.texts[3]), REPLY_MESSAGE_MAX);
}

static void test_levels(void **state)
{
	(void)state;
	heard.room = LINES_MAX;
	(void)run_talk(LOG_INFO, -1);
	assert_int_equal(heard.len, 2);
	assert_string_equal(heard.texts[0], "found 7");
	(void)run_talk(LOG_CRIT, -1);
	assert_int_equal(heard.len, 0);
	(void)run_talk(-1, -1);
	assert_int_equal(heard.len, 0);
}

static void test_journal(void **state)
{
	(void)state;
	assert_string_equal(run_talk(-1, LOG_INFO), "<6>update_motd: found 7\n"
						    "<3>update_motd: caf\xc3\xa9 ?[31m? second\n");
	assert_int_equal(heard.len, 0);
	assert_string_equal(run_talk(LOG_ERR, LOG_ERR),
			    "<3>update_motd: caf\xc3\xa9 ?[31m? second\n");
	assert_int_equal(heard.len, 1);
}

/* The sink has no room for the second line and those behind it, but for the count. */
static int talk_to_full(struct postern_invocation *call)
{
	postern_log(call, LOG_NOTICE, "one");
	postern_log(call, LOG_NOTICE, "two");
	postern_log(call, LOG_NOTICE, "three");
	return postern_return_string(call, "said");
}

static void test_full(void **state)
{
	const struct invocation_target target = {
		.context = "motd",
		.entrypoint = &entrypoint,
		.function = talk_to_full,
		.log = hear,
		.log_userdata = &heard,
	};
	size_t len = 0;

	(void)state;
	heard = (struct heard){.room = 1};
	invocation_run(&target, &caller, record, call_hello(LOG_NOTICE + 1), reply, &len);
	assert_int_equal(heard.len, 2);
	assert_string_equal(heard.texts[0], "one");
	assert_int_equal(heard.levels[1], LOG_WARNING);
	assert_string_equal(heard.texts[1], "2 more lines were lost on the way to the caller");
}

/* Prints between what it logs; what was there before is from nobody's call. */
static int talk_and_print(struct postern_invocation *call)
{
	const struct output *o = call->target->output;

	(void)!write(o->fd, "printed\n<7>for debugging\n", 25);
	postern_log(call, LOG_NOTICE, "logged");
	(void)!write(o->fd, "at the end", 10);
	return postern_return_string(call, "said");
}

static bool not_forked(void)
{
	return false;
}

static void test_printed(void **state)
{
	struct invocation_target target = {
		.context = "motd",
		.entrypoint = &entrypoint,
		.function = talk_and_print,
		.log = hear,
		.log_userdata = &heard,
		.log_level = -1,
	};
	char journal[512] = "";
	struct output output;
	int pipe_fds[2];
	size_t len = 0;

	(void)state;
	heard = (struct heard){.room = LINES_MAX};
	assert_int_equal(output_make(&output, UINT64_MAX, NULL), 0);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
	output.journal = pipe_fds[1];
	target.output = &output;
	target.forked = not_forked;
	assert_int_equal(write(output.fd, "a stray\n", 8), 8);
	invocation_run(&target, &caller, record, call_hello(LOG_NOTICE + 1), reply, &len);
	assert_int_equal(heard.len, 3);
	assert_string_equal(heard.texts[0], "printed");
	assert_int_equal(heard.levels[0], LOG_WARNING);
	assert_string_equal(heard.texts[1], "logged");
	assert_string_equal(heard.texts[2], "at the end");
	assert_true(read(pipe_fds[0], journal, sizeof(journal) - 1) > 0);
	assert_string_equal(journal, "<4>update_motd: a stray\n<4>update_motd: printed\n"
				     "<7>update_motd: for debugging\n<4>update_motd: at the end\n");
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
	output_clear(&output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caller),	cmocka_unit_test(test_levels),
		cmocka_unit_test(test_journal), cmocka_unit_test(test_full),
		cmocka_unit_test(test_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
