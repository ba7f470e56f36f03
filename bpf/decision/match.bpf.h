/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the walk and the matching of patterns share. */
#ifndef POSTERN_BPF_DECISION_MATCH_H
#define POSTERN_BPF_DECISION_MATCH_H

#include "bpf/decision/walk.bpf.h"

/* Adds what the patterns of one directory on the walk grant: o->bases[base]. match.bpf.c. */
extern int match(const struct postern_tag *tag, struct object *o, __u32 base);

/* A directory's key for the rules of a policy. */
extern int walk_key(struct postern_directory_key *key, __u64 policy, __u64 dentry);

/* The current task's own working memory, which the stack has no room for; a map of one element a
 * CPU could be taken over by a task that preempts this one. NULL: there is none, which grants
 * nothing. */
static __always_inline struct postern_scratch *task_scratch(void)
{
	return bpf_task_storage_get(&scratches, bpf_get_current_task_btf(), NULL,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
}

#endif
