/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From what a walk found to a verdict: the two ways in which a path hook decides. */
#ifndef POSTERN_BPF_DECIDE_H
#define POSTERN_BPF_DECIDE_H

#include "bpf/lib/walk.bpf.h"

/* The verdict on one object after the walk: every right that is needed must be granted and not
 * given up. */
static __always_inline int judge(struct subject *s, struct grant g, struct dentry *dentry,
				 struct vfsmount *mnt, __u32 need, __u32 operation)
{
	__u32 given_up = s->tag->flags >> POSTERN_TAG_GIVEN_UP_SHIFT;
	__u32 missing = need & ~(g.rights & ~given_up);
	struct refusal r = {
		.subject = *s,
		.dentry = dentry,
		.mnt = mnt,
		.operation = operation,
		.rights = missing,
		.reason = POSTERN_REASON_NO_RULE,
		.verdict = -EACCES,
	};

	if (!missing)
		return 0;
	if (g.end == WALK_UNSTABLE)
		r.reason = POSTERN_REASON_BROKEN;
	else if (g.end != WALK_AT_ROOT)
		r.reason = POSTERN_REASON_OUTSIDE;
	else if (!(need & ~g.rights))
		r.reason = POSTERN_REASON_GIVEN_UP;
	return refuse(&r);
}

/* Body of a hook that needs one set of rights on one object. */
static __always_inline int check(struct dentry *dentry, struct vfsmount *mnt, __u32 need,
				 __u32 operation)
{
	struct subject s;
	int verdict;

	if (decided(&s, operation, &verdict))
		return verdict;
	return judge(&s, granted(&s, dentry, mnt), dentry, mnt, need, operation);
}

/* A set-id file or a device node that a context made would give the host's users what the context
 * has. */
static __always_inline bool grants_privilege(umode_t mode)
{
	__u32 type = mode & S_IFMT;

	return type == S_IFCHR || type == S_IFBLK ||
	       (mode & (S_ISUID | S_ISGID) && type != S_IFDIR);
}

#endif
