/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments and results at every limit and beyond it: an error, never a hang, and a worker that
 * serves on. */
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define MANY 16384 /* values in one object on the wire */

static void serves(struct postern *p, const char *after)
{
	char what[96];
	struct answer a;

	(void)snprintf(what, sizeof(what), "limits: calls are answered after %s", after);
	answer_get(&a, p, "give", with_integer("count", 1), 0);
	answer_good(&a, what);
}

static void results(struct postern *p)
{
	static const struct {
		const char *entrypoint;
		int64_t count;
		bool fits;
	} all[] = {
		{"give", 0, true},
		{"give", CONFORM_TEXT_MAX, true},
		{"give", CONFORM_TEXT_MAX + 1, false},
		{"give", 65535, false},
		{"give", 65536, false},
		{"give", 200LL * 1000 * 1000, false},
		{"give_words", MANY - 1, true},
		{"give_words", MANY, false},
		{"give_words", 1000 * 1000, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct answer a;
		char what[96];

		(void)snprintf(what, sizeof(what), "limits: %s of %lld", all[i].entrypoint,
			       (long long)all[i].count);
		answer_get(&a, p, all[i].entrypoint, with_integer("count", all[i].count), 0);
		if (!all[i].fits) {
			answer_bad(&a, POSTERN_RESULT_FAILED, "result", what);
			continue;
		}
		if (!tap(a.r == 0 && (int64_t)a.length == all[i].count, "%s", what))
			answer_show(&a);
		answer_clear(&a);
	}
	serves(p, "results that are too large");
}

static void texts(struct postern *p)
{
	static const size_t sizes[] = {CONFORM_TEXT_MAX, CONFORM_TEXT_MAX + 1, 65535, 65536,
				       2000000};
	char *text = malloc(sizes[ARRAY_SIZE(sizes) - 1] + 1);

	if (!text)
		trial_bail("out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct postern_args *args = postern_args_new();
		struct answer a;
		char what[96];

		(void)memset(text, 't', sizes[i]);
		text[sizes[i]] = '\0';
		(void)postern_args_string(args, "text", text);
		(void)snprintf(what, sizeof(what), "limits: a string of %zu bytes", sizes[i]);
		answer_get(&a, p, "echo_text", args, 0);
		if (i == 0)
			answer_good(&a, what);
		else
			answer_bad(&a, POSTERN_RESULT_BAD_ARGUMENT, "", what);
	}
	free(text);
	serves(p, "strings that are too long");
}

/* The list of arguments counts, and the one argument in it. */
static void lists(struct postern *p)
{
	static int64_t numbers[MANY + 2];
	static const size_t sizes[] = {MANY - 3, MANY - 2, MANY - 1, MANY, MANY + 1};
	size_t good = 0, told = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct postern_args *args = postern_args_new();
		struct answer a;

		(void)postern_args_integers(args, "numbers", numbers, sizes[i]);
		answer_get(&a, p, "sum", args, 0);
		good += a.r == 0;
		told += a.result == POSTERN_RESULT_BAD_ARGUMENT;
		if (a.r < 0)
			answer_show(&a);
		answer_clear(&a);
	}
	tap(good == 2 && told == 3,
	    "limits: lists of %d elements and about: %zu are answered, %zu refused", MANY, good,
	    told);
	serves(p, "lists that are too long");
}

void part_limits(struct postern *p)
{
	results(p);
	texts(p);
	lists(p);
}
