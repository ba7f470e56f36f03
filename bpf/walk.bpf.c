/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk from an object's dentry up to the context's root, which gathers the rights of the rules
 * that it meets.
 *
 * It counts only when it ends at the context's own root mount. A detached tree, a mount of another
 * namespace, a directory that was renamed out of a bind mount: none of them ends there, so nothing
 * in them is granted. bpf_d_path() is no substitute: it hides all of these behind a short path that
 * looks right.
 *
 * walk() is a global function, which the verifier checks once and not at each call; so the object
 * comes as addresses, and every load through them is one that may fail.
 */
#include "bpf/lib/walk.bpf.h"
#include "bpf/lib/mount.bpf.h"

/* Components and mounts; a longer way ends nowhere, hence is refused. */
#define WALK_STEPS_MAX 4096
/* Mounts stacked on the object itself. */
#define MOUNT_HOPS_MAX 8
/* fs/mount.h: a mount of the kernel's own, such as pipes, memfds and overlay's layers have. */
#define MNT_NS_INTERNAL ((__u64)-EINVAL)

extern const void rename_lock __ksym; /* fs/dcache.c */
extern const void mount_lock __ksym;  /* fs/namespace.c */

struct walk {
	const struct postern_policy *policy;
	struct dentry *dentry;
	struct vfsmount *mnt;
	__u64 id; /* of the policy */
	__u32 rights;
	__u16 end;
	__u16 covered; /* a mount lies on `dentry`: its own rule does not count, the mounted root's
			  did */
};

/* Both locks begin with their seqcount. An odd value says that a change is under way; also what a
 * failed read gives. */
static __always_inline __u32 sequence(const void *lock)
{
	__u32 value = 1;

	bpf_probe_read_kernel(&value, sizeof(value), lock);
	return value;
}

static __always_inline void directory_key(struct postern_directory_key *key, __u64 policy,
					  struct inode *inode)
{
	key->policy = policy;
	key->ino = BPF_CORE_READ(inode, i_ino);
	key->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	key->generation = BPF_CORE_READ(inode, i_generation);
}

static long walk_step(__u32 i, struct walk *w)
{
	struct dentry *dentry = w->dentry, *parent;
	struct vfsmount *mnt = w->mnt;
	struct postern_directory_key key;
	struct postern_rule *rule;
	struct inode *inode;

	if (!w->covered) {
		inode = BPF_CORE_READ(dentry, d_inode);
		if (inode) {
			directory_key(&key, w->id, inode);
			rule = bpf_map_lookup_elem(&directories, &key);
			if (rule)
				w->rights |= rule->rights;
		}
	}
	if (dentry == BPF_CORE_READ(mnt, mnt_root)) {
		struct mount *mount = real_mount(mnt), *above;
		__u64 namespace = (__u64)BPF_CORE_READ(mount, mnt_ns);

		if ((__u64)mount == w->policy->root_mount) {
			if ((__u64)dentry == w->policy->root_dentry &&
			    namespace == w->policy->mount_namespace)
				w->end = WALK_AT_ROOT;
			return 1;
		}
		above = BPF_CORE_READ(mount, mnt_parent);
		if (above == mount) {
			if (namespace == MNT_NS_INTERNAL)
				w->end = WALK_INTERNAL;
			return 1;
		}
		w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		w->mnt = mount_vfs(above);
		w->covered = 1;
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry) {
		/* Pipes and pidfds have no root but themselves. */
		if ((__u64)BPF_CORE_READ(real_mount(mnt), mnt_ns) == MNT_NS_INTERNAL)
			w->end = WALK_INTERNAL;
		return 1;
	}
	w->dentry = parent;
	w->covered = 0;
	return 0;
}

/* Rights of the rule for the object's own name in the directory in which it is seen. Not inlined:
 * with its key it takes more than half of the stack, which the walk's steps need afterwards. */
static __noinline __u32 name_rights(__u64 policy, struct dentry *dentry, struct vfsmount *mnt)
{
	struct postern_name_key key = {};
	struct postern_rule *rule;
	struct inode *directory;

	for (int i = 0; i < MOUNT_HOPS_MAX && dentry == BPF_CORE_READ(mnt, mnt_root); i++) {
		struct mount *mount = real_mount(mnt), *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount)
			return 0;
		dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		mnt = mount_vfs(above);
	}
	directory = BPF_CORE_READ(dentry, d_parent, d_inode);
	if (!directory)
		return 0;
	directory_key(&key.directory, policy, directory);
	rule = bpf_map_lookup_elem(&directories, &key.directory);
	if (!rule || !(rule->flags & POSTERN_RULE_NAMES))
		return 0;
	if (bpf_probe_read_kernel_str(key.name, sizeof(key.name),
				      BPF_CORE_READ(dentry, d_name.name)) < 0)
		return 0;
	rule = bpf_map_lookup_elem(&names, &key);
	return rule ? rule->rights : 0;
}

__noinline __u64 walk(const struct postern_policy *policy, __u64 id,
		      const struct walk_object *object)
{
	__u32 renames = sequence(&rename_lock), mounts = sequence(&mount_lock);
	struct walk w = {.policy = policy, .id = id, .end = WALK_LOST};

	if (!policy || !object)
		return (__u64)WALK_LOST << 32;
	w.dentry = (struct dentry *)object->dentry;
	w.mnt = (struct vfsmount *)object->mnt;
	w.rights = name_rights(id, w.dentry, w.mnt);
	bpf_loop(WALK_STEPS_MAX, walk_step, &w, 0);
	/*
	 * A rename or mount during the walk could let it gather from two places at once, so it
	 * counts only when neither of the kernel's counters moved. Loads are not reordered on
	 * x86-64, and the helper calls keep the compiler from it.
	 */
	if ((renames | mounts) & 1 || renames != sequence(&rename_lock) ||
	    mounts != sequence(&mount_lock))
		return (__u64)WALK_UNSTABLE << 32;
	return (__u64)w.end << 32 | w.rights;
}
