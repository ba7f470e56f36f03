/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What identify.bpf.c tells the supervisor. */
#ifndef POSTERN_BPF_ABI_IDENTITY_H
#define POSTERN_BPF_ABI_IDENTITY_H

/* What identify.bpf.c tells about one descriptor of the supervisor. Addresses identify, and are
 * never followed. */
struct postern_identity {
	__u64 ino;
	__u64 mount; /* struct mount */
	__u64 dentry;
	__u64 mount_namespace;
	__u32 fd;
	__u32 dev;
	__u32 generation;
	__u32 mode;
};
_Static_assert(sizeof(struct postern_identity) == 48, "layout");

#endif
