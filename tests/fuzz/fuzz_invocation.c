/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzes a worker's way from CALL to answer, with an entrypoint that takes every argument type but
 * one, and another for descriptors, of which the first byte says how many came.
 *
 * Beyond not crashing: there is always an answer that the client's side can read, and the function
 * sees values that fit the manifest only.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"
#include "helper/argument_check.h"
#include "helper/invocation.h"
#include "helper/passed.h"
#include "lib/reply.h"
#include "lib/wire.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *words[] = {(char *)"up", (char *)"down"};
static struct argument element = {.type = ARGUMENT_STRING, .max_length = 16};
static struct argument route_fields[] = {
	{.name = (char *)"to", .type = ARGUMENT_PREFIX},
	{.name = (char *)"metric",
	 .type = ARGUMENT_INTEGER,
	 .maximum = 9,
	 .optional = true,
	 .has_default = true,
	 .default_number = 5},
	OPTIONAL_LIST("tags", 4, &element),
	{.name = (char *)"key",
	 .type = ARGUMENT_BYTES,
	 .max_length = 8,
	 .optional = true,
	 .secret = true},
};
static struct argument route = {
	.type = ARGUMENT_RECORD, .fields = route_fields, .fields_len = ARRAY_SIZE(route_fields)};
static struct argument arguments[] = {
	{.name = (char *)"string",
	 .type = ARGUMENT_STRING,
	 .max_length = 4096,
	 .pattern = (char *)"[a-z]*|(x[0-9]+)+",
	 .optional = true},
	{.name = (char *)"integer", .type = ARGUMENT_INTEGER, .maximum = 99, .optional = true},
	{.name = (char *)"boolean", .type = ARGUMENT_BOOLEAN, .optional = true},
	{.name = (char *)"bytes", .type = ARGUMENT_BYTES, .max_length = 64, .optional = true},
	{.name = (char *)"enum",
	 .type = ARGUMENT_ENUM,
	 .values = words,
	 .values_len = 2,
	 .optional = true},
	{.name = (char *)"path",
	 .type = ARGUMENT_PATH,
	 .below = (char *)"/usr",
	 .exists = ARGUMENT_EXISTS_MUST,
	 .optional = true},
	{.name = (char *)"interface", .type = ARGUMENT_INTERFACE, .optional = true},
	{.name = (char *)"mac", .type = ARGUMENT_MAC, .optional = true},
	{.name = (char *)"address", .type = ARGUMENT_ADDRESS, .optional = true},
	{.name = (char *)"prefix", .type = ARGUMENT_PREFIX, .optional = true},
	{.name = (char *)"uuid", .type = ARGUMENT_UUID, .optional = true},
	{.name = (char *)"user", .type = ARGUMENT_USER, .optional = true, .secret = true},
	OPTIONAL_LIST("list", 8, &element),
	{.name = (char *)"route",
	 .type = ARGUMENT_RECORD,
	 .fields = route_fields,
	 .fields_len = ARRAY_SIZE(route_fields),
	 .optional = true},
	OPTIONAL_LIST("routes", 4, &route),
};
static struct manifest_entrypoint entrypoint = {
	.name = (char *)"fuzz",
	.arguments = arguments,
	.arguments_len = ARRAY_SIZE(arguments),
	.result = {.type = ARGUMENT_STRING, .max_length = 65536},
	.timeout_ns = 1,
};

static void require_route(const struct postern_record *r)
{
	size_t len;

	require(strchr(postern_record_string(r, "to"), '/') != NULL);
	require(postern_record_given(r, "metric"));
	require(postern_record_integer(r, "metric") >= 0 &&
		postern_record_integer(r, "metric") <= 9);
	(void)postern_record_bytes(r, "key", &len);
	require(len <= 8);
	require(postern_record_list_len(r, "tags") <= 4);
	for (size_t i = 0; i < postern_record_list_len(r, "tags"); i++)
		require(strlen(postern_record_list_string(r, "tags", i)) <= 16);
}

static struct argument descriptors[] = {
	{.name = (char *)"count", .type = ARGUMENT_INTEGER, .maximum = 99, .optional = true},
	OPTIONAL_FD("file", 1u << ARGUMENT_FD_FILE | 1u << ARGUMENT_FD_SOCKET, ARGUMENT_FD_READ),
	OPTIONAL_FD("memory", 1u << ARGUMENT_FD_MEMFD, ARGUMENT_FD_READ_WRITE),
	OPTIONAL_FD("pipe", 1u << ARGUMENT_FD_PIPE, ARGUMENT_FD_WRITE),
};
static struct manifest_entrypoint takes_descriptors = {
	.name = (char *)"fuzz",
	.arguments = descriptors,
	.arguments_len = ARRAY_SIZE(descriptors),
	.result = {.type = ARGUMENT_FD,
		   .fd_kinds = 1u << ARGUMENT_FD_FILE,
		   .fd_mode = ARGUMENT_FD_READ,
		   .optional = true},
	.timeout_ns = 1,
};
/* What came with the record: as many of these as the input's first byte says. */
static struct passed passed;

/* Each argument has its own, of its own kind. */
static int function_of_descriptors(struct postern_invocation *call)
{
	int file = postern_arg_fd(call, "file"), memory = postern_arg_fd(call, "memory");
	int ends = postern_arg_fd(call, "pipe");

	require(file < 0 || file == passed.fds[0]);
	require(memory < 0 || memory == passed.fds[1]);
	require(ends < 0 || ends == passed.fds[2]);
	require((file >= 0) + (memory >= 0) + (ends >= 0) == (int)passed.len && !passed.cut);
	if (postern_arg_integer(call, "count") == 1)
		return postern_fail(call, EIO, "one");
	/* A memfd is not what the result is declared as. */
	return file < 0 && memory < 0
		       ? 0
		       : postern_return_fd(call, fcntl(MAX_OF(file, memory), F_DUPFD_CLOEXEC, 0));
}

static void descriptors_make(void)
{
	int ends[2];

	passed.fds[0] = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	passed.fds[1] = memfd_create("m", MFD_CLOEXEC);
	require(pipe2(ends, O_CLOEXEC) == 0 && passed.fds[0] >= 0 && passed.fds[1] >= 0);
	passed.fds[2] = ends[1];
}

static int function(struct postern_invocation *call)
{
	const char *path = postern_arg_string(call, "path");
	const char *interface = postern_arg_string(call, "interface");
	size_t len;

	require(postern_arg_integer(call, "integer") >= 0);
	require(postern_arg_integer(call, "integer") <= 99);
	require(!path || (strncmp(path, "/usr/", 5) == 0 && !strstr(path, "/../")));
	require(!interface || (strlen(interface) < 16 && !strchr(interface, '/')));
	(void)postern_arg_bytes(call, "bytes", &len);
	require(len <= 64);
	for (size_t i = 0; i < postern_arg_list_len(call, "list"); i++)
		require(strlen(postern_arg_list_string(call, "list", i)) <= 16);
	if (postern_arg_record(call, "route"))
		require_route(postern_arg_record(call, "route"));
	require(postern_arg_list_len(call, "routes") <= 4);
	for (size_t i = 0; i < postern_arg_list_len(call, "routes"); i++)
		require_route(postern_arg_list_record(call, "routes", i));
	if (!postern_arg_given(call, "string"))
		return postern_fail(call, EIO, "%s", path ? path : "nothing");
	return postern_return_string(call, postern_arg_string(call, "string"));
}

static void require_answer(const uint8_t *reply, size_t len)
{
	struct postern_header h;
	struct postern_value *v;
	struct reply_error e;

	require(wire_header(reply, len, &h) == 0);
	if (h.type == POSTERN_RETURN) {
		require(wire_decode(reply + sizeof(h), len - sizeof(h), 0, &v) == 0);
	} else {
		require(h.type == POSTERN_ERROR);
		require(reply_error_read(reply + sizeof(h), len - sizeof(h), &e, &v) == 0);
	}
	postern_value_free(v);
}

/* The first byte of an input. */
enum { OWN_HEADER = 1, DESCRIPTORS = 2, DESCRIPTORS_LEN_SHIFT = 2, DESCRIPTORS_CUT = 16 };

static struct invocation_target *target(uint8_t how)
{
	static struct invocation_target targets[] = {
		{.context = "fuzz", .entrypoint = &entrypoint, .function = function},
		{.context = "fuzz",
		 .entrypoint = &takes_descriptors,
		 .function = function_of_descriptors,
		 .passed = &passed},
	};
	static struct argument_checks *checks[ARRAY_SIZE(targets)];

	for (size_t i = 0; !checks[1] && i < ARRAY_SIZE(targets); i++) {
		require(argument_checks_new(targets[i].entrypoint, &checks[i], NULL) == 0);
		targets[i].checks = checks[i];
	}
	if (!passed.fds[0])
		descriptors_make();
	passed.len = how >> DESCRIPTORS_LEN_SHIFT & 3;
	passed.cut = how & DESCRIPTORS_CUT;
	return &targets[how & DESCRIPTORS ? 1 : 0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct invocation_caller caller = {.uid = 1};
	static uint8_t record[POSTERN_RECORD_MAX], reply[POSTERN_RECORD_MAX];
	const struct postern_header h = {.type = htole16(POSTERN_CALL), .call = htole64(1)};
	const struct invocation_target *t;
	size_t len;

	if (size < 1 || size > sizeof(record) - sizeof(h))
		return 0;
	t = target(data[0]);
	if (data[0] & OWN_HEADER) {
		invocation_run(t, &caller, data + 1, size - 1, reply, &len);
	} else {
		memcpy(record, &h, sizeof(h));
		memcpy(record + sizeof(h), data + 1, size - 1);
		invocation_run(t, &caller, record, sizeof(h) + size - 1, reply, &len);
	}
	require_answer(reply, len);
	passed_drop_result(&passed);
	return 0;
}
