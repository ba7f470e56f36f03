/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which rights a policy grants on an object: what walk.bpf.c found, and what it means. */
#ifndef POSTERN_BPF_WALK_H
#define POSTERN_BPF_WALK_H

#include "bpf/lib/refuse.bpf.h"

enum walk_end {
	WALK_LOST,     /* it ended elsewhere */
	WALK_AT_ROOT,  /* the context's root */
	WALK_AT_TOP,   /* the root of the file system, when no mount was given */
	WALK_INTERNAL, /* a mount that has no place in any tree */
	WALK_UNSTABLE, /* renames and mounts went on all the while */
};

#define WALK_BASES  2 /* directories with patterns that one walk can meet */
#define WALK_IOCTLS 2 /* lists of commands that one object can have */

/*
 * An object on the walk: what is asked for, how far the walk has come, and what it found. Addresses
 * and no pointers, since global functions fill it.
 */
struct object {
	__u64 dentry;
	__u64 mnt;  /* 0: the hook tells none */
	__u64 at;   /* dentry that the walk has come to */
	__u32 need; /* rights: rules above the one that completes them do not matter */
	__u32 rights;
	__u32 renames; /* the kernel's counter when the walk began */
	__u16 ioctls[WALK_IOCTLS];
	__u8 end;    /* enum walk_end */
	__u8 passed; /* the rule of `at` was taken */
	__u8 leads;  /* to a rule */
	__u8 bases_len;
	__u32 ioctls_len;
	__u64 bases[WALK_BASES]; /* dentries */
};

/* Begins a walk: notes the kernel's counters. */
extern int walk_begin(struct object *o);

/* Adds what a rule on the name of the object grants in the directory in which it is seen. */
extern int walk_name(const struct postern_tag *tag, struct object *o);

/*
 * Goes on to the context's root and ends the walk: o->rights and o->end hold then. Returns 0, or 1
 * when renames or mounts have spoiled it, and it is to be begun anew.
 */
extern int walk_on(const struct postern_tag *tag, const struct postern_policy *policy,
		   struct object *o);

/* Adds what a rule grants. */
extern int walk_grant(struct object *o, const struct postern_rule *rule);

/* Takes what the rules of the directory o->at say. level: 0 for the object itself, 1 for what holds
 * it. */
extern int walk_pass(const struct postern_tag *tag, struct object *o,
		     const struct postern_rule *rule, __u32 level);

/* Saves most look-ups on the way up: most directories have no rule. */
static __always_inline bool may_have_rule(const struct postern_policy *policy, __u64 ino)
{
	__u32 bit = postern_filter_bit(ino);

	return policy->filter[(bit >> 6) & (POSTERN_FILTER_WORDS - 1)] >> (bit & 63) & 1;
}

/* A user who renames in a loop can spoil many walks in a row, and what is still unstable then is
 * refused. */
#define WALK_TRIES 64

/* The whole walk. o: dentry, mnt and need are set. */
static __always_inline void walk(struct subject *s, struct object *o)
{
	for (int i = 0; i < WALK_TRIES; i++) {
		walk_begin(o);
		walk_name(s->tag, o);
		if (!walk_on(s->tag, s->policy, o))
			return;
	}
	o->rights = 0;
	o->end = WALK_UNSTABLE;
}

#endif
