/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The calls that the helper's tests make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/helper_context.h"

struct wire_writer context_arguments(unsigned count)
{
	static unsigned char buffer[8192];
	struct wire_writer w;

	wire_start_part(&w, buffer, sizeof(buffer));
	wire_put_array(&w, count);
	return w;
}

void context_echo(int client, uint64_t call, const char *text)
{
	struct wire_writer w = context_arguments(1);

	wire_put_string(&w, text, strlen(text));
	driver_call(client, call, &w);
}

void context_text(int client, uint64_t call, const char *text)
{
	struct postern_value *v = NULL;
	struct postern_header h = driver_answer(client, &v);

	if (h.type == POSTERN_ERROR)
		fail_msg("an error: %s", wire_map_get(v, "message")->text.data);
	assert_int_equal(h.type, POSTERN_RETURN);
	assert_int_equal(h.call, call);
	assert_int_equal(v->kind, POSTERN_KIND_STRING);
	assert_string_equal(v->text.data, text);
	postern_value_free(v);
}

int64_t context_integer(int client)
{
	struct postern_value *v = NULL;
	struct postern_header h = driver_answer(client, &v);
	int64_t value = -1;

	assert_int_equal(h.type, POSTERN_RETURN);
	assert_int_equal(postern_value_integer(v, &value), 0);
	postern_value_free(v);
	return value;
}

int64_t context_error(int client, uint64_t call)
{
	struct postern_value *v = NULL;
	struct postern_header h = driver_answer(client, &v);
	int64_t code = wire_map_get(v, "code")->integer;

	assert_int_equal(h.type, POSTERN_ERROR);
	assert_int_equal(h.call, call);
	postern_value_free(v);
	return code;
}

int context_look(int client, const char *path, bool write)
{
	struct wire_writer w = context_arguments(2);

	wire_put_string(&w, path, strlen(path));
	wire_put_boolean(&w, write);
	driver_call(client, 9, &w);
	return (int)context_integer(client);
}

static void status_of(pid_t pid, const char *key, char ret[256])
{
	char path[64], line[256];
	size_t len = strlen(key);
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	ret[0] = '\0';
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			(void)snprintf(ret, 256, "%s", line + len + 2);
	(void)fclose(f);
	ret[strcspn(ret, "\n")] = '\0';
}

void context_status_is(pid_t pid, const char *key, const char *wanted)
{
	char is[256];

	status_of(pid, key, is);
	assert_string_equal(is, wanted);
}
