/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Each type of types.yaml there and back, and what does not fit. usage: client SOCKET */
#include <inttypes.h>
#include <stdio.h>

#include "postern-every-type.h"

static struct postern_failure *failure;

static void say(const char *what, int r)
{
	printf("%s: %s", what, r < 0 ? postern_failure_message(failure) : "ok");
	printf("%s%s\n", r < 0 ? ", " : "", r < 0 ? strerror(-r) : "");
	postern_failure_free(failure);
	failure = NULL;
}

static const struct text {
	const char *name;
	int (*call)(struct postern *, const char *, const char *, char **,
		    struct postern_failure **);
	int (*list)(struct postern *, const char *const *, size_t, char ***, size_t *,
		    struct postern_failure **);
	const char *good, *bad;
} texts[] = {
#define TEXT(name, good, bad)                                                                      \
	{                                                                                          \
#name, every_type_##name, every_type_##name##_list, good, bad                      \
	}
	TEXT(text, "é a", "A"),
	TEXT(path, "/etc/x/y", "/etcx"),
	TEXT(present, "/etc/passwd", "/etc/nothing-here"),
	TEXT(absent, "/etc/nothing-here", "/etc/passwd"),
	TEXT(interface, "eth0", "a/b"),
	TEXT(mac, "02:00:5e:10:00:ff", "02-00-5e-10-00-ff"),
	TEXT(address, "2001:db8::1", "192.0.2"),
	TEXT(address4, "192.0.2.1", "2001:db8::1"),
	TEXT(prefix, "192.0.2.0/24", "192.0.2.1/24"),
	TEXT(prefix6, "2001:db8::/32", "192.0.2.0/24"),
	TEXT(uuid, "12345678-1234-1234-1234-123456789abc", "12345678-1234-1234-1234-123456789ABC"),
	TEXT(user, "daemon", "no such"),
	TEXT(group, "adm", "a:b"),
};

static void text(struct postern *context, const struct text *t)
{
	const char *const both[] = {t->good, t->good}, *const last[] = {t->good, t->bad};
	char *got = NULL, **all = NULL;
	size_t len = 0;
	int r;

	r = t->call(context, t->good, NULL, &got, &failure);
	say(r == 0 && strcmp(got, t->good) != 0 ? "another value" : t->name, r);
	free(got);
	r = t->call(context, t->bad, NULL, &got, &failure);
	say(t->name, r);
	r = t->call(context, t->good, t->bad, &got, &failure);
	say(t->name, r);
	r = t->list(context, both, 2, &all, &len, &failure);
	say(r == 0 && (len != 2 || strcmp(all[1], t->good) != 0) ? "another list" : t->name, r);
	free((void *)all);
	r = t->list(context, last, 2, &all, &len, &failure);
	say(t->name, r);
}

static const struct number {
	const char *name;
	int (*call)(struct postern *, int64_t, const int64_t *, int64_t *,
		    struct postern_failure **);
	int (*list)(struct postern *, const int64_t *, size_t, int64_t **, size_t *,
		    struct postern_failure **);
	int64_t good, bad;
} numbers[] = {
#define NUMBER(name, good, bad)                                                                    \
	{                                                                                          \
#name, every_type_##name, every_type_##name##_list, good, bad                      \
	}
	NUMBER(integer, -3, 10),
	NUMBER(size, 1 << 20, -1),
	NUMBER(duration, INT64_C(5000000000), INT64_C(5000000001)),
};

static void number(struct postern *context, const struct number *n)
{
	const int64_t both[] = {n->good, n->good}, last[] = {n->good, n->bad};
	int64_t got = 0, *all = NULL;
	size_t len = 0;
	int r;

	r = n->call(context, n->good, NULL, &got, &failure);
	say(r == 0 && got != n->good ? "another value" : n->name, r);
	r = n->call(context, n->bad, NULL, &got, &failure);
	say(n->name, r);
	r = n->call(context, n->good, &n->bad, &got, &failure);
	say(n->name, r);
	r = n->list(context, both, 2, &all, &len, &failure);
	say(r == 0 && (len != 2 || all[1] != n->good) ? "another list" : n->name, r);
	free(all);
	r = n->list(context, last, 2, &all, &len, &failure);
	say(n->name, r);
}

static void bytes(struct postern *context)
{
	const struct postern_bytes some[] = {{"a\0", 2}, {NULL, 0}, {"\xff", 1}};
	const struct postern_bytes long_one[] = {{"", 0}, {"12345", 5}};
	const struct postern_bytes none_there[] = {{NULL, 1}};
	struct postern_bytes *all = NULL;
	void *got = NULL;
	size_t len = 0;
	int r;

	r = every_type_data(context, "a\0b", 3, NULL, 0, &got, &len, &failure);
	say(r == 0 && (len != 3 || memcmp(got, "a\0b", 3) != 0) ? "other bytes" : "data", r);
	free(got);
	r = every_type_data(context, "12345", 5, NULL, 0, &got, &len, &failure);
	say("data", r);
	r = every_type_data(context, "", 0, "12345", 5, &got, &len, &failure);
	say("data", r);
	r = every_type_data_list(context, some, 3, &all, &len, &failure);
	say(r == 0 && (len != 3 || all[0].len != 2 || all[1].len != 0 || all[2].len != 1 ||
		       memcmp(all[0].data, "a\0", 2) != 0 || memcmp(all[2].data, "\xff", 1) != 0)
		    ? "other bytes"
		    : "data",
	    r);
	free(all);
	r = every_type_data_list(context, NULL, 0, &all, &len, &failure);
	say(r == 0 && len != 0 ? "another length" : "data", r);
	free(all);
	r = every_type_data_list(context, long_one, 2, &all, &len, &failure);
	say("data", r);
	r = every_type_data_list(context, none_there, 1, &all, &len, &failure);
	say("data", r);
}

static void flags(struct postern *context)
{
	const bool some[] = {true, false, true};
	bool got = false, *all = NULL;
	char **words = NULL;
	size_t len = 0;
	int r;
	const enum every_type_word_list_values both[] = {EVERY_TYPE_WORD_LIST_VALUES_VERY_DOWN,
							 EVERY_TYPE_WORD_LIST_VALUES_UP};
	enum every_type_word_result word = EVERY_TYPE_WORD_RESULT_UP;

	r = every_type_boolean(context, true, &got, &failure);
	say(r == 0 && !got ? "another value" : "boolean", r);
	r = every_type_boolean_list(context, some, 3, &all, &len, &failure);
	say(r == 0 && (len != 3 || memcmp(all, some, sizeof(some)) != 0) ? "another list"
									 : "boolean",
	    r);
	free(all);
	r = every_type_word(context, EVERY_TYPE_WORD_VALUE_VERY_DOWN, NULL, &word, &failure);
	say(r == 0 && word != EVERY_TYPE_WORD_RESULT_VERY_DOWN ? "another word" : "word", r);
	r = every_type_word(context, EVERY_TYPE_WORD_VALUE_UP, "UP", &word, &failure);
	say("word", r);
	r = every_type_word_list(context, both, 2, &words, &len, &failure);
	say(r == 0 && (len != 2 || strcmp(words[0], "very-down") != 0) ? "other words" : "word", r);
	free((void *)words);
}

/* The fields that are text, where they stand in the order of `texts`. */
#define TEXTS(x)                                                                                   \
	X(x, text)                                                                                 \
	X(x, path)                                                                                 \
	X(x, present)                                                                              \
	X(x, absent)                                                                               \
	X(x, interface)                                                                            \
	X(x, mac)                                                                                  \
	X(x, address) X(x, address4) X(x, prefix) X(x, prefix6) X(x, uuid) X(x, user) X(x, group)

static void whole(struct postern *context)
{
	struct every_type_whole_value value = {
		.boolean = true,
		.integer = 9,
		.data = "\0",
		.data_len = 2,
		.word = EVERY_TYPE_WHOLE_VALUE_WORD_VERY_DOWN,
		.size = 3,
		.duration = INT64_C(1000000000),
	};
	struct every_type_whole_result *got = NULL;
	const struct text *t = texts;
	bool same;
	int r;

#define X(to, name) (to).name = t++->good;
	TEXTS(value)
#undef X
	r = every_type_whole(context, &value, &got, &failure);
	same = r == 0 && got->boolean && got->integer == 9 && got->data_len == 2 &&
	       memcmp(got->data, "\0", 2) == 0 &&
	       got->word == EVERY_TYPE_WHOLE_RESULT_WORD_VERY_DOWN && got->size == 3 &&
	       got->duration == value.duration;
#define X(from, name) same = same && strcmp((from)->name, value.name) == 0;
	TEXTS(got)
#undef X
	say(r == 0 && !same ? "another record" : "whole", r);
	free(got);
	value.present = "/etc/nothing-here";
	r = every_type_whole(context, &value, &got, &failure);
	say("whole", r);
}

static void sparse(struct postern *context)
{
	static const bool no;
	static const int64_t size = 1 << 20, above = (1 << 20) + 1;
	struct every_type_sparse_value values[] = {{.boolean = &no, .size = &size},
						   {.mac = texts[5].good}};
	struct every_type_sparse_result *got = NULL;
	size_t len = 0;
	int r;

	r = every_type_sparse(context, values, 2, &got, &len, &failure);
	say(r == 0 && (len != 2 || *got[0].boolean || *got[0].size != size || got[0].mac ||
		       got[1].boolean || got[1].data || strcmp(got[1].mac, texts[5].good) != 0)
		    ? "other records"
		    : "sparse",
	    r);
	free(got);
	values[0].size = &above;
	r = every_type_sparse(context, values, 2, &got, &len, &failure);
	say("sparse", r);
	values[0].size = NULL;
	values[1].mac = texts[5].bad;
	r = every_type_sparse(context, values, 2, &got, &len, &failure);
	say("sparse", r);
}

static void lists(struct postern *context)
{
	static const bool flags_of[] = {false, true};
	static const struct postern_bytes data[] = {{"", 0}, {"\0b", 2}};
	static const enum every_type_whole_value_word words[] = {
		EVERY_TYPE_WHOLE_VALUE_WORD_VERY_DOWN};
	static const int64_t number = INT64_C(1000000000), one = 1, many = 10;
	struct every_type_lists_value value = {
		.boolean = flags_of,
		.boolean_len = 2,
		.integer = &one,
		.integer_len = 1,
		.data = data,
		.data_len = 2,
		.word = words,
		.word_len = 1,
		.size = &one,
		.size_len = 1,
		.duration = &number,
		.duration_len = 1,
	};
	struct every_type_lists_result *got = NULL;
	const char *items[sizeof(texts) / sizeof(texts[0])];
	size_t i = 0;
	bool same;
	int r;

#define X(to, name) items[i] = texts[i].good, (to).name = &items[i++], (to).name##_len = 1;
	TEXTS(value)
#undef X
	r = every_type_lists(context, &value, &got, &failure);
	same = r == 0 && got->boolean_len == 2 && !got->boolean[0] && got->boolean[1] &&
	       got->data_len == 2 && got->data[0].len == 0 && got->data[1].len == 2 &&
	       memcmp(got->data[1].data, "\0b", 2) == 0 && got->word_len == 1 &&
	       got->word[0] == EVERY_TYPE_WHOLE_RESULT_WORD_VERY_DOWN && *got->integer == one &&
	       *got->size == one && *got->duration == number;
#define X(from, name)                                                                              \
	same = same && (from)->name##_len == 1 && strcmp(*(from)->name, *value.name) == 0;
	TEXTS(got)
#undef X
	say(r == 0 && !same ? "another record" : "lists", r);
	free(got);
	value.integer = &many;
	r = every_type_lists(context, &value, &got, &failure);
	say("lists", r);
}

int main(int argc, char **argv)
{
	struct postern *context = postern_new(argv[argc - 1]);

	if (!context)
		return 2;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		text(context, &texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		number(context, &numbers[i]);
	bytes(context);
	flags(context);
	whole(context);
	sparse(context);
	lists(context);
	postern_free(context);
	return 0;
}
