/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is decided about, and the one function that decides. */
#ifndef POSTERN_BPF_OBJECT_H
#define POSTERN_BPF_OBJECT_H

#include "bpf/lib/kernel.bpf.h"

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
	/* For DECIDE_NAME: of the directory that holds the object, which has name rules. */
	struct postern_directory_key names;
	/* For DECIDE_REFUSE. */
	__u16 hook;	 /* enum postern_hook */
	__u16 operation; /* enum postern_operation */
	__u32 reason;
	__u32 missing; /* rights, or a capability's number */
	__u32 reserved;
	__u64 message; /* address of a struct postern_message; 0: none */
};

enum decide_step {
	DECIDE_WALK,	/* the whole walk; o: dentry and mnt are set, need too */
	DECIDE_WALK_ON, /* from o->at, where a hook's own climb has come to */
	DECIDE_NAME,	/* what a rule on the object's name grants in o->names, where a hook climbs
			   itself */
	DECIDE_REFUSE,	/* report a refusal: o->hook, operation, reason, missing */
};

/*
 * Walks or refuses. DECIDE_REFUSE returns 1, or 0 when what is refused is to be let through all the
 * same, in audit mode. tag, policy: NULL for a task of ours that has none.
 *
 * In each hook's program this is a fallback that finds nothing and refuses (fallback.bpf.c). The
 * supervisor puts decision/decide.bpf.c in its place (BPF_PROG_TYPE_EXT) before it attaches the
 * program, so that the verifier sees the walk once and not once a hook.
 */
extern int decide(const struct postern_tag *tag, const struct postern_policy *policy,
		  struct object *o, __u32 step);

#endif
