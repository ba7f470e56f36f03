/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk for hooks that are asked often: the first mount is climbed here, through pointers that
 * the verifier knows and may load from directly, a third of what it costs in decision/walk.bpf.c.
 */
#ifndef POSTERN_BPF_CLIMB_H
#define POSTERN_BPF_CLIMB_H

#include "bpf/lib/decide.bpf.h"
#include "bpf/lib/filter.bpf.h"
#include "bpf/lib/inode.bpf.h"
#include "bpf/lib/load.bpf.h"

/* Deeper than this, and beyond the mount, decide() goes on. */
#define CLIMB_LEVELS_MAX 32

/* Rules that ask for more than their rights. */
static __always_inline bool is_plain(const struct postern_rule *rule)
{
	return !rule->device && !(rule->flags & POSTERN_RULE_PATTERNS);
}

/* Returns false when it met what is for the whole walk to judge. */
static __always_inline bool climb(struct subject *s, struct object *o, struct dentry *dentry,
				  struct dentry *top)
{
	struct postern_directory_key key = {.policy = s->tag->policy};
	struct postern_rule *rule;
	struct inode *inode;
	__u32 i = 0;

	/* What is mounted here has its name above. */
	if (dentry == top)
		return false;
	do {
		inode = dentry->d_inode;
		if ((o->rights & o->need) != o->need && inode &&
		    may_have_rule(s->policy, inode->i_ino)) {
			key.ino = inode->i_ino;
			key.dev = inode->i_sb->s_dev;
			key.generation = inode->i_generation;
			if (inode_ambiguous(inode->i_sb->s_magic, key.generation))
				inode_tell_apart(inode, inode->i_sb->s_magic, &key.generation);
			rule = bpf_map_lookup_elem(&directories, &key);
			if (rule) {
				if (!is_plain(rule))
					return false;
				o->rights |= rule->rights;
				if (i == 1 && rule->flags & POSTERN_RULE_NAMES) {
					o->names = key;
					if (decide(s->tag, s->policy, o, DECIDE_NAME))
						return false;
				}
			}
		}
		if (dentry == top)
			break;
		dentry = dentry->d_parent;
	} while (++i < CLIMB_LEVELS_MAX);
	o->passed = i < CLIMB_LEVELS_MAX;
	o->at = (__u64)dentry;
	return true;
}

/* As walk(), for a caller that wants the rights alone. path: the object's. */
static __always_inline void climb_and_walk(struct subject *s, struct object *o,
					   const struct path *path)
{
	__u32 step = DECIDE_WALK;

	o->renames = sequence(rename_lock);
	if (climb(s, o, path->dentry, path->mnt->mnt_root))
		step = DECIDE_WALK_ON;
	decide(s->tag, s->policy, o, step);
}

#endif
