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
/* uapi/asm-generic/errno-base.h */
#define EBADF 9

/*
 * Run by the supervisor, in whose table the descriptor is looked up: it has one thread, so that
 * nothing is closed meanwhile. Not an iterator, which would visit all that it has open. Returns 0;
 * -EBADF: no such descriptor, or it is open for more than naming a place.
 */
SEC("syscall")
int postern_identify(struct postern_identity *id)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	__u64 ino = 0;
	__u32 dev = 0, generation = 0;
	struct file *file = NULL;
	struct mount *mount;
	struct inode *inode;

	if (id->fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + id->fd);
	if (!file || !(BPF_CORE_READ(file, f_flags) & O_PATH))
		return -EBADF;
	inode = BPF_CORE_READ(file, f_inode);
	mount = real_mount(BPF_CORE_READ(file, f_path.mnt));
	/* No device: what rules are tied to cannot be told apart there. */
	if (!inode_identify(inode, &ino, &dev, &generation))
		dev = 0;
	id->ino = ino;
	id->dev = dev;
	id->generation = generation;
	id->mode = BPF_CORE_READ(inode, i_mode);
	id->mount = (__u64)mount;
	id->dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
	id->mount_namespace = (__u64)BPF_CORE_READ(mount, mnt_ns);
	return 0;
}
