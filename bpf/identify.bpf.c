/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tells the supervisor what the kernel knows about the objects behind its own descriptors.
 *
 * stat() is no substitute: st_dev is not the super block's device on btrfs, st_ino not the inode's
 * number on overlayfs, and the generation and the mount are not in it at all; a rule tied to the
 * wrong numbers would never match, or match another directory later.
 */
#include "bpf/lib/inode.bpf.h"
#include "bpf/lib/mount.bpf.h"

/* uapi/asm-generic/fcntl.h */
#define O_PATH 010000000

SEC("iter/task_file")
int postern_identify(struct bpf_iter__task_file *ctx)
{
	struct postern_identity id = {};
	struct file *file = ctx->file;
	struct mount *mount;
	struct inode *inode;

	/* Directories are held by O_PATH; most of the supervisor's descriptors are something else.
	 */
	if (!ctx->task || !file || !(file->f_flags & O_PATH))
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	mount = real_mount(BPF_CORE_READ(file, f_path.mnt));
	id.fd = ctx->fd;
	/* No device: what rules are tied to cannot be told apart there. */
	if (!inode_identify(inode, &id.ino, &id.dev, &id.generation))
		id.dev = 0;
	id.mode = BPF_CORE_READ(inode, i_mode);
	id.mount = (__u64)mount;
	id.dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
	id.mount_namespace = (__u64)BPF_CORE_READ(mount, mnt_ns);
	bpf_seq_write(ctx->meta->seq, &id, sizeof(id));
	return 0;
}
