/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a descriptor is, and whether a signature takes it.
 *
 * By kernel objects alone, and by a list of what is let in, since everything that is none of the
 * four kinds has the mode of a regular file on one kernel or another: namespaces, pidfds, message
 * queues, secret memory, and from 6.16 on whatever is of anon_inodefs (epoll, rings, bpf).
 */
#ifndef POSTERN_BPF_DESCRIPTOR_H
#define POSTERN_BPF_DESCRIPTOR_H

#include "bpf/lib/kernel.bpf.h"

/* include/linux/fs.h */
#define FMODE_PATH	0x4000
#define SB_KERNMOUNT	(1u << 22)
#define FS_REQUIRES_DEV 1

#define S_IFIFO	 0010000
#define S_IFREG	 0100000
#define S_IFSOCK 0140000

/* include/uapi/linux/magic.h; those of cifs and ceph stand in their own headers */
#define SOCKFS_MAGIC	 0x534f434b
#define NFS_SUPER_MAGIC	 0x6969
#define V9FS_MAGIC	 0x01021997
#define SMB2_SUPER_MAGIC 0xfe534d42
#define CIFS_SUPER_MAGIC 0xff534d42
#define CEPH_SUPER_MAGIC 0x00c36400
#define RAMFS_MAGIC	 0x858458f6
#define ZFS_SUPER_MAGIC	 0x2fc12fc1
#define FUSE_SUPER_MAGIC 0x65735546

/* include/uapi/linux/fcntl.h: F_SEAL_SEAL, SHRINK, GROW, WRITE */
#define SEALED 0xf

/* include/net/tcp_states.h: ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT */
#define STATE_ESTABLISHED 1
#define STATES_CONNECTED  (1u << 1 | 1u << 4 | 1u << 5 | 1u << 8)
#define PROTOCOL_TCP	  6
#define STREAM		  1

/*
 * A regular file of a file system that keeps files. On FUSE a read waits for whoever serves it, and
 * cannot be killed then (fs/fuse/dev.c, request_wait_answer); overlays may lie over one, so that
 * only those count that the host made.
 */
static __always_inline bool keeps_files(const struct super_block *sb)
{
	unsigned long magic = BPF_CORE_READ(sb, s_magic);

	if (BPF_CORE_READ(sb, s_flags) & SB_KERNMOUNT || magic == FUSE_SUPER_MAGIC)
		return false;
	if (magic == TMPFS_MAGIC)
		return true;
	if (BPF_CORE_READ(sb, s_user_ns, level) != 0)
		return false;
	switch (magic) {
	case OVERLAYFS_SUPER_MAGIC:
	case NFS_SUPER_MAGIC:
	case V9FS_MAGIC:
	case SMB2_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case CEPH_SUPER_MAGIC:
	case RAMFS_MAGIC:
	case ZFS_SUPER_MAGIC:
		return true;
	default:
		return BPF_CORE_READ(sb, s_type, fs_flags) & FS_REQUIRES_DEV;
	}
}

/*
 * A memfd: in the kernel's own tmpfs, by the name that memfd_create() gives (mm/memfd.c; names
 * there begin with the kernel's words for what they are). Returns its seals, or -1.
 */
static __always_inline int memfd_seals(struct file *file, const struct inode *inode,
				       const struct super_block *sb)
{
	const struct shmem_inode_info *info;
	const unsigned char *name;
	char start[6] = {};

	if (BPF_CORE_READ(sb, s_magic) != TMPFS_MAGIC ||
	    !(BPF_CORE_READ(sb, s_flags) & SB_KERNMOUNT))
		return -1;
	name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	if (bpf_probe_read_kernel(start, sizeof(start), name) < 0 || start[0] != 'm' ||
	    start[1] != 'e' || start[2] != 'm' || start[3] != 'f' || start[4] != 'd' ||
	    start[5] != ':')
		return -1;
	info = (const void *)inode - bpf_core_field_offset(struct shmem_inode_info, vfs_inode);
	return (int)(BPF_CORE_READ(info, seals) & SEALED);
}

static __always_inline bool stream_connected(const struct file *file)
{
	const struct socket *socket = BPF_CORE_READ(file, private_data);
	const struct sock *sk = BPF_CORE_READ(socket, sk);
	unsigned state = BPF_CORE_READ(sk, __sk_common.skc_state);

	if (!sk || BPF_CORE_READ(socket, type) != STREAM)
		return false;
	switch (BPF_CORE_READ(sk, __sk_common.skc_family)) {
	case AF_UNIX:
		return state == STATE_ESTABLISHED;
	case AF_INET:
	case AF_INET6:
		return BPF_CORE_READ(sk, sk_protocol) == PROTOCOL_TCP && state < 32 &&
		       STATES_CONNECTED >> state & 1;
	default:
		return false;
	}
}

/*
 * Is it among what these bits stand for (POSTERN_DESCRIPTOR())? A file or pipe is open for exactly
 * what the bit says. A memfd is always open for both, so that one to be read has to be sealed; a
 * socket is, too, and its bits say the same.
 */
static __always_inline bool descriptor_fits(struct file *file, __u32 bits)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	const struct super_block *sb = BPF_CORE_READ(inode, i_sb);
	__u32 f_mode = (__u32)BPF_CORE_READ(file, f_mode);
	__u32 mode = f_mode & (FMODE_READ | FMODE_WRITE);
	int seals;

	if (f_mode & FMODE_PATH || !mode)
		return false;
	switch (BPF_CORE_READ(inode, i_mode) & S_IFMT) {
	case S_IFIFO:
		return bits & POSTERN_DESCRIPTOR(POSTERN_DESCRIPTOR_PIPE, mode);
	case S_IFSOCK:
		return bits & POSTERN_DESCRIPTOR_ANY_MODE(POSTERN_DESCRIPTOR_SOCKET) &&
		       BPF_CORE_READ(sb, s_magic) == SOCKFS_MAGIC && stream_connected(file);
	case S_IFREG:
		seals = memfd_seals(file, inode, sb);
		if (seals < 0)
			return bits & POSTERN_DESCRIPTOR(POSTERN_DESCRIPTOR_FILE, mode) &&
			       keeps_files(sb);
		if (seals == SEALED && mode & FMODE_READ &&
		    bits & POSTERN_DESCRIPTOR(POSTERN_DESCRIPTOR_MEMFD, FMODE_READ))
			return true;
		bits &= POSTERN_DESCRIPTOR_ANY_MODE(POSTERN_DESCRIPTOR_MEMFD) &
			~POSTERN_DESCRIPTOR(POSTERN_DESCRIPTOR_MEMFD, FMODE_READ);
		return bits && mode == (FMODE_READ | FMODE_WRITE);
	default:
		return false;
	}
}

#endif
