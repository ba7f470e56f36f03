/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The keys that say what a descriptor in a signature may be. */
#include <string.h>

#include "manifest/argument_read.h"
#include "manifest/values.h"

static const struct word kind_words[] = {
	{.word = "file", .value = ARGUMENT_FD_FILE},
	{.word = "pipe", .value = ARGUMENT_FD_PIPE},
	{.word = "socket", .value = ARGUMENT_FD_SOCKET},
	{.word = "memfd", .value = ARGUMENT_FD_MEMFD},
};

static const struct word mode_words[] = {
	{.word = "read", .value = ARGUMENT_FD_READ},
	{.word = "write", .value = ARGUMENT_FD_WRITE},
	{.word = "read-write", .value = ARGUMENT_FD_READ_WRITE},
};

const char *argument_fd_kind_name(enum argument_fd_kind kind)
{
	return kind_words[kind].word;
}

const char *argument_fd_mode_name(enum argument_fd_mode mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(mode_words); i++)
		if (mode_words[i].value == mode)
			return mode_words[i].word;
	return "";
}

static void take_kind(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	const struct word *word = word_find(s, v->text);
	struct argument *a = field;

	if (!word) {
		word_problem(r, s, v);
		return;
	}
	if (a->fd_kinds & (UINT32_C(1) << word->value))
		problem(r, v->place, text_make("the kind \"%s\" is listed twice", word->word),
			text_make("remove one"));
	a->fd_kinds |= UINT32_C(1) << word->value;
}

static const struct shape kind_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "a kind of descriptor",
	.example = "file",
	.take = take_kind,
	.words = kind_words,
	.words_len = ARRAY_SIZE(kind_words),
};

const struct shape argument_fd_kinds_shape = {
	.form = FORM_LIST,
	.wants = "a list of kinds",
	.example = "[file]",
	.element = &kind_shape,
	.least = 1,
	.most = ARGUMENT_FD_KINDS,
};

const struct shape argument_fd_mode_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "read, write or read-write",
	.example = "read",
	.take = take_word,
	.words = mode_words,
	.words_len = ARRAY_SIZE(mode_words),
};

_Static_assert(sizeof(enum argument_fd_mode) == sizeof(unsigned),
	       "take_word() stores enums as unsigned");

size_t argument_fds(const struct argument *arguments, size_t len)
{
	size_t fds = 0;

	for (size_t i = 0; i < len; i++)
		fds += arguments[i].type == ARGUMENT_FD;
	return fds;
}

void argument_fds_check(struct reader *r, const struct scalar *name,
			const struct argument *arguments, size_t len)
{
	if (arguments[len - 1].type != ARGUMENT_FD ||
	    argument_fds(arguments, len) <= ARGUMENT_FDS_MAX)
		return;
	problem(r, name->place,
		text_make("the argument %s is one descriptor too many",
			  QUOTE(name->text, name->len)),
		text_make("a call takes at most %d", ARGUMENT_FDS_MAX));
}
