/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls each entrypoint of every.yaml, and prints what comes back. usage: client SOCKET */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "postern-every-form.h"

static void failed(int r, struct postern_failure **failure)
{
	printf("%s: %s (%s)\n", postern_failure_result_name(*failure),
	       postern_failure_message(*failure), strerror(-r));
	postern_failure_free(*failure);
	*failure = NULL;
}

static void lines(int r, char **items, size_t len, struct postern_failure **failure)
{
	if (r < 0) {
		failed(r, failure);
		return;
	}
	for (size_t i = 0; i < len; i++)
		puts(items[i]);
	printf("%s\n", items[len] ? "no end" : "-");
	free(items);
}

static void each(struct postern *context)
{
	static const char *const words[] = {"a", ""};
	static const int64_t numbers[] = {INT64_MIN, INT64_MAX};
	static const enum every_form_all_modes modes[] = {EVERY_FORM_ALL_MODES_THREE,
							  EVERY_FORM_ALL_MODES_ONE};
	static const enum every_form_all_modes wrong[] = {(enum every_form_all_modes)9};
	const enum every_form_all_mode mode = EVERY_FORM_ALL_MODE_VERY_SLOW;
	const int64_t count = 7;
	const bool flag = false;
	struct postern_failure *failure = NULL;
	char **items = NULL;
	size_t len = 0;
	int r;

	r = every_form_all(context, true, -5, 1 << 20, INT64_C(1000000000), "text", "\0\xff", 2,
			   mode, words, 2, numbers, 2, modes, 2, &items, &len, &failure);
	lines(r, items, len, &failure);
	r = every_form_all(context, true, 11, 0, INT64_C(1000000000), "text", "", 0, mode, words, 2,
			   numbers, 2, modes, 2, &items, &len, &failure);
	lines(r, items, len, &failure);
	r = every_form_all(context, true, 1, 0, INT64_C(1000000000), "text", "", 0, mode, words, 2,
			   numbers, 2, wrong, 1, &items, &len, &failure);
	lines(r, items, len, &failure);
	r = every_form_maybe_all(context, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, 0, NULL,
				 0, &items, &len, &failure);
	lines(r, items, len, &failure);
	r = every_form_maybe_all(context, &flag, &count, "", "", 0, &mode, words, 0, numbers, 1,
				 modes, 1, &items, &len, &failure);
	lines(r, items, len, &failure);
}

static void results(struct postern *context)
{
	static const int64_t numbers[] = {1, -2};
	enum every_form_next_result next = EVERY_FORM_NEXT_RESULT_ONE;
	struct postern_failure *failure = NULL;
	int64_t *doubled = NULL, sum = 0;
	void *data = NULL;
	char *text = NULL;
	bool flag = false;
	size_t len = 0;

	if (every_form_is(context, true, &flag, &failure) == 0)
		printf("is %d\n", flag);
	if (every_form_add(context, 40, 2, &sum, &failure) == 0)
		printf("add %" PRId64 "\n", sum);
	if (every_form_upper(context, "loud", &text, &failure) == 0)
		printf("upper %s\n", text);
	if (every_form_reverse(context, "\0b", 2, &data, &len, &failure) == 0)
		printf("reverse %zu %c\n", len, ((const char *)data)[0]);
	if (every_form_next(context, EVERY_FORM_NEXT_MODE_TWO, &next, &failure) == 0)
		printf("next %s\n", every_form_next_result_word(next));
	if (every_form_twice(context, numbers, 2, &doubled, &len, &failure) == 0)
		printf("twice %zu %" PRId64 " %" PRId64 "\n", len, doubled[0], doubled[1]);
	free(text);
	free(data);
	free(doubled);
	if (failure)
		failed(-EIO, &failure);
}

static void whole(struct postern *context)
{
	static const char *const words[] = {"a", ""};
	static const int64_t numbers[] = {1, INT64_MIN};
	static const enum every_form_whole_record_modes modes[] = {
		EVERY_FORM_WHOLE_RECORD_MODES_THREE, EVERY_FORM_WHOLE_RECORD_MODES_TWO};
	struct every_form_whole_record record = {
		true,  -5, "text",  "\0\xff", 2,     EVERY_FORM_WHOLE_RECORD_MODE_FAST,
		words, 2,  numbers, 2,	      modes, 2};
	struct every_form_whole_result *result = NULL;
	struct postern_failure *failure = NULL;

	if (every_form_whole(context, &record, &result, &failure) == 0)
		printf("whole %d %" PRId64 " %s %zu %02x %s %zu <%s> %zu %" PRId64 " %zu %s %s\n",
		       result->flag, result->count, result->text, result->data_len,
		       ((const unsigned char *)result->data)[1],
		       every_form_whole_result_mode_word(result->mode), result->words_len,
		       result->words[1], result->numbers_len, result->numbers[1], result->modes_len,
		       every_form_whole_result_modes_word(result->modes[0]),
		       every_form_whole_result_modes_word(result->modes[1]));
	free(result);
	if (failure)
		failed(-EIO, &failure);
	record.text = NULL;
	failed(every_form_whole(context, &record, &result, &failure), &failure);
	record.text = "text";
	record.count = -6;
	failed(every_form_whole(context, &record, &result, &failure), &failure);
	record.count = 0;
	record.mode = (enum every_form_whole_record_mode)7;
	failed(every_form_whole(context, &record, &result, &failure), &failure);
	failed(every_form_whole(context, NULL, &result, &failure), &failure);
}

static void part_show(int r, struct every_form_part_result *p, struct postern_failure **failure)
{
	if (r < 0) {
		failed(r, failure);
		return;
	}
	printf("part %s %" PRId64 " %s %zu %s %s %zu\n",
	       p->flag ? *p->flag ? "yes" : "no" : "absent", p->count ? *p->count : -1,
	       p->text ? p->text : "absent", p->data_len,
	       p->mode ? every_form_whole_result_mode_word(*p->mode) : "absent",
	       p->words ? "words" : "absent", p->numbers_len);
	free(p);
}

static void parts(struct postern *context)
{
	static const int64_t numbers[] = {4, 5, 6};
	static const bool flag = false;
	static const enum every_form_whole_record_mode mode = EVERY_FORM_WHOLE_RECORD_MODE_FAST;
	struct every_form_several_records records[2] = {{"one", NULL, NULL, 0},
							{"two", NULL, NULL, 0}};
	static const char *const tags[] = {"x", "y"};
	static const enum every_form_several_records_mode up = EVERY_FORM_SEVERAL_RECORDS_MODE_UP;
	struct every_form_part_record record;
	struct every_form_part_result *part = NULL;
	struct every_form_several_result *all = NULL;
	struct postern_failure *failure = NULL;
	size_t len = 0;
	int r;

	r = every_form_part(context, NULL, &part, &failure);
	part_show(r, part, &failure);
	memset(&record, 0, sizeof(record));
	r = every_form_part(context, &record, &part, &failure);
	part_show(r, part, &failure);
	record.flag = &flag;
	record.count = numbers;
	record.text = "text";
	record.mode = &mode;
	record.numbers = numbers;
	record.numbers_len = 3;
	r = every_form_part(context, &record, &part, &failure);
	part_show(r, part, &failure);

	records[1].mode = &up;
	records[1].tags = tags;
	records[1].tags_len = 2;
	r = every_form_several(context, records, 2, &all, &len, &failure);
	if (r < 0)
		failed(r, &failure);
	for (size_t i = 0; r == 0 && i < len; i++)
		printf("several %s %s %zu %s\n", all[i].name,
		       all[i].mode ? every_form_several_result_mode_word(*all[i].mode) : "absent",
		       all[i].tags_len, all[i].tags_len ? all[i].tags[1] : "-");
	free(all);
	all = NULL;
	if (every_form_several(context, NULL, 0, &all, &len, &failure) == 0)
		printf("several %zu\n", len);
	free(all);
}

static void defaults(struct postern *context)
{
	static const int64_t number = 5;
	struct postern_failure *failure = NULL;
	char *text = NULL;

	if (every_form_keep(context, NULL, NULL, &text, &failure) == 0)
		printf("keep %s\n", text);
	free(text);
	text = NULL;
	if (every_form_keep(context, "mine", &number, &text, &failure) == 0)
		printf("keep %s\n", text);
	free(text);
	if (failure)
		failed(-EIO, &failure);
}

static void passed(int r, int fd, struct postern_failure **failure)
{
	char text[16] = "";

	if (r < 0) {
		failed(r, failure);
		return;
	}
	printf("pass %s\n", read(fd, text, sizeof(text) - 1) > 0 ? text : "nothing");
	(void)close(fd);
}

static void descriptors(struct postern *context)
{
	struct postern_failure *failure = NULL;
	int one[2], two[2], fd = -1, r;

	if (pipe(one) < 0 || pipe(two) < 0 || write(one[1], "one", 3) != 3 ||
	    write(two[1], "two", 3) != 3)
		return;
	r = every_form_pass(context, one[0], two[0], &fd, &failure);
	passed(r, fd, &failure);
	r = every_form_pass(context, one[0], -1, &fd, &failure);
	passed(r, fd, &failure);
	r = every_form_pass(context, one[1], -1, &fd, &failure);
	passed(r, fd, &failure);
	r = every_form_pass(context, -1, two[0], &fd, &failure);
	passed(r, fd, &failure);
}

int main(int argc, char **argv)
{
	struct postern *context = argc == 2 ? postern_new(argv[1]) : NULL;
	struct postern_failure *failure = NULL;
	int64_t number = 0;
	int r;

	if (!context)
		return 2;
	each(context);
	results(context);
	whole(context);
	parts(context);
	defaults(context);
	descriptors(context);
	r = every_form_add(context, INT64_MAX, 1, &number, &failure);
	failed(r, &failure);
	r = every_form_upper(context, NULL, NULL, &failure);
	failed(r, &failure);
	r = every_form_class_within(context, 5000, "a", "b", "c", "d", 1, 1, "e", 1, 2, 3, true,
				    false, "f", &failure);
	failed(r, &failure);
	postern_free(context);
	return 0;
}
