/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzes libpostern against whoever answers: the fuzzer stands in for connect(2), and lays its
 * records into the socket before the library has said a word. The first byte says which OPENED, if
 * any, comes ahead of them, and what the call is like.
 *
 * Beyond not crashing: a call has either a result or a failure, both of which can be read, and no
 * descriptor is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/postern.h"
#include "lib/reply.h"
#include "tests/fuzz/records.h"

#define LARGE	 100000
#define LIMIT_MS 2000

enum { OPENED = 3, LARGE_ARGUMENT = 4, LOGS = 8, CLOSES = 16, NO_RESULT = 32, DESCRIPTOR = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct postern_parameter message = {.name = "message", .type = 3, .secret = true};
static const struct postern_parameter with_file[] = {
	{.name = "message", .type = 3},
	{.name = "file", .type = REPLY_TYPE_FD, .optional = true, .fd_kinds = 1, .fd_mode = 1},
};
static const struct postern_parameter fields[] = {{.name = "to", .type = 10},
						  {.name = "key", .type = 4, .secret = true}};
/* By the bits of OPENED; 0: the input has its own. */
static const struct postern_signature signatures[] = {
	[1] = {.parameters = &message,
	       .len = 1,
	       .result = 4,
	       .timeout_ns = 1,
	       .most = (size_t)2 * LARGE,
	       .result_secret = true},
	[2] = {.parameters = with_file, .len = 2, .result = REPLY_TYPE_FD, .timeout_ns = 1},
	[3] = {.parameters = &message,
	       .len = 1,
	       .result = REPLY_TYPE_LIST,
	       .result_element = REPLY_TYPE_RECORD,
	       .result_fields = fields,
	       .result_fields_len = ARRAY_SIZE(fields),
	       .timeout_ns = 1},
};

/* What the next connection meets. */
static struct {
	struct records in;
	uint8_t how;
	int far; /* the other end of it; kept open till the call is over */
	unsigned left;
} world;

static void fill(int far)
{
	static uint8_t opened[REPLY_OPENED_MAX];
	const struct postern_signature *s = &signatures[world.how & OPENED];
	size_t len;

	world.in.call = 1;
	if (world.how & OPENED) {
		len = reply_opened_write(opened, "fuzz", "echo", s);
		require(len > 0);
		(void)records_send_with(&world.in, far, opened, len, 0);
	}
	while (records_send(&world.in, far))
		;
}

/* In place of libc's. One call connects once: what it would wait for does not come. */
int connect(int fd, const struct sockaddr *address UNUSED, socklen_t len UNUSED)
{
	int flags = fcntl(fd, F_GETFL), pair[2];

	if (world.left == 0) {
		errno = ENOENT;
		return -1;
	}
	world.left--;
	if (world.far >= 0)
		(void)close(world.far);
	records_pair(pair);
	fill(pair[1]);
	require(dup3(pair[0], fd, O_CLOEXEC) == fd && fcntl(fd, F_SETFL, flags) == 0);
	(void)close(pair[0]);
	if (world.how & CLOSES)
		(void)close(pair[1]);
	else
		(void)shutdown(pair[1], SHUT_WR);
	world.far = world.how & CLOSES ? -EBADF : pair[1];
	return 0;
}

/* Likewise: nobody comes back who is waited for. */
int clock_nanosleep(clockid_t clock UNUSED, int flags UNUSED, const struct timespec *pause UNUSED,
		    struct timespec *left UNUSED)
{
	return 0;
}

static void heard(void *userdata, const char *entrypoint, int level, const char *text)
{
	require(userdata == &world && strcmp(entrypoint, "echo") == 0);
	require(level >= LOG_EMERG && level <= LOG_INFO && strlen(text) <= POSTERN_RECORD_MAX);
}

static void require_value(struct postern_value *v)
{
	const char *field, *text;
	size_t len = 0;
	int fd;

	if (postern_value_string(v, &text, &len) == 0)
		require(strlen(text) == len);
	fd = postern_value_fd(v);
	require(fd < 0 ||
		(fd > STDERR_FILENO && fcntl(fd, F_GETFD) == FD_CLOEXEC && close(fd) == 0));
	for (size_t i = 0; postern_value_record_at(v, i, &field); i++)
		require(postern_value_record_get(v, field) != NULL);
	for (size_t i = 0; i < postern_value_list_len(v); i++)
		require_value((struct postern_value *)postern_value_list_item(v, i));
}

static void require_failure(const struct postern_failure *f)
{
	enum postern_result result = postern_failure_result(f);
	const char *key;

	require(result > POSTERN_RESULT_OK && result <= POSTERN_RESULT_CANCELLED);
	require(postern_failure_result_name(f) != NULL && postern_failure_message(f) != NULL);
	require(postern_failure_errno(f) >= 0 && postern_failure_errno(f) <= 4095);
	require(postern_failure_signal(f) >= 0 && postern_failure_signal(f) <= 64);
	for (size_t i = 0; postern_failure_field_at(f, i, &key); i++)
		require(postern_failure_field(f, key) != NULL);
}

static struct postern_args *arguments(void)
{
	static char large[LARGE + 1];
	struct postern_args *args = postern_args_new();

	if (!large[0])
		memset(large, 'x', LARGE);
	require(args != NULL);
	require(postern_args_borrow_string(args, "message",
					   world.how & LARGE_ARGUMENT ? large : "hello") == 0);
	if (world.how & DESCRIPTOR)
		require(postern_args_fd(args, "file", STDERR_FILENO) == 0);
	return args;
}

static void call(struct postern *p, const struct postern_args *args)
{
	bool wanted = !(world.how & NO_RESULT);
	struct postern_failure *f = NULL;
	struct postern_value *v = NULL;
	int r;

	world.left = 1;
	r = postern_call(p, "echo", args, LIMIT_MS, wanted ? &v : NULL, &f);
	require(r <= 0 && (r == 0) == (f == NULL) && (r == 0 && wanted) == (v != NULL));
	if (v)
		require_value(v);
	if (f)
		require_failure(f);
	postern_value_free(v);
	postern_failure_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned before = records_open();
	struct postern_args *args;
	struct postern *p;

	if (size < 1)
		return 0;
	world.in = (struct records){.at = data + 1, .len = size - 1};
	world.how = data[0];
	world.far = -EBADF;
	args = arguments();
	p = postern_new("fuzz");
	require(p != NULL);
	if (world.how & LOGS)
		postern_set_log(p, LOG_INFO, heard, &world);
	call(p, args);
	/* On the same connection, if the answer left it usable. */
	world.how &= (uint8_t)~CLOSES;
	if (world.far >= 0)
		call(p, args);
	postern_free(p);
	postern_args_free(args);
	if (world.far >= 0)
		(void)close(world.far);
	require(records_open() == before);
	return 0;
}
