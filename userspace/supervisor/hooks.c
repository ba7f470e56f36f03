/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of hooks. */
#include <bpf/btf.h>
#include <stdio.h>

#include "base/util.h"
#include "supervisor/hooks.h"

const struct hook hooks[] = {
	{"file_open", "open", NULL},
	{"path_mknod", "create, mknod", NULL},
	{"path_unlink", "delete", NULL},
	{"path_rmdir", "rmdir", NULL},
	{"path_mkdir", "mkdir", NULL},
	{"path_symlink", "symlink", NULL},
	{"path_link", "link", NULL},
	{"path_rename", "rename", NULL},
	{"path_truncate", "truncate", NULL},
	{"file_truncate", "truncate",
	 "before 6.2 path_truncate is asked for ftruncate and O_TRUNC too"},
	{"file_fcntl", "open", NULL},
	{"path_notify", "open", NULL},
	{"path_chmod", "chmod", NULL},
	{"path_chown", "chown", NULL},
	{"inode_setattr", "metadata", NULL},
	{"inode_setxattr", "metadata", NULL},
	{"inode_removexattr", "metadata", NULL},
	{"inode_set_acl", "metadata",
	 "before 6.2 inode_setxattr is asked for access control lists too"},
	{"inode_remove_acl", "metadata",
	 "before 6.2 inode_removexattr is asked for access control lists too"},
	{"bprm_check_security", "execute", NULL},
	{"mmap_file", "map", NULL},
	{"file_mprotect", "map", NULL},
	{"file_receive", "receive", NULL},
	{"task_alloc", "fork", NULL},
	{"task_prctl", "the door", NULL},
	{"userns_create", "user namespace", NULL},
	{"ptrace_access_check", "ptrace", NULL},
	{"ptrace_traceme", "ptrace", NULL},
	{"capable", "capability", NULL},
	{"socket_create", "socket", NULL},
	{"unix_stream_connect", "socket", NULL},
	{"unix_may_send", "socket", NULL},
	{"sb_mount", "mount", NULL},
	{"sb_remount", "mount", NULL},
	{"sb_kern_mount", "mount", NULL},
	{"move_mount", "mount", NULL},
	{"sb_umount", "umount", NULL},
	{"sb_pivotroot", "pivot_root", NULL},
	{"path_chroot", "chroot", NULL},
	{"bpf", "bpf", NULL},
	{"bpf_map", "bpf", NULL},
	{"bpf_prog", "bpf", NULL},
	{"perf_event_open", "perf", NULL},
	{"kernel_module_request", "module", NULL},
	{"kernel_read_file", "module", NULL},
	{"kernel_load_data", "module", NULL},
	{"uring_sqpoll", "io_uring", NULL},
	{"uring_override_creds", "io_uring", NULL},
	{"uring_cmd", "io_uring", NULL},
	{"uring_allowed", "io_uring",
	 "the system call filter refuses io_uring_setup on every kernel"},
};

const size_t hooks_len = ARRAY_SIZE(hooks);

bool hook_exists(const struct hook *hook, const struct btf *kernel)
{
	char function[128];

	(void)snprintf(function, sizeof(function), "bpf_lsm_%s", hook->name);
	return btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) > 0;
}
