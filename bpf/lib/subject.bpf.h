/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who acts: is the current task ours, and under which policy. Every program asks this first. */
#ifndef POSTERN_BPF_SUBJECT_H
#define POSTERN_BPF_SUBJECT_H

#include "bpf/lib/maps.bpf.h"

enum standing {
	FOREIGN,  /* not ours: allowed, whatever it does */
	CONFINED, /* a tag and its policy */
	BROKEN,	  /* ours, but we cannot tell under which policy: refused */
};

struct subject {
	struct postern_tag *tag;
	struct postern_policy *policy;
};

/*
 * A missing tag means "not ours" only outside of the contexts' cgroup. On 6.1 with preempt=full a
 * look-up in task storage can fail for a tagged task (kernel/bpf/bpf_task_storage.c takes a per-CPU
 * trylock), and a task cannot leave the cgroup, since no context has cgroupfs.
 *
 * Nearly every task of a host is none of ours and has no storage at all, which one load tells; the
 * look-up would cost it more than all else here.
 */
static __always_inline enum standing current_subject(struct subject *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 policy;

	s->policy = NULL;
	s->tag = NULL;
	if (task->bpf_storage)
		s->tag = bpf_task_storage_get(&tags, task, NULL, 0);
	if (!s->tag) {
		if (contexts_cgroup &&
		    bpf_get_current_ancestor_cgroup_id(contexts_level) == contexts_cgroup)
			return BROKEN;
		return FOREIGN;
	}
	policy = s->tag->policy;
	s->policy = bpf_map_lookup_elem(&policies, &policy);
	return s->policy ? CONFINED : BROKEN;
}

#endif
