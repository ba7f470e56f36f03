/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls each entrypoint of every.yaml, and prints what comes back. usage: client SOCKET */
#include <inttypes.h>
#include <stdio.h>

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
