/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of hooks. */
#include <bpf/btf.h>
#include <stdio.h>

#include "base/util.h"
#include "supervisor/hooks.h"

const struct hook hooks[] = {
	{"file_open", "open", NULL, false},
	{"path_mknod", "create, mknod", NULL, false},
	{"path_unlink", "delete", NULL, false},
	{"path_rmdir", "rmdir", NULL, false},
	{"path_mkdir", "mkdir", NULL, false},
	{"path_symlink", "symlink", NULL, false},
	{"path_link", "link", NULL, false},
	{"path_rename", "rename", NULL, false},
	{"path_truncate", "truncate", NULL, false},
	{"file_truncate", "truncate",
	 "before 6.2 path_truncate is asked for ftruncate and O_TRUNC too", false},
	{"file_fcntl", "open", NULL, false},
	{"path_notify", "open", NULL, false},
	{"path_chmod", "chmod", NULL, false},
	{"path_chown", "chown", NULL, false},
	{"inode_setattr", "metadata", NULL, false},
	{"inode_setxattr", "metadata", NULL, false},
	{"inode_removexattr", "metadata", NULL, false},
	{"inode_set_acl", "metadata",
	 "before 6.2 inode_setxattr is asked for access control lists too", false},
	{"inode_remove_acl", "metadata",
	 "before 6.2 inode_removexattr is asked for access control lists too", false},
	{"bprm_check_security", "execute", NULL, false},
	{"mmap_file", "map", NULL, false},
	{"file_mprotect", "map", NULL, false},
	{"file_receive", "receive", NULL, false},
	{"task_alloc", "fork", NULL, false},
	{"task_prctl", "the door", NULL, false},
	{"userns_create", "user namespace", NULL, false},
	{"ptrace_access_check", "ptrace", NULL, false},
	{"ptrace_traceme", "ptrace", NULL, false},
	{"capable", "capability", NULL, false},
	{"socket_create", "socket", NULL, false},
	{"unix_stream_connect", "socket", NULL, false},
	{"unix_may_send", "socket", NULL, false},
	{"sb_mount", "mount", NULL, false},
	{"sb_remount", "mount", NULL, false},
	{"sb_kern_mount", "mount", NULL, false},
	{"move_mount", "mount", NULL, false},
	{"sb_umount", "umount", NULL, false},
	{"sb_pivotroot", "pivot_root", NULL, false},
	{"path_chroot", "chroot", NULL, false},
	{"bpf", "bpf", NULL, false},
	{"bpf_map", "bpf", NULL, false},
	{"bpf_prog", "bpf", NULL, false},
	{"perf_event_open", "perf", NULL, false},
	{"kernel_module_request", "module", NULL, false},
	{"kernel_read_file", "module", NULL, false},
	{"kernel_load_data", "module", NULL, false},
	{"uring_sqpoll", "io_uring", NULL, false},
	{"uring_override_creds", "io_uring", NULL, false},
	{"uring_cmd", "io_uring", NULL, false},
	{"file_lock", "lock", NULL, false},
	{"file_ioctl", "ioctl", NULL, false},
	{"file_ioctl_compat", "ioctl", NULL, false},
	{"task_kill", "signal", NULL, false},
	{"task_prlimit", "process", NULL, false},
	{"task_setnice", "process", NULL, false},
	{"task_setioprio", "process", NULL, false},
	{"task_setscheduler", "process", NULL, false},
	{"task_movememory", "process", NULL, false},
	{"key_alloc", "key", NULL, false},
	{"key_permission", "key", NULL, false},
	{"ipc_permission", "ipc", NULL, false},
	{"shm_alloc_security", "ipc", NULL, false},
	{"sem_alloc_security", "ipc", NULL, false},
	{"msg_queue_alloc_security", "ipc", NULL, false},
	{"syslog", "syslog", NULL, false},
	{"settime", "time", NULL, false},
	{"inode_file_setattr", "metadata", "before 6.17 the flags of a file are set by ioctl alone",
	 false},
	{"inode_getattr", "stat", NULL, true},
	{"inode_readlink", "readlink", NULL, true},
	{"inode_getxattr", "stat", NULL, true},
	{"inode_listxattr", "stat", NULL, true},
	{"inode_get_acl", "stat", "before 6.2 inode_getxattr is asked for access control lists too",
	 true},
	{"uring_allowed", "io_uring",
	 "the system call filter refuses io_uring_setup on every kernel", false},
};

const size_t hooks_len = ARRAY_SIZE(hooks);

bool hook_exists(const struct hook *hook, const struct btf *kernel)
{
	char function[128];

	(void)snprintf(function, sizeof(function), "bpf_lsm_%s", hook->name);
	return btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) > 0;
}
