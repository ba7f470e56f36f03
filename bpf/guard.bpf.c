/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel interfaces that no manifest can open: they would change what paths mean, what is enforced,
 * or the kernel itself.
 *
 * Hooks: the mount family (sb_mount, sb_umount, sb_remount, sb_kern_mount, sb_pivotroot,
 * move_mount, path_chroot), bpf and its descriptors (bpf, bpf_map, bpf_prog), perf_event_open,
 * loading of modules and other kernel data (kernel_module_request, kernel_read_file,
 * kernel_load_data), io_uring (uring_sqpoll, uring_override_creds, uring_cmd, and uring_allowed
 * where it exists). Without a hook, and closed by capability and seccomp: open_tree, fsopen,
 * fsmount, mount_setattr, setns, unshare, open_by_handle_at.
 */
#include "bpf/lib/refuse.bpf.h"

#define NEVER(hook, operation)                                                                     \
	SEC("lsm/" #hook) int postern_##hook(void *ctx)                                            \
	{                                                                                          \
		return never(operation);                                                           \
	}

NEVER(sb_mount, POSTERN_OP_MOUNT)
NEVER(sb_remount, POSTERN_OP_MOUNT)
NEVER(sb_kern_mount, POSTERN_OP_MOUNT)
NEVER(move_mount, POSTERN_OP_MOUNT)
NEVER(sb_umount, POSTERN_OP_UMOUNT)
NEVER(sb_pivotroot, POSTERN_OP_PIVOT_ROOT)
NEVER(path_chroot, POSTERN_OP_CHROOT)
NEVER(bpf, POSTERN_OP_BPF)
NEVER(bpf_map, POSTERN_OP_BPF)
NEVER(bpf_prog, POSTERN_OP_BPF)
NEVER(perf_event_open, POSTERN_OP_PERF)
NEVER(kernel_module_request, POSTERN_OP_MODULE)
NEVER(kernel_read_file, POSTERN_OP_MODULE)
NEVER(kernel_load_data, POSTERN_OP_MODULE)
NEVER(uring_sqpoll, POSTERN_OP_IO_URING)
NEVER(uring_override_creds, POSTERN_OP_IO_URING)
NEVER(uring_cmd, POSTERN_OP_IO_URING)
NEVER(uring_allowed, POSTERN_OP_IO_URING)
