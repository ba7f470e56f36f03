/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which rights a policy grants on an object: what walk.bpf.c found, and what it means. */
#ifndef POSTERN_BPF_WALK_H
#define POSTERN_BPF_WALK_H

#include "bpf/lib/refuse.bpf.h"

enum walk_end {
	WALK_LOST,     /* it ended elsewhere */
	WALK_AT_ROOT,  /* the context's root */
	WALK_INTERNAL, /* a mount that has no place in any tree */
	WALK_UNSTABLE, /* renames and mounts went on all the while */
};

/* What a walk found. Both halves travel in one register, so that no caller can use rights without
 * their end. */
struct grant {
	__u32 rights;
	__u32 end;
};

/* An object by its addresses: a global function takes no pointer that the verifier tracks, but it
 * takes memory. */
struct walk_object {
	__u64 dentry;
	__u64 mnt;
};

/*
 * One walk: rights in the lower half, enum walk_end in the upper. id: of the policy. walk.bpf.c.
 * Its stack leaves room for 128 bytes in the program that calls it.
 */
extern __u64 walk(const struct postern_policy *policy, __u64 id, const struct walk_object *object);

/* A user who renames in a loop can spoil many walks in a row, and what is still unstable then is
 * refused. */
#define WALK_TRIES 64

static __always_inline struct grant granted(struct subject *s, struct dentry *dentry,
					    struct vfsmount *mnt)
{
	struct walk_object object = {.dentry = (__u64)dentry, .mnt = (__u64)mnt};
	__u64 found = (__u64)WALK_UNSTABLE << 32;
	struct grant g;

	for (int i = 0; i < WALK_TRIES && found >> 32 == WALK_UNSTABLE; i++)
		found = walk(s->policy, s->tag->policy, &object);
	g.end = found >> 32;
	g.rights = g.end == WALK_AT_ROOT ? (__u32)found : 0;
	/* Whoever may write may append. */
	if (g.rights & POSTERN_WRITE)
		g.rights |= POSTERN_APPEND;
	return g;
}

#endif
