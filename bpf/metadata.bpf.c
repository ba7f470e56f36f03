/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Metadata that is changed past path_chmod and path_chown: times, extended attributes, access
 * control lists. A list of owner, group and others alone is a mode, so without this chmod would
 * have a second name.
 *
 * Hooks: inode_setxattr and inode_removexattr (before 6.2 for access control lists too),
 * inode_set_acl and inode_remove_acl (from 6.2 on), inode_setattr (times; mode, owner and size were
 * decided by their path hooks).
 *
 * These hooks are given no mount, so the walk ends at the root of the file system, and a rule
 * counts where it lies in the object's own file system: a rule above a mount point grants nothing
 * below it here. Where the object is seen does not matter to it: a rule is tied to a directory's
 * inode, and the object lies in that directory.
 */
#include "bpf/lib/decide.bpf.h"

/* include/linux/fs.h */
#define ATTR_MODE  (1 << 0)
#define ATTR_UID   (1 << 1)
#define ATTR_GID   (1 << 2)
#define ATTR_SIZE  (1 << 3)
#define ATTR_ATIME (1 << 4)
#define ATTR_MTIME (1 << 5)

static __always_inline int change_metadata(struct dentry *dentry, struct site site)
{
	if (on_other_credentials())
		return 0;
	return check(dentry, NULL, POSTERN_METADATA, site);
}

/* As a set-id bit does, this gives the host's users what the context has. */
static __always_inline bool is_file_capability(const char *name)
{
	static const char capability[] = "security.capability";
	char read[sizeof(capability)] = {};

	bpf_probe_read_kernel_str(read, sizeof(read), name);
	for (unsigned long i = 0; i < sizeof(capability); i++)
		if (read[i] != capability[i])
			return false;
	return true;
}

SEC("lsm/inode_setxattr")
int BPF_PROG(postern_inode_setxattr, void *idmap, struct dentry *dentry, const char *name)
{
	struct object o = {.dentry = (__u64)dentry, .need = POSTERN_METADATA};
	struct site site = SITE(inode_setxattr, METADATA);
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	if (is_file_capability(name))
		return refuse_never(&s, site);
	if (on_other_credentials())
		return 0;
	walk(&s, &o);
	return judge(&s, &o, POSTERN_METADATA, site);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(postern_inode_removexattr, void *idmap, struct dentry *dentry)
{
	return change_metadata(dentry, SITE(inode_removexattr, METADATA));
}

/* The flags of chattr; before 6.17 an ioctl alone. */
SEC("lsm/inode_file_setattr")
int BPF_PROG(postern_inode_file_setattr, struct dentry *dentry)
{
	return change_metadata(dentry, SITE(inode_file_setattr, METADATA));
}

SEC("lsm/inode_set_acl")
int BPF_PROG(postern_inode_set_acl, void *idmap, struct dentry *dentry)
{
	return change_metadata(dentry, SITE(inode_set_acl, METADATA));
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(postern_inode_remove_acl, void *idmap, struct dentry *dentry)
{
	return change_metadata(dentry, SITE(inode_remove_acl, METADATA));
}

/* One of the hook's arguments. In assembly, or the compiler would join the branches below to one
 * load at an offset from the context that the verifier cannot allow. */
#define HOOK_ARGUMENT(ctx, i)                                                                      \
	({                                                                                         \
		__u64 value_;                                                                      \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value_) : "r"(ctx), "i"((i)*8));      \
		value_;                                                                            \
	})

/* 6.1 does not give it the mapping of ids that comes first later; it has not got that structure
 * either. */
SEC("lsm/inode_setattr")
int postern_inode_setattr(void *ctx)
{
	struct iattr *attributes;
	struct dentry *dentry;
	__u32 valid;

	if (bpf_core_type_exists(struct mnt_idmap)) {
		dentry = (struct dentry *)HOOK_ARGUMENT(ctx, 1);
		attributes = (struct iattr *)HOOK_ARGUMENT(ctx, 2);
	} else {
		dentry = (struct dentry *)HOOK_ARGUMENT(ctx, 0);
		attributes = (struct iattr *)HOOK_ARGUMENT(ctx, 1);
	}
	valid = attributes->ia_valid;
	if (valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_SIZE) ||
	    !(valid & (ATTR_ATIME | ATTR_MTIME)))
		return 0;
	return change_metadata(dentry, SITE(inode_setattr, METADATA));
}
