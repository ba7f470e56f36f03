/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The codec against tests/vectors/protocol.vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/util.h"
#include "helper/passed.h"
#include "lib/client.h"

#define VECTORS	   "tests/vectors/protocol.vectors"
#define FEWEST	   150 /* so that a file that is cut short does not pass */
#define BYTES_MAX  (POSTERN_RECORD_MAX + 16)
#define SHOWN_MOST 64 /* bytes or items that a meaning shows one by one */

struct vector {
	char *verdict, *kind, *name, *hex, *meaning;
	uint8_t bytes[BYTES_MAX];
	size_t len, descriptors; /* that come with it */
};

static struct client_signature with_descriptors; /* what the vectors with descriptors are for */

static void text_show(FILE *to, const char *s, size_t len)
{
	(void)fputc('"', to);
	for (size_t i = 0; i < len; i++)
		if (s[i] == '"' || s[i] == '\\')
			(void)fprintf(to, "\\%c", s[i]);
		else if ((unsigned char)s[i] < 0x20)
			(void)fprintf(to, "\\u%04x", (unsigned char)s[i]);
		else
			(void)fputc(s[i], to);
	(void)fputc('"', to);
}

static void value_show(FILE *to, const struct postern_value *v);

static void list_show(FILE *to, const struct postern_value *v)
{
	const bool map = v->kind == POSTERN_KIND_RECORD;

	if (!map && v->list.len > SHOWN_MOST) {
		(void)fprintf(to, "(%zu values)", v->list.len);
		return;
	}
	(void)fputc(map ? '{' : '[', to);
	for (size_t i = 0; i < v->list.len; i++) {
		if (i > 0)
			(void)fputs(map && i % 2 ? ": " : ", ", to);
		value_show(to, &v->list.items[i]);
	}
	(void)fputc(map ? '}' : ']', to);
}

static void bytes_show(FILE *to, const struct postern_value *v)
{
	if (v->text.len > SHOWN_MOST) {
		(void)fprintf(to, "(%zu bytes)", v->text.len);
		return;
	}
	(void)fputs("x'", to);
	for (size_t i = 0; i < v->text.len; i++)
		(void)fprintf(to, "%02x", (unsigned char)v->text.data[i]);
	(void)fputc('\'', to);
}

static void value_show(FILE *to, const struct postern_value *v)
{
	switch (v->kind) {
	case POSTERN_KIND_NIL:
		(void)fputs("nil", to);
		break;
	case POSTERN_KIND_FD: /* the tests put there which one it is */
		(void)fprintf(to, "descriptor %" PRId64, v->integer);
		break;
	case POSTERN_KIND_BOOLEAN:
		(void)fputs(v->boolean ? "true" : "false", to);
		break;
	case POSTERN_KIND_INTEGER:
		(void)fprintf(to, "%" PRId64, v->integer);
		break;
	case POSTERN_KIND_STRING:
		text_show(to, v->text.data, v->text.len);
		break;
	case POSTERN_KIND_BYTES:
		bytes_show(to, v);
		break;
	case POSTERN_KIND_LIST:
	case POSTERN_KIND_RECORD:
		list_show(to, v);
		break;
	}
}

static void line_ignore(void *userdata, const char *entrypoint, int level, const char *text)
{
	(void)userdata;
	(void)entrypoint;
	(void)level;
	(void)text;
}

/* What is well-formed can still be no OPENED, ERROR or LOG. */
static int payload_check(uint16_t type, const void *payload, size_t len)
{
	struct postern p = {.log = line_ignore, .log_level = LOG_DEBUG};
	const struct client_call call = {.p = &p};
	struct reply_opened opened = {};
	struct postern_value *tree;
	struct reply_error e;
	int r = 0;

	if (type == POSTERN_OPENED) {
		r = reply_opened_read(payload, len, &opened);
		reply_opened_clear(&opened);
	} else if (type == POSTERN_ERROR) {
		r = reply_error_read(payload, len, &e, &tree);
		if (r == 0)
			postern_value_free(tree);
	} else if (type == POSTERN_LOG) {
		r = client_log(&call, payload, len);
	}
	return r;
}

static int value_read(FILE *to, const void *data, size_t len)
{
	struct postern_value *v;
	int r = wire_decode(data, len, WIRE_MAPS, &v);

	if (r == 0) {
		value_show(to, v);
		postern_value_free(v);
	}
	return r;
}

static int open_read(FILE *to, const struct vector *v)
{
	struct postern_open open;
	int r = wire_open_read(v->bytes, v->len, &open);

	if (r == 0)
		(void)fprintf(to, "%s%s%s", open.entrypoint, open.network[0] ? " " : "",
			      open.network);
	return r;
}

static int record_read(FILE *to, const struct vector *v)
{
	const uint8_t *payload = v->bytes + sizeof(struct postern_header);
	struct postern_header h;
	size_t len;
	int r;

	r = v->len > POSTERN_RECORD_MAX ? -EBADMSG : wire_header(v->bytes, v->len, &h);
	if (r < 0)
		return r;
	len = v->len - sizeof(h);
	(void)fprintf(to, "call=%" PRIu64 " deadline=%" PRIu64 " flags=%u ", h.call, h.deadline,
		      h.flags);
	r = value_read(to, payload, len);
	return r < 0 ? r : payload_check(h.type, payload, len);
}

/* The shortest form is also what is written. */
static void value_written(const struct vector *v)
{
	static uint8_t again[BYTES_MAX];
	struct postern_value *tree;
	struct wire_writer w;
	size_t len = 0;

	assert_int_equal(wire_decode(v->bytes, v->len, WIRE_MAPS, &tree), 0);
	wire_start_part(&w, again, sizeof(again));
	wire_put_value(&w, tree);
	assert_int_equal(wire_finish(&w, &len), 0);
	postern_value_free(tree);
	assert_int_equal(len, v->len);
	assert_memory_equal(again, v->bytes, len);
}

static void open_written(const struct vector *v)
{
	struct postern_open read, written;

	assert_int_equal(wire_open_read(v->bytes, v->len, &read), 0);
	assert_int_equal(
		wire_open_write(&written, read.entrypoint, read.network[0] ? read.network : NULL),
		0);
	assert_memory_equal(&written, v->bytes, sizeof(written));
}

/* A CALL, as a worker puts descriptors in the place of their numbers. */
static int passed_read(FILE *to, const struct vector *v)
{
	const struct postern_signature *s = &with_descriptors.opened.signature;
	const size_t head = sizeof(struct postern_header);
	const struct passed came = {.fds = {0, 1, 2}, .len = v->descriptors};
	struct argument arguments[REPLY_ARGUMENTS_MAX] = {};
	const struct manifest_entrypoint e = {.arguments = arguments, .arguments_len = s->len};
	char message[PASSED_MESSAGE_MAX];
	struct postern_value *tree;
	struct postern_header h;
	size_t at;
	int r;

	for (size_t i = 0; i < s->len; i++)
		arguments[i] = (struct argument){.type = s->parameters[i].type == REPLY_TYPE_FD
								 ? ARGUMENT_FD
								 : ARGUMENT_STRING,
						 .optional = s->parameters[i].optional};
	assert_int_equal(wire_header(v->bytes, v->len, &h), 0);
	assert_int_equal(wire_decode(v->bytes + head, v->len - head, 0, &tree), 0);
	assert_int_equal(tree->list.len, s->len);
	r = passed_assign(&came, &e, (struct postern_value *)tree->list.items, &at, message);
	(void)fprintf(to, "call=%" PRIu64 " deadline=%" PRIu64 " flags=%u ", h.call, h.deadline,
		      h.flags);
	value_show(to, tree);
	/* They are this program's own. */
	for (size_t i = 0; i < s->len; i++)
		if (tree->list.items[i].kind == POSTERN_KIND_FD)
			((struct postern_value *)&tree->list.items[i])->kind = POSTERN_KIND_NIL;
	postern_value_free(tree);
	return r;
}

/* The same as a client writes it. */
static void passed_written(const struct vector *v)
{
	const struct postern_signature *s = &with_descriptors.opened.signature;
	struct postern_args *args = postern_args_new();
	const struct client_call call = {.entrypoint = "copy"};
	struct client_payload payload;
	uint8_t *written;

	for (size_t i = 0; i < s->len; i++) {
		const struct postern_parameter *p = &s->parameters[i];

		if (p->type != REPLY_TYPE_FD)
			assert_int_equal(postern_args_string(args, p->name, "x"), 0);
		else if (args->fds.len < v->descriptors)
			assert_int_equal(postern_args_fd(args, p->name, STDERR_FILENO), 0);
	}
	assert_int_equal(client_arrange(&call, args, &with_descriptors, &payload), 0);
	assert_int_equal(args->fds.len, v->descriptors);
	assert_int_equal(payload.len, v->len - sizeof(struct postern_header));
	written = malloc(payload.len + WIRE_HEAD_MAX);
	assert_non_null(written);
	client_payload_write(&payload, written);
	assert_memory_equal(written, v->bytes + sizeof(struct postern_header), payload.len);
	free(written);
	postern_args_free(args);
}

static void with_descriptors_send(int to, const struct vector *v)
{
	struct client_fds fds = {.len = v->descriptors, .fds = {STDERR_FILENO, STDERR_FILENO}};
	_Alignas(struct cmsghdr) uint8_t control[CLIENT_CONTROL_MAX];
	struct iovec iov = {(void *)(uintptr_t)v->bytes, v->len};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fds.len)
		client_fds_put(&fds, control, &message);
	assert_int_equal(sendmsg(to, &message, 0), v->len);
}

/* A RETURN, as a client takes it. */
static int given_read(FILE *to, const struct vector *v)
{
	const size_t head = sizeof(struct postern_header);
	struct client_connection c = {.takes_fd = true};
	struct client_call call = {.now = client_now()};
	struct postern_value *tree = NULL;
	struct client_message m = {};
	int pair[2], r;

	call.deadline = call.now + UINT64_C(10000000000);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	c.fd = pair[0];
	with_descriptors_send(pair[1], v);
	r = client_receive(&call, &c, &m);
	if (r > 0)
		r = wire_decode(m.payload, m.len, WIRE_MAPS, &tree);
	if (r == 0)
		r = client_fd_result(&c, tree);
	if (r == 0) {
		assert_true(fcntl((int)tree->integer, F_GETFD) == FD_CLOEXEC);
		(void)fprintf(to, "call=%" PRIu64 " deadline=0 flags=0 descriptor 0",
			      m.header.call);
	}
	assert_true(v->len > head && m.large == NULL);
	postern_value_free(tree);
	(void)client_fd_drop(&c);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r;
}

static int vector_read(FILE *to, const struct vector *v)
{
	static const struct {
		const char *kind;
		int (*read)(FILE *to, const struct vector *v);
	} readers[] = {{"open", open_read}, {"passed", passed_read}, {"given", given_read}};

	if (strcmp(v->kind, "value") == 0)
		return value_read(to, v->bytes, v->len);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (strcmp(v->kind, readers[i].kind) == 0)
			return readers[i].read(to, v);
	return record_read(to, v);
}

static void vector_check(const struct vector *v)
{
	cleanup_free char *meaning = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&meaning, &len);
	bool good = strcmp(v->verdict, "good") == 0;
	bool bad = strcmp(v->verdict, "bad") == 0;
	int r;

	assert_non_null(to);
	r = vector_read(to, v);
	(void)fclose(to);
	if ((r < 0) != bad)
		fail_msg("%s %s: %s", v->kind, v->name, bad ? "was accepted" : strerror(-r));
	if (bad)
		return;
	if (strcmp(meaning, v->meaning) != 0)
		fail_msg("%s %s: %s", v->kind, v->name, meaning);
	if (good && strcmp(v->kind, "value") == 0)
		value_written(v);
	else if (strcmp(v->kind, "open") == 0)
		open_written(v);
	else if (good && strcmp(v->kind, "passed") == 0)
		passed_written(v);
	else if (strcmp(v->kind, "opened") == 0 && strcmp(v->name, "descriptors ") == 0)
		assert_int_equal(reply_opened_read(v->bytes + sizeof(struct postern_header),
						   v->len - sizeof(struct postern_header),
						   &with_descriptors.opened),
				 0);
}

static void bytes_parse(struct vector *v)
{
	const char *at = v->hex;

	v->len = v->descriptors = 0;
	if (strchr(at, '+')) {
		v->descriptors = strtoul(at, NULL, 10);
		at = strchr(at, '+') + 1;
	}
	while (*at) {
		unsigned byte = 0;
		size_t times = 1;
		int used = 0;

		if (isspace((unsigned char)*at)) {
			at++;
			continue;
		}
		assert_int_equal(sscanf(at, "%2x%n", &byte, &used), 1);
		at += used;
		assert_int_equal(used, 2);
		if (*at == '*') {
			assert_int_equal(sscanf(at, "*%zu%n", &times, &used), 1);
			at += used;
		}
		assert_true(times <= sizeof(v->bytes) - v->len);
		memset(v->bytes + v->len, (int)byte, times);
		v->len += times;
	}
}

static bool vector_parse(char *line, struct vector *v)
{
	char *rest = line;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return false;
	v->verdict = strsep(&rest, " ");
	v->kind = strsep(&rest, " ");
	(void)strsep(&rest, " ");
	v->name = strsep(&rest, "|");
	v->hex = strsep(&rest, "|");
	assert_true(rest && *rest == ' ');
	v->meaning = rest + 1;
	bytes_parse(v);
	return true;
}

static void test_vectors(void **state)
{
	static struct vector v;
	cleanup_file FILE *from = fopen(VECTORS, "re");
	cleanup_free char *line = NULL;
	size_t size = 0, checked = 0;

	(void)state;
	assert_non_null(from);
	while (getline(&line, &size, from) >= 0) {
		if (!vector_parse(line, &v))
			continue;
		vector_check(&v);
		checked++;
	}
	assert_true(checked >= FEWEST);
	assert_int_equal(with_descriptors.opened.signature.len, 3);
	assert_int_equal(with_descriptors.opened.parameters[0].fd_kinds, 1);
	assert_int_equal(with_descriptors.opened.parameters[2].fd_kinds, 4);
	assert_int_equal(with_descriptors.opened.parameters[2].fd_mode, 3);
	reply_opened_clear(&with_descriptors.opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
