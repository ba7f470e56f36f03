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
 * The walk's parts are global functions, which the verifier checks once and not at each call; so
 * the object comes as addresses, and every load through them is one that may fail. The hot hooks
 * climb the first mount themselves, through pointers that the verifier knows (lib/climb.bpf.h).
 */
#include "bpf/decision/match.bpf.h"
#include "bpf/lib/inode.bpf.h"
#include "bpf/lib/load.bpf.h"
#include "bpf/lib/mount.bpf.h"

/* Components and mounts; a longer way ends nowhere, hence is refused. */
#define WALK_STEPS_MAX 4096
/* Mounts stacked on the object itself. */
#define MOUNT_HOPS_MAX 8
/* fs/mount.h: a mount of the kernel's own, such as pipes, memfds and overlay's layers have. */
#define MNT_NS_INTERNAL ((__u64)-EINVAL)

__noinline int walk_begin(struct object *o)
{
	if (!o)
		return 1;
	o->at = o->dentry;
	o->passed = 0;
	o->rights = 0;
	o->ioctls_len = 0;
	o->bases_len = 0;
	o->leads = 0;
	o->end = WALK_LOST;
	o->renames = sequence(rename_lock);
	return 0;
}

static __always_inline void directory_key(struct postern_directory_key *key, __u64 policy,
					  struct inode *inode)
{
	struct super_block *sb = LOAD(inode, inode, i_sb);
	unsigned long magic = LOAD(super_block, sb, s_magic);

	key->policy = policy;
	key->ino = LOAD(inode, inode, i_ino);
	key->dev = LOAD(super_block, sb, s_dev);
	key->generation = LOAD(inode, inode, i_generation);
	if (inode_ambiguous(magic, key->generation))
		inode_tell_apart(inode, magic, &key->generation);
}

__noinline int walk_key(struct postern_directory_key *key, __u64 policy, __u64 dentry)
{
	struct inode *inode = LOAD(dentry, dentry, d_inode);

	if (key)
		directory_key(key, policy, inode);
	return 0;
}

/* Does a rule's demand on a device node hold for the object? */
static __always_inline bool device_fits(const struct postern_rule *rule, struct dentry *dentry)
{
	__u32 type = BPF_CORE_READ(dentry, d_inode, i_mode) & S_IFMT;
	__u32 device = BPF_CORE_READ(dentry, d_inode, i_rdev), wanted = rule->device;

	if (type != (wanted & POSTERN_DEVICE_CHAR ? S_IFCHR : S_IFBLK))
		return false;
	return !(wanted & POSTERN_DEVICE_MAJOR) ||
	       device >> MINOR_BITS == (wanted & POSTERN_DEVICE_MAJOR_MASK);
}

__noinline int walk_grant(struct object *o, const struct postern_rule *rule)
{
	__u32 n;

	if (!o || !rule || (rule->device && !device_fits(rule, (struct dentry *)o->dentry)))
		return 0;
	o->rights |= rule->rights;
	n = o->ioctls_len;
	if (rule->ioctls && n < WALK_IOCTLS) {
		o->ioctls[n] = rule->ioctls;
		o->ioctls_len = n + 1;
	}
	return 0;
}

__noinline int walk_pass(const struct postern_tag *tag, struct object *o,
			 const struct postern_rule *rule, __u32 level)
{
	__u32 n;

	if (!o || !rule)
		return 0;
	walk_grant(o, rule);
	if (level == 1 && rule->flags & POSTERN_RULE_NAMES)
		walk_name(tag, o);
	n = o->bases_len;
	if (rule->flags & POSTERN_RULE_PATTERNS && n < WALK_BASES) {
		o->bases[n] = o->at;
		o->bases_len = n + 1;
	}
	if (rule->flags & POSTERN_RULE_LEADS && level == 0)
		o->leads = 1;
	return 0;
}

/* Where a mount is mounted, and its root: what struct mount has next to each other, so that one
 * load that may fail gives all. Zeros when it fails, which no dentry on the walk is. */
struct place {
	__u64 parent; /* struct mount above */
	__u64 mountpoint;
	__u64 root;
};

#define MOUNT_OFFSET(member) bpf_core_field_offset(struct mount, member)

static __always_inline void look_at_mount(struct place *place, struct mount *mount)
{
	if (!direct_loads && MOUNT_OFFSET(mnt_mountpoint) == MOUNT_OFFSET(mnt_parent) + 8 &&
	    MOUNT_OFFSET(mnt.mnt_root) == MOUNT_OFFSET(mnt_parent) + 16) {
		bpf_probe_read_kernel(place, sizeof(*place),
				      (void *)mount + MOUNT_OFFSET(mnt_parent));
		return;
	}
	place->parent = (__u64)LOAD(mount, mount, mnt_parent);
	place->mountpoint = (__u64)LOAD(mount, mount, mnt_mountpoint);
	place->root = (__u64)LOAD(mount, mount, mnt.mnt_root);
}

struct walk {
	const struct postern_tag *tag;
	const struct postern_policy *policy;
	struct object *object;
	struct dentry *dentry;
	struct mount *mount; /* NULL: none was given */
	struct place place;  /* of mount; of the first its root alone, until it is left */
	__u64 id;	     /* of the policy */
	__u32 mounts;	     /* the kernel's counter when the first mount was left */
	__u32 left;	     /* one was */
	__u32 covered; /* a mount lies on `dentry`: its own rule does not count, the mounted root's
			  did */
};

static __always_inline void pass(struct walk *w)
{
	struct object *o = w->object;
	struct postern_directory_key key;
	struct postern_rule *rule;
	struct inode *inode;
	struct dentry *dentry = w->dentry;

	if (w->covered || (o->rights & o->need) == o->need)
		return;
	inode = LOAD(dentry, dentry, d_inode);
	if (!inode || !may_have_rule(w->policy, LOAD(inode, inode, i_ino)))
		return;
	directory_key(&key, w->id, inode);
	rule = bpf_map_lookup_elem(&directories, &key);
	if (rule) {
		o->at = (__u64)dentry;
		walk_pass(w->tag, o, rule, o->at == o->dentry ? 0 : 2);
	}
}

static __always_inline __u64 namespace_of(struct mount *mount)
{
	return (__u64)LOAD(mount, mount, mnt_ns);
}

/* Has the walk come to the context's root, from which it goes no further? */
static __always_inline bool at_root_mount(struct walk *w)
{
	if ((__u64)w->mount != w->policy->root_mount)
		return false;
	if ((__u64)w->dentry == w->policy->root_dentry &&
	    namespace_of(w->mount) == w->policy->mount_namespace)
		w->object->end = WALK_AT_ROOT;
	return true;
}

/* From the root of a mount to the place where it is mounted. */
static __always_inline long leave_mount(struct walk *w)
{
	struct mount *mount = w->mount;

	if (at_root_mount(w))
		return 1;
	if (!w->left) {
		w->left = 1;
		w->mounts = sequence(mount_lock);
		look_at_mount(&w->place, mount);
	}
	if (w->place.parent == (__u64)mount) {
		if (namespace_of(mount) == MNT_NS_INTERNAL)
			w->object->end = WALK_INTERNAL;
		return 1;
	}
	w->dentry = (struct dentry *)w->place.mountpoint;
	w->mount = (struct mount *)w->place.parent;
	look_at_mount(&w->place, w->mount);
	w->covered = 1;
	return 0;
}

static long walk_step(__u32 i, struct walk *w)
{
	struct dentry *dentry = w->dentry, *parent;
	struct mount *mount = w->mount;

	pass(w);
	if (mount && (__u64)dentry == w->place.root)
		return leave_mount(w);
	parent = LOAD(dentry, dentry, d_parent);
	if (parent == dentry) {
		if (!mount)
			w->object->end = WALK_AT_TOP;
		/* Pipes and pidfds have no root but themselves. */
		else if (namespace_of(mount) == MNT_NS_INTERNAL)
			w->object->end = WALK_INTERNAL;
		return 1;
	}
	w->dentry = parent;
	w->covered = 0;
	return 0;
}

/* Adds what the rule on one name in one directory grants. seen: has the name. */
static __always_inline int grant_name(struct object *o, const struct postern_directory_key *key,
				      struct dentry *seen)
{
	struct postern_scratch *scratch = task_scratch();
	struct postern_rule *rule;

	if (!scratch)
		return 0;
	__builtin_memset(&scratch->name, 0, sizeof(scratch->name));
	scratch->name.directory = *key;
	if (bpf_probe_read_kernel_str(scratch->name.name, sizeof(scratch->name.name),
				      BPF_CORE_READ(seen, d_name.name)) < 0)
		return 0;
	rule = bpf_map_lookup_elem(&names, &scratch->name);
	if (rule)
		walk_grant(o, rule);
	return 0;
}

__noinline int walk_name_in(struct object *o)
{
	return o ? grant_name(o, &o->names, (struct dentry *)o->dentry) : 1;
}

__noinline int walk_name(const struct postern_tag *tag, struct object *o)
{
	struct postern_directory_key key;
	struct dentry *dentry, *parent;
	struct vfsmount *mnt;
	struct postern_rule *rule;
	struct inode *directory;

	if (!tag || !o)
		return 1;
	dentry = (struct dentry *)o->dentry;
	mnt = (struct vfsmount *)o->mnt;
	for (int i = 0; i < MOUNT_HOPS_MAX && mnt && dentry == LOAD(vfsmount, mnt, mnt_root); i++) {
		struct mount *mount = real_mount(mnt), *above = LOAD(mount, mount, mnt_parent);

		if (above == mount)
			return 0;
		dentry = LOAD(mount, mount, mnt_mountpoint);
		mnt = mount_vfs(above);
	}
	parent = LOAD(dentry, dentry, d_parent);
	directory = LOAD(dentry, parent, d_inode);
	if (!directory)
		return 0;
	directory_key(&key, tag->policy, directory);
	rule = bpf_map_lookup_elem(&directories, &key);
	if (!rule || !(rule->flags & POSTERN_RULE_NAMES))
		return 0;
	return grant_name(o, &key, dentry);
}

/*
 * A rename or mount during the walk could let it gather from two places at once, so it counts only
 * when neither of the kernel's counters moved: that of renames from the beginning, that of mounts
 * since the first was left, for what happens above a mount while the walk is still below changes
 * nothing there. Loads are not reordered on x86-64, and the helper calls keep the compiler from it.
 */
static __always_inline bool is_spoiled(const struct walk *w)
{
	const struct object *o = w->object;

	if (o->renames & 1 || o->renames != sequence(rename_lock))
		return true;
	return w->left && (w->mounts & 1 || w->mounts != sequence(mount_lock));
}

__noinline int walk_on(const struct postern_tag *tag, const struct postern_policy *policy,
		       struct object *o)
{
	struct walk w = {.tag = tag, .policy = policy, .object = o};

	if (!tag || !policy || !o)
		return 0;
	w.id = tag->policy;
	w.dentry = (struct dentry *)o->at;
	if (o->mnt)
		w.mount = real_mount((struct vfsmount *)o->mnt);
	w.covered = o->passed;
	if (!o->passed && w.mount)
		w.place.root = (__u64)LOAD(mount, w.mount, mnt.mnt_root);
	if (!o->passed || !leave_mount(&w))
		bpf_loop(WALK_STEPS_MAX, walk_step, &w, 0);
	for (int i = 0; i < WALK_BASES; i++)
		if (i < o->bases_len && (o->rights & o->need) != o->need)
			match(tag, o, i);
	return is_spoiled(&w);
}
