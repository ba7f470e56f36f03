/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What no hook sees, with what closes it; and the kernel's hooks that Postern leaves alone. */
#include "base/util.h"
#include "policy/hooks.h"

const struct unhooked unhooked[] = {
	{"open with O_PATH",
	 "Gives a descriptor that can neither be read nor written. Opening it again through "
	 "/proc/self/fd asks file_open. It cannot be handed on: sendmsg is refused by the filter "
	 "of "
	 "workers without sockets, and control messages by socket_sendmsg. It tells that a name "
	 "exists.",
	 true},
	{"chdir, fchdir",
	 "Change what relative names mean, which no decision reads. They tell that a "
	 "directory exists.",
	 true},
	{"access, faccessat2", "Tell what file permissions allow, and that a name exists.", true},
	{"stat, statx, readlink, getxattr, listxattr of a context without guarded metadata",
	 "Tell what files look like in the directories of the context's root. The hooks are "
	 "attached when a context asks for them.",
	 true},
	{"statfs, fstatfs", "Tell the size and free space of a file system that the root holds.",
	 true},
	{"fsync, syncfs, posix_fadvise, readahead",
	 "Need a descriptor that was opened; they change no content.", false},
	{"read, write, splice, copy_file_range, fallocate, AIO",
	 "Need a descriptor, and a descriptor's rights were decided when it was opened or "
	 "received. What would undo an append (RWF_NOAPPEND, AIO, hole punching) is refused by the "
	 "system call filter.",
	 false},
	{"open_tree, open_tree with OPEN_TREE_CLONE, open_tree_attr",
	 "Capability: needs CAP_SYS_ADMIN over the mount namespace, which belongs to the initial "
	 "user namespace; the filter refuses the call. A detached tree does not end at the "
	 "context's root, so the walk denies what lies in it.",
	 false},
	{"fsopen, fsconfig, fspick, fsmount",
	 "Capability, as open_tree; the filter refuses the calls; a file system that is mounted "
	 "nowhere does not end at the context's root.",
	 false},
	{"mount_setattr", "Capability, as open_tree; the filter refuses the call.", false},
	{"setns", "Capability: CAP_SYS_ADMIN, which no worker has; the filter refuses the call.",
	 false},
	{"unshare, clone with namespace flags",
	 "Capability, as setns; the filter refuses unshare and the flags of clone, and answers "
	 "clone3 with ENOSYS. A user namespace, which needs no capability, asks userns_create.",
	 false},
	{"memfd_create",
	 "Memory of its own. Executing it or mapping it as executable asks bprm_check_security "
	 "and mmap_file, and it lies in no tree, so both are denied.",
	 false},
	{"anonymous executable memory",
	 "mmap and mprotect with PROT_EXEC and no file are allowed: who runs code of his own in a "
	 "worker has it already, and gains no right by it.",
	 true},
	{"name_to_handle_at", "Tells a number. The system call filter refuses it.", false},
	{"open_by_handle_at, with O_PATH too",
	 "Capability: CAP_DAC_READ_SEARCH in the initial user namespace; the filter refuses the "
	 "call. Without O_PATH file_open is asked as well.",
	 false},
	{"pidfd_open, pidfd_send_signal",
	 "A pidfd's signals ask task_kill, its descriptors "
	 "(pidfd_getfd) file_receive and ptrace_access_check.",
	 false},
	{"process_madvise, process_mrelease, kcmp",
	 "Ask ptrace_access_check; the filter refuses them.", false},
	{"userfaultfd", "The system call filter refuses it.", false},
	{"kexec_load, kexec_file_load, reboot",
	 "Capability: CAP_SYS_BOOT, which no manifest can list, so that capable refuses it; the "
	 "filter refuses the calls; kernel_load_data and kernel_read_file are asked.",
	 false},
	{"swapon, swapoff, acct, quotactl",
	 "Capability: CAP_SYS_ADMIN or CAP_SYS_PACCT over the initial user namespace; the filter "
	 "refuses the calls.",
	 false},
	{"ioperm, iopl", "Capability: CAP_SYS_RAWIO; the filter refuses the calls.", false},
	{"sethostname, setdomainname", "Capability: CAP_SYS_ADMIN; the filter refuses the calls.",
	 false},
	{"POSIX message queues",
	 "Files of the ipc namespace's own mqueue file system: its mount is not in the context's "
	 "root, so file_open denies them.",
	 false},
};

const size_t unhooked_len = ARRAY_SIZE(unhooked);

const struct unneeded unneeded[] = {
	{"inode_permission",
	 "Asked with each step of every look-up of every task, and given no "
	 "mount. What a look-up leads to is asked by the hook of the operation."},
	{"file_permission",
	 "Asked with each read and write. A descriptor's rights are decided once, "
	 "when it is opened or received; posternd's helper closes all others."},
	{"inode_create, inode_mkdir, inode_mknod, inode_symlink, inode_link, inode_unlink, "
	 "inode_rmdir, inode_rename",
	 "Given no mount. The path_ hook of the same operation is asked before, with one, by every "
	 "system call."},
	{"inode_follow_link", "What a link leads to is decided where it ends."},
	{"file_post_open", "Asked after file_open, about the same file."},
	{"mmap_backing_file, backing_file_alloc",
	 "The file of a layer below an overlay's file: mmap_file was asked about the merged one."},
	{"bprm_creds_for_exec, bprm_creds_from_file",
	 "Steps of an execve on which bprm_check_security is asked too. no_new_privs takes set-id "
	 "programs their effect."},
	{"inode_file_getattr",
	 "Tells flags of a file that was opened, or by a name what statx tells "
	 "as well."},
	{"unix_find",
	 "Finds the socket of a path. What is found is asked by unix_stream_connect or "
	 "unix_may_send, on every kernel."},
	{"bpf_map_create, bpf_prog_load, bpf_token_create, bpf_token_cmd, bpf_token_capable",
	 "Steps of the bpf system call, which hook bpf refuses whole. A token comes from a bpffs, "
	 "and no context has one."},
	{"fs_context_parse_param, fs_context_dup, sb_set_mnt_opts, sb_clone_mnt_opts",
	 "Steps of making a mount, which cannot begin: fsopen is closed, and sb_mount is refused."},
	{"locked_down", "A question of the lockdown LSM, about the kernel and not about a task."},
	{"capget, capset, task_fix_setuid, task_fix_setgid",
	 "A worker's ids and sets can only change by capabilities, and those ask capable."},
	{"key_getsecurity, inode_getsecurity, getprocattr, setprocattr", "Labels of other LSMs."},
	{"socket_accept, socket_socketpair, socket_recvmsg, socket_getsockopt, socket_getsockname, "
	 "socket_getpeername, socket_shutdown",
	 "What a socket was bound to was decided before; the rest tells or ends what is the task's "
	 "own."},
	{"*_alloc_security, *_free_security, and hooks that return nothing",
	 "They allocate and free what LSMs attach to objects; nothing is decided in them, but for "
	 "those of System V objects, which are in the table."},
};

const size_t unneeded_len = ARRAY_SIZE(unneeded);
