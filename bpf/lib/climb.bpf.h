/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk for hooks that are asked often: the first mount is climbed here, through pointers that
 * the verifier knows and may load from directly, a third of what it costs in walk.bpf.c.
 */
#ifndef POSTERN_BPF_CLIMB_H
#define POSTERN_BPF_CLIMB_H

#include "bpf/lib/decide.bpf.h"
#include "bpf/lib/inode.bpf.h"

/* Deeper than this, and beyond the mount, walk_on() goes on. */
#define CLIMB_LEVELS_MAX 32

static __always_inline void climb(struct subject *s, struct object *o, struct dentry *dentry,
				  struct dentry *top)
{
	struct postern_directory_key key = {.policy = s->tag->policy};
	struct postern_rule *rule;
	struct inode *inode;

	/* What is mounted here has its name above. */
	if (dentry == top)
		walk_name(s->tag, o);
	for (int i = 0; i < CLIMB_LEVELS_MAX; i++) {
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
				o->at = (__u64)dentry;
				walk_pass(s->tag, o, rule, i);
			}
		}
		if (dentry == top) {
			o->passed = 1;
			break;
		}
		dentry = dentry->d_parent;
	}
	o->at = (__u64)dentry;
}

/* As walk(). path: the object's. */
static __always_inline void climb_and_walk(struct subject *s, struct object *o,
					   const struct path *path)
{
	walk_begin(o);
	climb(s, o, path->dentry, path->mnt->mnt_root);
	if (walk_on(s->tag, s->policy, o))
		walk(s, o);
}

#endif
