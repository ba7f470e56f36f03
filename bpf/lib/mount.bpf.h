/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the vfsmount that hooks show to the struct mount around it (fs/mount.h) and back. */
#ifndef POSTERN_BPF_MOUNT_H
#define POSTERN_BPF_MOUNT_H

#include "bpf/lib/kernel.bpf.h"

static __always_inline struct mount *real_mount(struct vfsmount *mnt)
{
	return (struct mount *)((void *)mnt - bpf_core_field_offset(struct mount, mnt));
}

static __always_inline struct vfsmount *mount_vfs(struct mount *mount)
{
	return (struct vfsmount *)((void *)mount + bpf_core_field_offset(struct mount, mnt));
}

#endif
