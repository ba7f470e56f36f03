/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzes a worker's end of a connection: whole and cut messages of several records, records that do
 * not go on with them, too long or too short, with descriptors that belong and that do not. The
 * first byte says which signature.
 *
 * Beyond not crashing: each message has one answer that a client can read, the function sees what
 * the manifest allows, and no descriptor is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/util.h"
#include "helper/serve.h"
#include "lib/reply.h"
#include "lib/wire.h"
#include "tests/fuzz/records.h"
#include "tests/fuzz/signature.h"

#define BLOB_MAX   100000
#define TEXT_MAX   70000
#define ANSWER_MAX (BLOB_MAX + POSTERN_RECORD_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct argument element = {.type = ARGUMENT_STRING, .max_length = 1000};
static struct argument plain[] = {
	{.name = (char *)"blob", .type = ARGUMENT_BYTES, .max_length = BLOB_MAX, .secret = true},
	OPTIONAL_LIST("list", 8, &element),
};
static struct argument passed[] = {
	{.name = (char *)"text", .type = ARGUMENT_STRING, .max_length = TEXT_MAX},
	OPTIONAL_FD("file", 1u << ARGUMENT_FD_FILE, ARGUMENT_FD_READ),
	OPTIONAL_FD("either",
		    1u << ARGUMENT_FD_PIPE | 1u << ARGUMENT_FD_MEMFD | 1u << ARGUMENT_FD_SOCKET,
		    ARGUMENT_FD_READ),
};
static struct manifest_entrypoint entrypoints[] = {
	{.name = (char *)"plain",
	 .arguments = plain,
	 .arguments_len = ARRAY_SIZE(plain),
	 .result = {.type = ARGUMENT_BYTES, .max_length = BLOB_MAX},
	 .timeout_ns = UINT64_C(10000000000)},
	{.name = (char *)"passed",
	 .arguments = passed,
	 .arguments_len = ARRAY_SIZE(passed),
	 .result = {.type = ARGUMENT_FD,
		    .fd_kinds = 1u << ARGUMENT_FD_FILE,
		    .fd_mode = ARGUMENT_FD_READ,
		    .optional = true},
	 .timeout_ns = UINT64_C(10000000000)},
};
static const struct manifest manifest = {.name = (char *)"fuzz",
					 .entrypoints = entrypoints,
					 .entrypoints_len = ARRAY_SIZE(entrypoints)};

static int echo(struct postern_invocation *call)
{
	size_t len = 0;
	const void *blob = postern_arg_bytes(call, "blob", &len);

	require(blob && len <= BLOB_MAX);
	for (size_t i = 0; i < postern_arg_list_len(call, "list"); i++)
		require(strlen(postern_arg_list_string(call, "list", i)) <= 1000);
	postern_log(call, LOG_NOTICE, "%zu bytes", len);
	return len == 1 ? postern_fail(call, EIO, "one") : postern_return_bytes(call, blob, len);
}

static int take(struct postern_invocation *call)
{
	int file = postern_arg_fd(call, "file"), either = postern_arg_fd(call, "either");

	require(strlen(postern_arg_string(call, "text")) <= TEXT_MAX);
	require(file < 0 || (fcntl(file, F_GETFL) & O_ACCMODE) == O_RDONLY);
	require(either < 0 || fcntl(either, F_GETFD) == FD_CLOEXEC);
	if (file < 0)
		return 0;
	return postern_return_fd(call, fcntl(file, F_DUPFD_CLOEXEC, 0));
}

static struct server *server(size_t which)
{
	static const postern_function functions[] = {echo, take};
	static volatile struct postern_page page;
	static struct server servers[2];
	struct server *s = &servers[which];

	if (!s->record) {
		require(server_begin(s, &manifest, which, functions[which], NULL) == 0);
		s->target.page = &page;
	}
	return s;
}

/* A record, and the descriptor that came with it, which only a RETURN has. Returns its length, or 0
 * when there is none. */
static size_t answer_record(int from, uint8_t *to, struct postern_header *ret, int *ret_fd)
{
	struct passed came;
	ssize_t n = passed_receive(from, to, POSTERN_RECORD_MAX + 1, 2, &came);

	if (n == -EAGAIN || n == 0)
		return 0;
	require(n > 0 && n <= POSTERN_RECORD_MAX && wire_header(to, (size_t)n, ret) == 0);
	require(came.len == 0 || (came.len == 1 && ret->type == POSTERN_RETURN && !came.cut));
	*ret_fd = came.len ? came.fds[0] : -EBADF;
	return (size_t)n;
}

static void require_payload(enum postern_record_type type, const uint8_t *payload, size_t len,
			    int fd)
{
	struct postern_value *v = NULL;
	struct reply_error e;

	if (type == POSTERN_ERROR) {
		require(reply_error_read(payload, len, &e, &v) == 0);
	} else {
		require(wire_decode(payload, len, WIRE_MAPS, &v) == 0);
		require(v->kind == POSTERN_KIND_BYTES || v->kind == POSTERN_KIND_NIL ||
			(v->kind == POSTERN_KIND_INTEGER && v->integer == 0));
		require((v->kind == POSTERN_KIND_INTEGER) == (fd >= 0));
	}
	postern_value_free(v);
}

/* What the client has got: LOGs, and one answer if there is to be one. */
static void require_answers(int from, unsigned answers)
{
	static uint8_t record[POSTERN_RECORD_MAX + 1], whole[ANSWER_MAX];
	struct postern_header h;
	unsigned found = 0;
	size_t n, len = 0;
	int fd = -EBADF;

	while ((n = answer_record(from, record, &h, &fd)) > 0) {
		require(h.type == POSTERN_LOG || h.type == POSTERN_RETURN ||
			h.type == POSTERN_ERROR);
		if (h.type == POSTERN_LOG)
			continue;
		n -= sizeof(h);
		require(len + n <= sizeof(whole));
		memcpy(whole + len, record + sizeof(h), n);
		len += n;
		if (h.flags & POSTERN_MORE)
			continue;
		require_payload(h.type, whole, len, fd);
		if (fd >= 0)
			(void)close(fd);
		found++;
		len = 0;
	}
	require(found == answers && len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct records in = {.at = data, .len = size, .call = 1};
	struct connection c = {.id = 1, .caller = {.uid = 1}};
	struct server *s = server(records_byte(&in) & 1);
	unsigned before = records_open();
	int pair[2], r = 1;

	records_pair(pair);
	while (records_send(&in, pair[0]))
		;
	/* What lacks to the last message does not come. */
	(void)shutdown(pair[0], SHUT_WR);
	c.fd = pair[1];
	while (r > 0) {
		r = server_serve(s, &c);
		/* Who breaks the protocol is told so; who goes in the midst of a call is not. */
		require_answers(pair[0], r > 0 || r == -EBADMSG);
	}
	require(r == -ENOTCONN || r == -EBADMSG);
	(void)close(pair[0]);
	(void)close(pair[1]);
	require(records_open() == before);
	return 0;
}
