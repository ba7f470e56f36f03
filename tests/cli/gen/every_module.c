/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of every.yaml: they tell what they got. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "postern-every-form-module.h"

#define LINES 32

struct lines {
	char text[LINES][96];
	const char *items[LINES];
	size_t len;
};

#define LINE(l, ...)                                                                               \
	do {                                                                                       \
		(void)snprintf((l)->text[(l)->len], sizeof((l)->text[0]), __VA_ARGS__);            \
		(l)->items[(l)->len] = (l)->text[(l)->len];                                        \
		(l)->len++;                                                                        \
	} while (0)

static void lists(struct lines *l, const char *const *words, size_t words_len,
		  const int64_t *numbers, size_t numbers_len,
		  const enum every_form_all_modes *modes, size_t modes_len)
{
	LINE(l, "words %s%zu", words ? "" : "absent ", words_len);
	for (size_t i = 0; i < words_len; i++)
		LINE(l, "  <%s>", words[i]);
	LINE(l, "numbers %s%zu", numbers ? "" : "absent ", numbers_len);
	for (size_t i = 0; i < numbers_len; i++)
		LINE(l, "  %" PRId64, numbers[i]);
	LINE(l, "modes %s%zu", modes ? "" : "absent ", modes_len);
	for (size_t i = 0; i < modes_len; i++)
		LINE(l, "  %s", every_form_all_modes_word(modes[i]));
}

int all(struct postern_invocation *call, bool flag, int64_t count, int64_t size, int64_t wait,
	const char *text, const void *data, size_t data_len, enum every_form_all_mode mode,
	const char *const *words, size_t words_len, const int64_t *numbers, size_t numbers_len,
	const enum every_form_all_modes *modes, size_t modes_len)
{
	struct lines l = {.len = 0};

	LINE(&l, "flag %d count %" PRId64 " size %" PRId64 " wait %" PRId64, flag, count, size,
	     wait);
	LINE(&l, "text <%s> data %zu, the last %d, mode %s", text, data_len,
	     ((const unsigned char *)data)[data_len - 1], every_form_all_mode_word(mode));
	lists(&l, words, words_len, numbers, numbers_len, modes, modes_len);
	return all_return(call, l.items, l.len);
}

int maybe_all(struct postern_invocation *call, const bool *flag, const int64_t *count,
	      const char *text, const void *data, size_t data_len,
	      const enum every_form_all_mode *mode, const char *const *words, size_t words_len,
	      const int64_t *numbers, size_t numbers_len, const enum every_form_all_modes *modes,
	      size_t modes_len)
{
	struct lines l = {.len = 0};

	LINE(&l, "flag %s count %" PRId64, flag ? *flag ? "true" : "false" : "absent",
	     count ? *count : -1);
	LINE(&l, "text <%s> data %s%zu mode %s", text ? text : "absent", data ? "" : "absent ",
	     data_len, mode ? every_form_all_mode_word(*mode) : "absent");
	lists(&l, words, words_len, numbers, numbers_len, modes, modes_len);
	return maybe_all_return(call, l.items, l.len);
}

int is(struct postern_invocation *call, bool flag)
{
	return is_return(call, flag);
}

int add(struct postern_invocation *call, int64_t left, int64_t right)
{
	int64_t sum;

	if (__builtin_add_overflow(left, right, &sum))
		return postern_fail(call, ERANGE, "%" PRId64 " and %" PRId64, left, right);
	return add_return(call, sum);
}

int upper(struct postern_invocation *call, const char *text)
{
	char *copy = strdup(text);
	int r;

	if (!copy)
		return -ENOMEM;
	for (char *p = copy; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	r = upper_return(call, copy);
	free(copy);
	return r;
}

int reverse(struct postern_invocation *call, const void *data, size_t data_len)
{
	unsigned char *copy = malloc(data_len + 1);
	int r;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < data_len; i++)
		copy[i] = ((const unsigned char *)data)[data_len - 1 - i];
	r = reverse_return(call, copy, data_len);
	free(copy);
	return r;
}

int next(struct postern_invocation *call, enum every_form_next_mode mode)
{
	return next_return(call, mode == EVERY_FORM_NEXT_MODE_ONE   ? EVERY_FORM_NEXT_RESULT_TWO
				 : mode == EVERY_FORM_NEXT_MODE_TWO ? EVERY_FORM_NEXT_RESULT_THREE
								    : EVERY_FORM_NEXT_RESULT_ONE);
}

int twice(struct postern_invocation *call, const int64_t *numbers, size_t numbers_len)
{
	int64_t *doubled = calloc(numbers_len + 1, sizeof(*doubled));
	int r;

	if (!doubled)
		return -ENOMEM;
	for (size_t i = 0; i < numbers_len; i++)
		doubled[i] = 2 * numbers[i];
	r = twice_return(call, doubled, numbers_len);
	free(doubled);
	return r;
}

int whole(struct postern_invocation *call, const struct every_form_whole_record *record)
{
	enum every_form_whole_result_modes modes[8];
	struct every_form_whole_result result = {
		!record->flag,
		record->count + 1,
		record->text,
		record->data,
		record->data_len,
		record->mode == EVERY_FORM_WHOLE_RECORD_MODE_FAST
			? EVERY_FORM_WHOLE_RESULT_MODE_VERY_SLOW
			: EVERY_FORM_WHOLE_RESULT_MODE_FAST,
		record->words,
		record->words_len,
		record->numbers,
		record->numbers_len,
		modes,
		record->modes_len,
	};

	if (record->modes_len > 8)
		return postern_fail(call, E2BIG, "modes");
	for (size_t i = 0; i < record->modes_len; i++)
		modes[i] = record->modes[i] == EVERY_FORM_WHOLE_RECORD_MODES_THREE
				   ? EVERY_FORM_WHOLE_RESULT_MODES_ONE
				   : EVERY_FORM_WHOLE_RESULT_MODES_THREE;
	return whole_return(call, &result);
}

int part(struct postern_invocation *call, const struct every_form_part_record *record)
{
	static const struct every_form_part_result nothing;
	struct every_form_part_result result = nothing;
	const enum every_form_whole_result_mode mode = EVERY_FORM_WHOLE_RESULT_MODE_VERY_SLOW;

	if (!record)
		return part_return(call, &nothing);
	if (record->modes || record->words)
		return postern_fail(call, EINVAL, "lists that were not given");
	result.flag = record->flag;
	result.count = record->count;
	result.text = record->text;
	result.data = record->data;
	result.data_len = record->data_len;
	result.mode = record->mode ? &mode : NULL;
	result.numbers = record->numbers;
	result.numbers_len = record->numbers_len;
	return part_return(call, &result);
}

int several(struct postern_invocation *call, const struct every_form_several_records *records,
	    size_t records_len)
{
	static const enum every_form_several_result_mode up = EVERY_FORM_SEVERAL_RESULT_MODE_UP;
	struct every_form_several_result *all =
		(struct every_form_several_result *)calloc(records_len + 1, sizeof(*all));
	int r;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < records_len; i++) {
		all[i].name = records[i].name;
		all[i].tags = records[i].tags;
		all[i].tags_len = records[i].tags_len;
		if (records[i].mode && *records[i].mode == EVERY_FORM_SEVERAL_RECORDS_MODE_UP)
			all[i].mode = &up;
	}
	r = several_return(call, all, records_len);
	free(all);
	return r;
}

int keep(struct postern_invocation *call, const char *word, const int64_t *number)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s %" PRId64, word ? word : "absent",
		       number ? *number : -1);
	return keep_return(call, text);
}

int pass(struct postern_invocation *call, int from, int other)
{
	int fd = dup(other >= 0 ? other : from);

	return fd < 0 ? postern_fail(call, errno, "dup") : pass_return(call, fd);
}

int class_(struct postern_invocation *call, const char *context, const char *failure,
	   const char *ret, const void *data, size_t data_len_, int64_t data_len, const char *call_,
	   int64_t timeout, int64_t self, int64_t errno_, bool delete_, bool lambda,
	   const char *args_)
{
	if (data_len != (int64_t)data_len_ || !data || timeout != 1 || self != 2 || errno_ != 3 ||
	    !delete_ || lambda)
		return postern_fail(call, EINVAL, "another order");
	return postern_fail(call, ENOTTY, "%s %s %s %s %s", context, failure, ret, call_, args_);
}
