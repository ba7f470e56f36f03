/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A short name against one word of a policy: a literal, a prefix, a glob, or text with a call's
 * value in it. Apart from who asks, so that the verifier walks through it once a program.
 */
#include "bpf/lib/words.bpf.h"

#define WORD_MASK  63 /* of a name's bytes: enough for both that are compared */
#define VALUE_MASK (POSTERN_VALUE_BYTES - 1)

/* What the callback of a loop is given must lie on the stack. */
struct comparison {
	struct postern_short *name;
	const struct postern_word *word;
};

static long word_glob_step(__u32 i, struct comparison *c)
{
	struct postern_glob *at = &c->name->glob;

	return glob_next(at, c->word->text[at->text & WORD_MASK], at->text >= c->word->len,
			 c->name->text[at->name & WORD_MASK], at->name >= c->name->len);
}

/* Text with the value in it that the call bound, a byte at a time. */
static long word_value_step(__u32 i, struct comparison *c)
{
	const struct postern_word *word = c->word;
	struct postern_short *name = c->name;
	__u32 slot = word->slot & (POSTERN_SLOTS - 1), len;
	struct postern_binding *binding;
	char expected;

	binding = bpf_task_storage_get(&bindings, bpf_get_current_task_btf(), NULL, 0);
	if (!binding || !(binding->bound >> slot & 1))
		return 1;
	len = binding->len[slot];
	if (name->len != word->len + len)
		return 1;
	if (i >= name->len) {
		name->glob.matches = 1;
		return 1;
	}
	if (i < word->before)
		expected = word->text[i & WORD_MASK];
	else if (i - word->before < len)
		expected = binding->value[slot][(i - word->before) & VALUE_MASK];
	else
		expected = word->text[(i - len) & WORD_MASK];
	return expected != name->text[i & WORD_MASK];
}

/* Does the name begin with the word's text? */
static __always_inline bool word_begins(const struct postern_short *name,
					const struct postern_word *word)
{
	const __u32 *a = (const __u32 *)name->text, *b = (const __u32 *)word->text;

	if (name->len < word->len)
		return false;
	for (__u32 i = 0; i < POSTERN_WORD_BYTES / 4; i++) {
		__u32 valid = ~0u;

		if (word->len <= 4 * i)
			break;
		if (word->len < 4 * i + 4)
			valid >>= 32 - 8 * (word->len - 4 * i);
		if ((a[i] ^ b[i]) & valid)
			return false;
	}
	return true;
}

__noinline int word_matches(struct postern_short *name, const struct postern_word *word)
{
	struct comparison c = {.name = name, .word = word};

	if (!name || !word)
		return 0;
	if (word->kind == POSTERN_PART_LITERAL)
		return name->len == word->len && word_begins(name, word);
	if (word->kind == POSTERN_PART_PREFIX)
		return word_begins(name, word);
	glob_begin(&name->glob, 0);
	if (word->kind == POSTERN_PART_GLOB)
		bpf_loop(GLOB_STEPS_MAX, word_glob_step, &c, 0);
	else
		bpf_loop(POSTERN_WORD_BYTES + 4, word_value_step, &c, 0);
	return name->glob.matches != 0;
}
