/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of types.yaml: each gives back what it got, or what it was told to give. */
#include <fcntl.h>
#include <unistd.h>

#include "postern-every-type-module.h"

#define TEXT(name)                                                                                 \
	int name(struct postern_invocation *call, const char *value, const char *give)             \
	{                                                                                          \
		return name##_return(call, give ? give : value);                                   \
	}                                                                                          \
	int name##_list(struct postern_invocation *call, const char *const *values,                \
			size_t values_len)                                                         \
	{                                                                                          \
		return name##_list_return(call, values, values_len);                               \
	}

#define NUMBER(name)                                                                               \
	int name(struct postern_invocation *call, int64_t value, const int64_t *give)              \
	{                                                                                          \
		return name##_return(call, give ? *give : value);                                  \
	}                                                                                          \
	int name##_list(struct postern_invocation *call, const int64_t *values, size_t values_len) \
	{                                                                                          \
		return name##_list_return(call, values, values_len);                               \
	}

TEXT(text)
TEXT(path)
TEXT(absent)
TEXT(interface)
TEXT(mac)
TEXT(address)
TEXT(address4)
TEXT(prefix)
TEXT(prefix6)
TEXT(uuid)
TEXT(user)
TEXT(group)
NUMBER(integer)
NUMBER(size)
NUMBER(duration)

/* By the descriptor, since it may be another file by now; that it is no directory is libc's to say.
 */
static int opened(struct postern_invocation *call, int fd)
{
	if (fd < 0)
		return postern_fail(call, -fd, "open it");
	(void)close(fd);
	return 0;
}

int present(struct postern_invocation *call, const char *value, const char *give)
{
	int r = opened(call, postern_arg_path_open(call, "value", O_RDONLY, 0));

	return r < 0 ? r : present_return(call, give ? give : value);
}

int present_list(struct postern_invocation *call, const char *const *values, size_t values_len)
{
	int r = 0;

	for (size_t i = 0; i < values_len && r == 0; i++)
		r = opened(call, postern_arg_list_path_open(call, "values", i, O_RDONLY, 0));
	return r < 0 ? r : present_list_return(call, values, values_len);
}

int boolean(struct postern_invocation *call, bool value)
{
	return boolean_return(call, value);
}

int boolean_list(struct postern_invocation *call, const bool *values, size_t values_len)
{
	return boolean_list_return(call, values, values_len);
}

int data(struct postern_invocation *call, const void *value, size_t value_len, const void *give,
	 size_t give_len)
{
	return give ? data_return(call, give, give_len) : data_return(call, value, value_len);
}

int data_list(struct postern_invocation *call, const struct postern_bytes *values,
	      size_t values_len)
{
	return data_list_return(call, values, values_len);
}

/* The words are the same; a result is an enum of its own. */
int word(struct postern_invocation *call, enum every_type_word_value value, const char *give)
{
	return give ? postern_return_string(call, give)
		    : word_return(call, (enum every_type_word_result)value);
}

int word_list(struct postern_invocation *call, const enum every_type_word_list_values *values,
	      size_t values_len)
{
	const char *words[4];

	if (values_len > 4)
		return postern_fail(call, E2BIG, "values");
	for (size_t i = 0; i < values_len; i++)
		words[i] = every_type_word_list_values_word(values[i]);
	return word_list_return(call, words, values_len);
}

/* Structures of the same members. */
int whole(struct postern_invocation *call, const struct every_type_whole_value *value)
{
	const struct postern_record *record = postern_arg_record(call, "value");
	int r = opened(call, postern_record_path_open(record, "present", O_RDONLY, 0));

	return r < 0 ? r : whole_return(call, (const struct every_type_whole_result *)value);
}

int sparse(struct postern_invocation *call, const struct every_type_sparse_value *value,
	   size_t value_len)
{
	return sparse_return(call, (const struct every_type_sparse_result *)value, value_len);
}

int lists(struct postern_invocation *call, const struct every_type_lists_value *value)
{
	const struct postern_record *record = postern_arg_record(call, "value");
	int r = 0;

	for (size_t i = 0; i < value->present_len && r == 0; i++)
		r = opened(call, postern_record_list_path_open(record, "present", i, O_RDONLY, 0));
	return r < 0 ? r : lists_return(call, (const struct every_type_lists_result *)value);
}
