/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel interfaces that no manifest can open: they would change what paths mean, what is enforced,
 * or the kernel itself, or lead from one entrypoint to another.
 *
 * Hooks: the mount family (sb_mount, sb_umount, sb_remount, sb_kern_mount, sb_pivotroot,
 * move_mount, path_chroot), bpf and its descriptors (bpf, bpf_map, bpf_prog), perf_event_open,
 * loading of modules and other kernel data, kexec's too (kernel_read_file, kernel_load_data; what
 * the kernel asks for itself is in module.bpf.c), io_uring (uring_sqpoll, uring_override_creds,
 * uring_cmd, and uring_allowed where it exists), keys (key_alloc, key_permission), System V memory,
 * semaphores and queues. Open to the policy's capabilities: syslog, which the kernel may leave to
 * everyone, and settime. Without a hook, and closed by capability and seccomp: open_tree, fsopen,
 * fsmount, mount_setattr, setns, unshare, open_by_handle_at.
 */
#include "bpf/lib/refuse.bpf.h"

#define NEVER(hook, operation)                                                                     \
	SEC("lsm/" #hook) int postern_##hook(void *ctx)                                            \
	{                                                                                          \
		return never(SITE(hook, operation));                                               \
	}

NEVER(sb_mount, MOUNT)
NEVER(sb_remount, MOUNT)
NEVER(sb_kern_mount, MOUNT)
NEVER(move_mount, MOUNT)
NEVER(sb_umount, UMOUNT)
NEVER(sb_pivotroot, PIVOT_ROOT)
NEVER(path_chroot, CHROOT)
NEVER(bpf, BPF)
NEVER(bpf_map, BPF)
NEVER(bpf_prog, BPF)
NEVER(perf_event_open, PERF)
NEVER(kernel_read_file, MODULE)
NEVER(kernel_load_data, MODULE)
NEVER(uring_sqpoll, IO_URING)
NEVER(uring_override_creds, IO_URING)
NEVER(uring_cmd, IO_URING)
NEVER(uring_allowed, IO_URING)

/* include/uapi/linux/capability.h */
#define CAP_SYS_TIME 25
#define CAP_SYSLOG   34

SEC("lsm/syslog")
int postern_syslog(void *ctx)
{
	return needs_capability(CAP_SYSLOG, SITE(syslog, SYSLOG));
}

SEC("lsm/settime")
int postern_settime(void *ctx)
{
	return needs_capability(CAP_SYS_TIME, SITE(settime, TIME));
}

NEVER(ipc_permission, IPC)
NEVER(shm_alloc_security, IPC)
NEVER(sem_alloc_security, IPC)
NEVER(msg_queue_alloc_security, IPC)

/* Network file systems look for their own keys on behalf of a task. */
#define NEVER_OF_ITS_OWN(hook, operation)                                                          \
	SEC("lsm/" #hook) int postern_##hook(void *ctx)                                            \
	{                                                                                          \
		return on_other_credentials() ? 0 : never(SITE(hook, operation));                  \
	}

NEVER_OF_ITS_OWN(key_alloc, KEY)
NEVER_OF_ITS_OWN(key_permission, KEY)
