/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From what a walk found to a verdict. */
#ifndef POSTERN_BPF_DECIDE_H
#define POSTERN_BPF_DECIDE_H

#include "bpf/lib/refuse.bpf.h"

/* Did the walk end where it must? Without a mount, that is the top of the file system. */
static __always_inline bool arrived(const struct object *o)
{
	return o->end == (o->mnt ? WALK_AT_ROOT : WALK_AT_TOP);
}

/* What the object's rules grant to this task; nothing unless the walk ended where it must. */
static __always_inline __u32 granted(const struct postern_tag *tag, const struct object *o)
{
	__u32 rights = o->rights;

	if (!arrived(o))
		return 0;
	/* Whoever may write may append. */
	if (rights & POSTERN_WRITE)
		rights |= POSTERN_APPEND;
	return rights & ~(tag->flags >> POSTERN_TAG_GIVEN_UP_SHIFT);
}

/* The whole walk. o: dentry, mnt and need are set. */
static __always_inline void walk(struct subject *s, struct object *o)
{
	decide(s->tag, s->policy, o, DECIDE_WALK);
}

static __always_inline __u32 why_missing(const struct object *o, __u32 missing)
{
	if (o->end == WALK_UNSTABLE)
		return POSTERN_REASON_BROKEN;
	if (!arrived(o))
		return POSTERN_REASON_OUTSIDE;
	return missing & ~o->rights ? POSTERN_REASON_NO_RULE : POSTERN_REASON_GIVEN_UP;
}

/* The verdict on one object after its walk: every right that is needed must be granted. */
static __always_inline int judge(struct subject *s, struct object *o, __u32 need, struct site site)
{
	__u32 missing = need & ~granted(s->tag, o);

	if (!missing)
		return 0;
	o->missing = missing;
	o->reason = why_missing(o, missing);
	return refused(s, o, site, -EACCES);
}

/* Body of a hook that needs one set of rights on one object. */
static __always_inline int check(struct dentry *dentry, struct vfsmount *mnt, __u32 need,
				 struct site site)
{
	struct object o = {.dentry = (__u64)dentry, .mnt = (__u64)mnt, .need = need};
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	walk(&s, &o);
	return judge(&s, &o, need, site);
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
