/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of hooks. */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "policy/hooks.h"
#include "policy/host_look.h"

#define HOOK(hook) .number = POSTERN_HOOK_##hook, .name = #hook
#define IDMAP                                                                                      \
	"6.1 gives a user namespace where later kernels give a struct mnt_idmap; the place is "    \
	"the same"

const struct hook hooks[] = {
	{HOOK(file_open),
	 .guards = "open in every mode but O_PATH: O_CREAT, O_TRUNC and O_TMPFILE too, reopening "
		   "through /proc/self/fd, the open of a program by execve",
	 .asks = "read, write, append, list or execute, as it is opened"},
	{HOOK(path_mknod),
	 .guards = "open(O_CREAT) of a new name, mknod, bind of a unix socket to a path",
	 .asks = "create; never for device nodes and set-id files"},
	{HOOK(path_unlink), .guards = "unlink", .asks = "delete"},
	{HOOK(path_rmdir), .guards = "rmdir", .asks = "delete"},
	{HOOK(path_mkdir), .guards = "mkdir", .asks = "create"},
	{HOOK(path_symlink), .guards = "symlink", .asks = "create"},
	{HOOK(path_link),
	 .guards = "link: the old and the new name; /proc/self/fd and O_TMPFILE files too",
	 .asks = "link and create; the object may gain no right by its new name"},
	{HOOK(path_rename),
	 .guards = "rename, with both ends of RENAME_EXCHANGE, and RENAME_WHITEOUT",
	 .asks = "delete and create; the object may gain no right by its new name"},
	{HOOK(path_truncate), .guards = "truncate by path; before 6.2 ftruncate and O_TRUNC too",
	 .asks = "write"},
	{HOOK(file_truncate), .guards = "ftruncate, O_TRUNC", .asks = "write",
	 .since = HOOKS_SINCE(6, 2), .absent = "path_truncate is asked for ftruncate and O_TRUNC"},
	{HOOK(file_fcntl),
	 .guards = "taking O_APPEND off a descriptor; asking for signals about it (F_SETOWN, "
		   "F_SETSIG)",
	 .asks = "write; signals never"},
	{HOOK(file_lock), .guards = "flock, fcntl locks and leases",
	 .asks = "lock; on its own memory, pipes and sockets always"},
	{HOOK(file_ioctl), .guards = "ioctl",
	 .asks = "ioctl, with the command in the rule's list; on sockets a command of "
		 "`socket_ioctls`; a few harmless commands always"},
	{HOOK(file_ioctl_compat), .guards = "ioctl of 32-bit programs and by int 0x80",
	 .asks = "as file_ioctl", .since = HOOKS_SINCE(6, 8),
	 .absent = "file_ioctl is asked for 32-bit ones (stable kernels carry it earlier)"},
	{HOOK(path_notify), .guards = "inotify, fanotify and dnotify",
	 .asks = "list on a directory, read on anything else"},
	{HOOK(path_chmod), .guards = "chmod", .asks = "metadata; set-id bits on files never"},
	{HOOK(path_chown), .guards = "chown", .asks = "metadata"},
	{HOOK(inode_setattr), .guards = "setting of times", .asks = "metadata",
	 .variant = "6.1 has no first argument struct mnt_idmap, which moves the others by one: "
		    "told by whether BTF has that type"},
	{HOOK(inode_setxattr),
	 .guards = "setting of extended attributes; before 6.2 of access control lists",
	 .asks = "metadata", .variant = IDMAP},
	{HOOK(inode_removexattr),
	 .guards = "removing of extended attributes; before 6.2 of access control lists",
	 .asks = "metadata", .variant = IDMAP},
	{HOOK(inode_set_acl), .guards = "setting of access control lists", .asks = "metadata",
	 .since = HOOKS_SINCE(6, 2), .absent = "inode_setxattr is asked for access control lists"},
	{HOOK(inode_remove_acl), .guards = "removing of access control lists", .asks = "metadata",
	 .since = HOOKS_SINCE(6, 2),
	 .absent = "inode_removexattr is asked for access control lists"},
	{HOOK(inode_file_setattr), .guards = "file_setattr and the ioctls that set a file's flags",
	 .asks = "metadata", .since = HOOKS_SINCE(6, 17),
	 .absent = "the system call does not exist, and file_ioctl is asked for the ioctls"},
	{HOOK(inode_getattr), .guards = "stat, statx",
	 .asks = "any right on the object, or a rule somewhere below it", .when = HOOK_GUARDED},
	{HOOK(inode_readlink), .guards = "readlink", .asks = "as inode_getattr",
	 .when = HOOK_GUARDED},
	{HOOK(inode_getxattr),
	 .guards = "reading of extended attributes; before 6.2 of access control lists",
	 .asks = "as inode_getattr", .when = HOOK_GUARDED},
	{HOOK(inode_listxattr), .guards = "listing of extended attributes",
	 .asks = "as inode_getattr", .when = HOOK_GUARDED},
	{HOOK(inode_get_acl), .guards = "reading of access control lists",
	 .asks = "as inode_getattr", .since = HOOKS_SINCE(6, 2),
	 .absent = "inode_getxattr is asked for access control lists", .when = HOOK_GUARDED},
	{HOOK(bprm_check_security), .guards = "execve of a program and of each interpreter",
	 .asks = "execute"},
	{HOOK(mmap_file),
	 .guards = "mapping of a file as executable (as ld.so does); shared and writable mapping "
		   "of a file that was opened for appending; mapping of record pages",
	 .asks = "execute; write; record pages only before a worker has its policy",
	 .variant = "7.3 marks the file as one that may be NULL: the program tests for it "
		    "on all"},
	{HOOK(file_mprotect),
	 .guards = "making a mapping of a file executable, or one for appending writable",
	 .asks = "execute; write"},
	{HOOK(file_receive), .guards = "descriptors that come by SCM_RIGHTS or pidfd_getfd",
	 .asks = "the client's connection that posternd admitted; else what the signature takes, "
		 "by kind "
		 "(regular file, pipe, connected stream socket, sealed memfd) and mode"},
	{HOOK(task_alloc),
	 .guards = "fork, clone, threads and kernel workers: the tag is copied, or the fork fails",
	 .asks = "no threads and no shared memory before a worker has its policy"},
	{HOOK(task_prctl),
	 .guards = "the door: giving up rights, moving to a page, binding a call's values",
	 .asks = "that it makes rights fewer"},
	{HOOK(userns_create), .guards = "new user namespaces", .asks = "never"},
	{HOOK(ptrace_access_check),
	 .guards = "ptrace, process_vm_readv, /proc/PID/mem and what else opens another process",
	 .asks = "never"},
	{HOOK(ptrace_traceme), .guards = "being traced by the parent", .asks = "never"},
	{HOOK(capable), .guards = "every use of a capability",
	 .asks = "a capability of the manifest's list"},
	{HOOK(task_kill), .guards = "signals to other processes", .asks = "same entrypoint"},
	{HOOK(task_prlimit), .guards = "limits of other processes", .asks = "never"},
	{HOOK(task_setnice), .guards = "priority of other processes", .asks = "same entrypoint"},
	{HOOK(task_setioprio), .guards = "I/O priority of other processes",
	 .asks = "same entrypoint"},
	{HOOK(task_setscheduler), .guards = "scheduling and CPU affinity of other processes",
	 .asks = "same entrypoint"},
	{HOOK(task_movememory), .guards = "moving the pages of other processes between nodes",
	 .asks = "same entrypoint"},
	{HOOK(key_alloc), .guards = "new keys and keyrings",
	 .asks = "never, but for what a network file system looks for itself"},
	{HOOK(key_permission), .guards = "every use of a key or keyring", .asks = "as key_alloc"},
	{HOOK(ipc_permission), .guards = "use of a System V object", .asks = "never"},
	{HOOK(shm_alloc_security), .guards = "new System V shared memory", .asks = "never"},
	{HOOK(sem_alloc_security), .guards = "new System V semaphores", .asks = "never"},
	{HOOK(msg_queue_alloc_security), .guards = "new System V message queues", .asks = "never"},
	{HOOK(socket_create), .guards = "new sockets",
	 .asks = "AF_UNIX; else family, type and protocol of `sockets` or `netlink`"},
	{HOOK(netlink_send), .guards = "every message of a send to the kernel by netlink",
	 .asks = "a rule for its type, which its header and attributes must fit; the socket must "
		 "be "
		 "the entrypoint's own"},
	{HOOK(socket_post_create),
	 .guards = "new sockets: whose they are is noted, or there is none", .asks = "nothing",
	 .when = HOOK_NETWORK},
	{HOOK(socket_bind), .guards = "bind",
	 .asks = "an address of `bind`, multicast groups of `listen`; abstract names of unix "
		 "sockets never; a unix socket's path is path_mknod's"},
	{HOOK(socket_connect), .guards = "connect",
	 .asks = "an address of `connect`; of a netlink socket the kernel only",
	 .when = HOOK_NETWORK},
	{HOOK(socket_listen), .guards = "listen without a bind before it",
	 .asks = "any address with port 0 in `bind`", .when = HOOK_NETWORK},
	{HOOK(socket_sendmsg),
	 .guards = "an address that comes with a message, as in sendto and MSG_FASTOPEN; control "
		   "messages",
	 .asks = "as socket_connect; control messages of unix and internet sockets never, but for "
		 "one "
		 "descriptor of the kind and mode of the result to an admitted client",
	 .when = HOOK_NETWORK},
	{HOOK(socket_setsockopt), .guards = "setsockopt",
	 .asks = "an option of `socket_options`; harmless ones always"},
	{HOOK(unix_stream_connect), .guards = "connecting to a unix stream socket",
	 .asks = "connect, by a rule in the socket's own file system; abstract sockets never"},
	{HOOK(unix_may_send), .guards = "sending by a unix datagram socket",
	 .asks = "as unix_stream_connect; within a socketpair always"},
	{HOOK(sb_mount), .guards = "mount in every form", .asks = "never"},
	{HOOK(sb_remount), .guards = "remount, also by fsconfig", .asks = "never"},
	{HOOK(sb_kern_mount), .guards = "making a file system's mount", .asks = "never"},
	{HOOK(move_mount), .guards = "move_mount", .asks = "never"},
	{HOOK(sb_umount), .guards = "umount", .asks = "never"},
	{HOOK(sb_pivotroot), .guards = "pivot_root", .asks = "never"},
	{HOOK(path_chroot), .guards = "chroot", .asks = "never"},
	{HOOK(bpf), .guards = "the bpf system call", .asks = "never",
	 .variant = "7.3 has one argument more, behind those that others have"},
	{HOOK(bpf_map), .guards = "a descriptor of a BPF map", .asks = "never"},
	{HOOK(bpf_prog), .guards = "a descriptor of a BPF program", .asks = "never"},
	{HOOK(perf_event_open), .guards = "perf_event_open", .asks = "never",
	 .variant = "6.1 gives the attributes first; the program looks at no argument"},
	{HOOK(kernel_module_request),
	 .guards = "the kernel's asking for a module on a task's behalf",
	 .asks = "a name of `kernel_modules`"},
	{HOOK(kernel_read_file),
	 .guards = "files that the kernel reads for itself: modules, kexec images, firmware",
	 .asks = "never"},
	{HOOK(kernel_load_data), .guards = "the same out of memory: init_module, kexec_load",
	 .asks = "never"},
	{HOOK(syslog), .guards = "the kernel's log by syslog(2)", .asks = "capability CAP_SYSLOG"},
	{HOOK(settime), .guards = "setting the clock", .asks = "capability CAP_SYS_TIME"},
	{HOOK(uring_sqpoll), .guards = "io_uring's kernel threads", .asks = "never"},
	{HOOK(uring_override_creds), .guards = "io_uring under other credentials", .asks = "never"},
	{HOOK(uring_cmd), .guards = "io_uring's commands to drivers", .asks = "never"},
	{HOOK(uring_allowed), .guards = "io_uring_setup", .asks = "never",
	 .absent = "the system call filter refuses io_uring_setup on every kernel"},
};

const size_t hooks_len = ARRAY_SIZE(hooks);

/* A name that is no hook does not compile, and no row can be missing; that they stand in the order
 * of the numbers is a unit test's to hold. */
_Static_assert(ARRAY_SIZE(hooks) == POSTERN_HOOKS_LEN, "every hook of bpf/abi.h has a row");
_Static_assert(HOOKS_SINCE(6, 2) == HOST_VERSION(6, 2), "one form of versions");

#define LSM_PREFIX "bpf_lsm_"

void hooks_find(const struct btf *kernel, uint32_t ret[POSTERN_HOOKS_LEN])
{
	const size_t prefix = strlen(LSM_PREFIX);
	const uint32_t types = btf__type_cnt(kernel);

	memset(ret, 0, POSTERN_HOOKS_LEN * sizeof(*ret));
	for (uint32_t id = 1; id < types; id++) {
		const struct btf_type *type = btf__type_by_id(kernel, id);
		const char *name;

		if (!btf_is_func(type))
			continue;
		name = btf__name_by_offset(kernel, type->name_off);
		if (!name || strncmp(name, LSM_PREFIX, prefix) != 0)
			continue;
		for (size_t i = 0; i < hooks_len; i++)
			if (strcmp(hooks[i].name, name + prefix) == 0)
				ret[i] = id;
	}
}

bool hook_demanded(const struct hook *hook, unsigned version)
{
	if (!hook->absent)
		return true;
	return hook->since && (!version || version >= hook->since);
}

const char *hook_kernels(const struct hook *hook, char to[HOOKS_KERNELS_MAX])
{
	if (!hook->absent)
		(void)snprintf(to, HOOKS_KERNELS_MAX, "every");
	else if (!hook->since)
		(void)snprintf(to, HOOKS_KERNELS_MAX, "where it exists");
	else
		(void)snprintf(to, HOOKS_KERNELS_MAX, "%u.%u and later", hook->since >> 16,
			       hook->since & 0xffff);
	return to;
}

int hooks_require(const uint32_t ids[POSTERN_HOOKS_LEN], unsigned version, struct error *err)
{
	for (size_t i = 0; i < hooks_len; i++) {
		if (ids[i] || !hook_demanded(&hooks[i], version))
			continue;
		error_say(err, -ENOSYS, "this kernel has no LSM hook %s, which guards: %s",
			  hooks[i].name, hooks[i].guards);
		error_hint(err, "`postern status --hooks` lists the hooks that this kernel has");
		return -ENOSYS;
	}
	return 0;
}

unsigned hooks_kernel_version(void)
{
	const struct host host = {.root = ""};

	return host_version(&host);
}

const char *hook_name(unsigned number)
{
	return number < hooks_len ? hooks[number].name : "unknown";
}
