/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of each type there and back, and results of any size. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"

int echo_text(struct postern_invocation *call)
{
	const char *text = postern_arg_string(call, "text");
	char *both = NULL;
	int r;

	if (!postern_arg_given(call, "suffix"))
		return postern_return_string(call, text);
	if (asprintf(&both, "%s%s", text, postern_arg_string(call, "suffix")) < 0)
		return -ENOMEM;
	r = postern_return_string(call, both);
	free(both);
	return r;
}

int echo_data(struct postern_invocation *call)
{
	size_t len;
	const void *data = postern_arg_bytes(call, "data", &len);

	return postern_return_bytes(call, data, len);
}

int echo_descriptor(struct postern_invocation *call)
{
	int fd = fcntl(postern_arg_fd(call, "from"), F_DUPFD_CLOEXEC, 3);

	return fd < 0 ? postern_fail(call, errno, "copy a descriptor")
		      : postern_return_fd(call, fd);
}

int echo_number(struct postern_invocation *call)
{
	if (postern_arg_given(call, "ms"))
		conform_sleep(postern_arg_integer(call, "ms"));
	return postern_return_integer(call, postern_arg_integer(call, "number"));
}

int echo_flag(struct postern_invocation *call)
{
	return postern_return_boolean(call, postern_arg_boolean(call, "flag"));
}

int echo_words(struct postern_invocation *call)
{
	size_t len = postern_arg_list_len(call, "words");
	const char **words = calloc(len + 1, sizeof(*words));
	int r;

	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		words[i] = postern_arg_list_string(call, "words", i);
	r = postern_return_strings(call, words, len);
	free(words);
	return r;
}

static void echo_route(struct postern_fields *to, const struct postern_record *from)
{
	const char *tags[16];
	size_t len = postern_record_list_len(from, "tags");

	len = len < 16 ? len : 16;
	for (size_t i = 0; i < len; i++)
		tags[i] = postern_record_list_string(from, "tags", i);
	(void)postern_set_string(to, "to", postern_record_string(from, "to"));
	if (postern_record_given(from, "via"))
		(void)postern_set_string(to, "via", postern_record_string(from, "via"));
	(void)postern_set_integer(to, "metric", postern_record_integer(from, "metric"));
	(void)postern_set_strings(to, "tags", tags, len);
}

int echo_routes(struct postern_invocation *call)
{
	for (size_t i = 0; i < postern_arg_list_len(call, "routes"); i++)
		echo_route(postern_result_record(call), postern_arg_list_record(call, "routes", i));
	return postern_return_records(call);
}

int large_record(struct postern_invocation *call)
{
	const struct postern_record *from = postern_arg_record(call, "record");
	struct postern_fields *to = postern_result_record(call);
	struct postern_bytes parts[8];
	const char *words[8];
	size_t len;
	const void *data = postern_record_bytes(from, "data", &len);

	(void)postern_set_bytes(to, "data", data, len);
	len = postern_record_list_len(from, "words");
	for (size_t i = 0; i < len && i < 8; i++)
		words[i] = postern_record_list_string(from, "words", i);
	(void)postern_set_strings(to, "words", words, len < 8 ? len : 8);
	len = postern_record_list_len(from, "parts");
	for (size_t i = 0; i < len && i < 8; i++)
		parts[i].data = postern_record_list_bytes(from, "parts", i, &parts[i].len);
	(void)postern_set_bytes_list(to, "parts", parts, len < 8 ? len : 8);
	return postern_return_records(call);
}

int read_mark(struct postern_invocation *call)
{
	int fd = postern_arg_path_open(call, "file", O_RDONLY, 0);
	char data[4096];
	ssize_t n;

	if (fd < 0)
		return postern_fail(call, fd, "open %s", postern_arg_string(call, "file"));
	n = read(fd, data, sizeof(data));
	(void)close(fd);
	return n < 0 ? postern_fail(call, errno, "read")
		     : postern_return_bytes(call, data, (size_t)n);
}

int sum(struct postern_invocation *call)
{
	int64_t of_all = 0;

	for (size_t i = 0; i < postern_arg_list_len(call, "numbers"); i++)
		of_all += postern_arg_list_integer(call, "numbers", i);
	return postern_return_integer(call, of_all);
}

int give(struct postern_invocation *call)
{
	size_t len = (size_t)postern_arg_integer(call, "count");
	char *data = malloc(len + 1);
	int r;

	if (!data)
		return -ENOMEM;
	(void)memset(data, 'x', len);
	r = postern_return_bytes(call, data, len);
	free(data);
	return r;
}

int give_words(struct postern_invocation *call)
{
	size_t len = (size_t)postern_arg_integer(call, "count");
	const char **words = calloc(len + 1, sizeof(*words));
	int r;

	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		words[i] = "w";
	r = postern_return_strings(call, words, len);
	free(words);
	return r;
}
