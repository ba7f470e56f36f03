/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What files look like: attributes, targets of links, extended attributes.
 *
 * Hooks: inode_getattr (stat and its kin), inode_readlink, inode_getxattr, inode_listxattr, and
 * inode_get_acl (before 6.2 inode_getxattr is asked for access control lists). Attached only while
 * a loaded context guards metadata, since they cost every task of the host. An object may be looked
 * at when any rule grants anything on it, or when it is a directory that leads to a rule.
 *
 * Not covered: names that do not exist or may not be searched tell themselves by errno; access(2)
 * and chdir(2), which have no hook but inode_permission.
 */
#include "bpf/lib/decide.bpf.h"

static __always_inline int look(struct dentry *dentry, struct vfsmount *mnt, struct site site)
{
	struct object o = {.dentry = (__u64)dentry, .mnt = (__u64)mnt, .need = POSTERN_RIGHTS_ALL};
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	if (!(s.policy->flags & POSTERN_POLICY_GUARDED) || on_other_credentials())
		return 0;
	walk(&s, &o);
	/* Pipes, sockets, memory: the task holds them already. */
	if (o.end == WALK_INTERNAL || granted(s.tag, &o))
		return 0;
	if (o.leads && arrived(&o))
		return 0;
	return judge(&s, &o, POSTERN_READ, site);
}

SEC("lsm/inode_getattr")
int BPF_PROG(postern_inode_getattr, const struct path *path)
{
	return look(path->dentry, path->mnt, SITE(inode_getattr, STAT));
}

SEC("lsm/inode_readlink")
int BPF_PROG(postern_inode_readlink, struct dentry *dentry)
{
	return look(dentry, NULL, SITE(inode_readlink, READLINK));
}

SEC("lsm/inode_getxattr")
int BPF_PROG(postern_inode_getxattr, struct dentry *dentry)
{
	return look(dentry, NULL, SITE(inode_getxattr, STAT));
}

SEC("lsm/inode_listxattr")
int BPF_PROG(postern_inode_listxattr, struct dentry *dentry)
{
	return look(dentry, NULL, SITE(inode_listxattr, STAT));
}

SEC("lsm/inode_get_acl")
int BPF_PROG(postern_inode_get_acl, void *idmap, struct dentry *dentry)
{
	return look(dentry, NULL, SITE(inode_get_acl, STAT));
}
