/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What tells an inode from all others: its file system's device, its number, its generation, and
 * where these are not enough, more.
 *
 * Rules are tied to it, so two directories that look the same here would share their rules.
 */
#ifndef POSTERN_BPF_INODE_H
#define POSTERN_BPF_INODE_H

#include "bpf/lib/kernel.bpf.h"

/* The module's types, when it is loaded before these programs. */
struct btrfs_key___postern {
	__u64 objectid;
} __attribute__((preserve_access_index));

struct btrfs_root___postern {
	struct btrfs_key___postern root_key;
} __attribute__((preserve_access_index));

struct btrfs_inode___postern {
	struct btrfs_root___postern *root;
	struct inode vfs_inode;
} __attribute__((preserve_access_index));

#define BTRFS_IS_KNOWN bpf_core_type_exists(struct btrfs_inode___postern)

/* Does inode_tell_apart() have something to add? For most file systems this is all it costs. */
static __always_inline bool inode_ambiguous(unsigned long magic, __u32 generation)
{
	return (BTRFS_IS_KNOWN && magic == BTRFS_SUPER_MAGIC) ||
	       (!generation && magic == OVERLAYFS_SUPER_MAGIC);
}

/*
 * On btrfs numbers count anew in each subvolume, and a snapshot's inodes have the numbers and
 * generations of what they are copies of, with one device for all. So the subvolume's number, which
 * is never used again, goes into the generation.
 *
 * Overlayfs has no generations, and takes numbers from its layers as if all of one file system were
 * different. There it is the address: as long as the supervisor has the directory open, its inode
 * stays where it is.
 *
 * Not inlined: the compiler would take what needs btrfs's types out of the loop around it, in front
 * of the question whether they are there.
 */
static __noinline void inode_tell_apart(struct inode *inode, unsigned long magic, __u32 *generation)
{
	/* One variable for all: the walk has little stack left. First the inode's own address, read
	 * so that the verifier lets us reckon with it. */
	__u64 at = 0;

	bpf_probe_read_kernel(&at, sizeof(at), &inode->i_data.host);
	if (magic == OVERLAYFS_SUPER_MAGIC) {
		*generation = at >> 6;
	} else if (BTRFS_IS_KNOWN) {
		at += bpf_core_field_offset(struct btrfs_inode___postern, root);
		at -= bpf_core_field_offset(struct btrfs_inode___postern, vfs_inode);
		bpf_probe_read_kernel(&at, sizeof(at), (const void *)at);
		at += bpf_core_field_offset(struct btrfs_root___postern, root_key) +
		      bpf_core_field_offset(struct btrfs_key___postern, objectid);
		bpf_probe_read_kernel(&at, sizeof(at), (const void *)at);
		/* Odd, so that different subvolumes change the same generation differently. */
		*generation ^= (__u32)at * 2654435761u;
	}
}

/* All of it for one inode. False: it cannot be told from others, so that no rule may be tied to it;
 * then a walk finds none, and need not ask. bcachefs has subvolumes like those of btrfs. */
static __always_inline bool inode_identify(struct inode *inode, __u64 *ret_ino, __u32 *ret_dev,
					   __u32 *ret_generation)
{
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);
	unsigned long magic = BPF_CORE_READ(sb, s_magic);

	*ret_ino = BPF_CORE_READ(inode, i_ino);
	*ret_dev = BPF_CORE_READ(sb, s_dev);
	*ret_generation = BPF_CORE_READ(inode, i_generation);
	if (inode_ambiguous(magic, *ret_generation))
		inode_tell_apart(inode, magic, ret_generation);
	return magic == BTRFS_SUPER_MAGIC ? BTRFS_IS_KNOWN : magic != BCACHEFS_SUPER_MAGIC;
}

#endif
