/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A short name (an interface, a kernel module) against a list of a policy's.
 *
 * The name lies in the task's working memory, where the verifier does not follow what the loops
 * write. Whatever reaches a bound here matches nothing.
 */
#ifndef POSTERN_BPF_NAMES_H
#define POSTERN_BPF_NAMES_H

#include "bpf/lib/glob.bpf.h"
#include "bpf/lib/subject.bpf.h"

struct names {
	struct postern_scratch *scratch;
	const struct postern_words *words;
	const struct postern_binding *binding; /* NULL: nothing is bound */
	__u32 len;			       /* of the name */
};

struct names_word {
	struct postern_scratch *scratch;
	const struct postern_word *word;
	const struct postern_binding *binding;
	__u32 before, value_len, end, name_len;
};

/* Byte `at` of the word, with the call's value in its place. */
static __always_inline char names_expected(const struct names_word *c, __u32 at)
{
	if (at >= c->end)
		return 0;
	if (c->binding && at >= c->before) {
		if (at - c->before < c->value_len)
			return c->binding->value[c->word->slot & (POSTERN_SLOTS - 1)]
						[(at - c->before) & (POSTERN_VALUE_BYTES - 1)];
		at -= c->value_len;
	}
	return at < POSTERN_WORD_BYTES ? c->word->text[at] : 0;
}

/* One comparison: with a glob, or byte by byte. Returns 1 when it is done. */
static long names_step(__u32 i, struct names_word *c)
{
	struct postern_glob *g = &c->scratch->glob;
	bool text_over = g->text >= c->end, name_over = g->name >= c->name_len;
	char expected = names_expected(c, g->text);
	char actual = c->scratch->name.name[g->name & (POSTERN_NAME_BYTES - 1)];

	if (c->word->kind == POSTERN_PART_GLOB)
		return glob_next(g, expected, text_over, actual, name_over);
	if (text_over || name_over || expected != actual) {
		g->matches = text_over && name_over;
		return 1;
	}
	g->text++;
	g->name++;
	return 0;
}

static long names_try(__u32 i, struct names *n)
{
	struct names_word c = {.scratch = n->scratch, .name_len = n->len};

	if (i >= POSTERN_WORDS_MAX || i >= n->words->len)
		return 1;
	c.word = &n->words->word[i];
	c.end = c.word->len;
	if (c.word->kind == POSTERN_PART_SLOT) {
		__u32 slot = c.word->slot & (POSTERN_SLOTS - 1);

		if (!n->binding || !(n->binding->bound >> slot & 1))
			return 0;
		c.binding = n->binding;
		c.before = c.word->before;
		c.value_len = n->binding->len[slot];
		c.end += c.value_len;
	}
	glob_begin(&n->scratch->glob, 0);
	bpf_loop(GLOB_STEPS_MAX, names_step, &c, 0);
	return n->scratch->glob.matches ? 1 : 0;
}

/* The task's working memory; NULL without memory. */
static __always_inline struct postern_scratch *names_scratch(void)
{
	return bpf_task_storage_get(&scratches, bpf_get_current_task_btf(), NULL,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Is the name in scratch->name, of `len` bytes, in the policy's list? */
static __always_inline bool names_hold(const struct subject *s, struct postern_scratch *scratch,
				       __u32 list, __u32 len)
{
	struct postern_list_key key = {.policy = s->tag->policy, .list = list};
	struct names n = {.scratch = scratch, .len = len};

	n.words = bpf_map_lookup_elem(&words, &key);
	if (!n.words || !len)
		return false;
	if (s->tag->flags & POSTERN_TAG_BOUND)
		n.binding = bpf_task_storage_get(&bindings, bpf_get_current_task_btf(), NULL, 0);
	scratch->glob.matches = 0;
	bpf_loop(POSTERN_WORDS_MAX, names_try, &n, 0);
	return scratch->glob.matches;
}

#endif
