/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A short name (an interface, a table, a kernel module) against the names of a policy.
 *
 * Whatever reaches a bound here matches nothing.
 */
#ifndef POSTERN_BPF_WORDS_H
#define POSTERN_BPF_WORDS_H

#include "bpf/lib/maps.bpf.h"

/* Does the name match one word? words.bpf.c. */
extern int word_matches(struct postern_short *name, const struct postern_word *word);

/* Is the name one of a list of the policy? */
static __always_inline bool words_hold(struct postern_short *name, __u64 policy, __u32 list)
{
	struct postern_list_key key = {.policy = policy, .list = list};
	struct postern_words *found = bpf_map_lookup_elem(&words, &key);

	for (__u32 i = 0; found && i < POSTERN_WORDS_MAX; i++) {
		if (i >= found->len)
			break;
		if (word_matches(name, &found->word[i]))
			return true;
	}
	return false;
}

/* The task's working memory; NULL without memory. */
static __always_inline struct postern_short *words_scratch(void)
{
	struct postern_scratch *scratch = bpf_task_storage_get(
		&scratches, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return scratch ? &scratch->brief : NULL;
}

#endif
