/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of each type there and back, and results of any size. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
