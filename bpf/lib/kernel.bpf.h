/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every program includes: kernel types, libbpf's macros, and the kernel constants that BTF
 * does not carry. */
#ifndef POSTERN_BPF_KERNEL_H
#define POSTERN_BPF_KERNEL_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/abi.h"

#define EPERM  1
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EINVAL 22

/* include/linux/fs.h, include/uapi/asm-generic/fcntl.h */
#define FMODE_READ    0x1
#define FMODE_WRITE   0x2
#define FMODE_EXEC    0x20
#define F_SETFL	      4
#define O_TRUNC	      01000
#define O_APPEND      02000
#define O_TMPFILE_BIT 020000000

/* include/uapi/linux/stat.h */
#define S_IFMT	0170000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFBLK 0060000
#define S_ISUID 0004000
#define S_ISGID 0002000

/* include/linux/kdev_t.h */
#define MINOR_BITS 20

#define PROT_WRITE 0x2
#define PROT_EXEC  0x4
#define MAP_SHARED 0x1
/* include/linux/mm.h */
#define VM_SHARED 0x8

/* include/uapi/linux/magic.h */
#define PIPEFS_MAGIC	      0x50495045
#define TMPFS_MAGIC	      0x01021994
#define PID_FS_MAGIC	      0x50494446
#define ANON_INODE_FS_MAGIC   0x09041934
#define BTRFS_SUPER_MAGIC     0x9123683e
#define BCACHEFS_SUPER_MAGIC  0xca451a4e
#define OVERLAYFS_SUPER_MAGIC 0x794c7630

/* include/uapi/linux/sched.h */
#define CLONE_VM     0x00000100
#define CLONE_VFORK  0x00004000
#define CLONE_THREAD 0x00010000

/* include/uapi/linux/capability.h */
#define CAP_SYS_ADMIN 21

/* include/linux/socket.h */
#define AF_UNIX	   1
#define AF_INET	   2
#define AF_INET6   10
#define AF_NETLINK 16
#define AF_PACKET  17

#endif
