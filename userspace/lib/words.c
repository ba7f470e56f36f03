/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables of words for the numbers of bpf/abi.h. */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "lib/netlink_words.h"
#include "lib/words.h"

static const char *const operation_names[POSTERN_OPS] = {
	[POSTERN_OP_NONE] = "none",
	[POSTERN_OP_OPEN] = "open",
	[POSTERN_OP_CREATE] = "create",
	[POSTERN_OP_DELETE] = "delete",
	[POSTERN_OP_MKDIR] = "mkdir",
	[POSTERN_OP_RMDIR] = "rmdir",
	[POSTERN_OP_MKNOD] = "mknod",
	[POSTERN_OP_SYMLINK] = "symlink",
	[POSTERN_OP_LINK] = "link",
	[POSTERN_OP_RENAME] = "rename",
	[POSTERN_OP_TRUNCATE] = "truncate",
	[POSTERN_OP_CHMOD] = "chmod",
	[POSTERN_OP_CHOWN] = "chown",
	[POSTERN_OP_METADATA] = "metadata",
	[POSTERN_OP_EXECUTE] = "execute",
	[POSTERN_OP_MAP] = "map",
	[POSTERN_OP_RECEIVE] = "receive",
	[POSTERN_OP_FORK] = "fork",
	[POSTERN_OP_MOUNT] = "mount",
	[POSTERN_OP_UMOUNT] = "umount",
	[POSTERN_OP_PIVOT_ROOT] = "pivot_root",
	[POSTERN_OP_CHROOT] = "chroot",
	[POSTERN_OP_BPF] = "bpf",
	[POSTERN_OP_PTRACE] = "ptrace",
	[POSTERN_OP_PERF] = "perf",
	[POSTERN_OP_MODULE] = "module",
	[POSTERN_OP_USER_NAMESPACE] = "user_namespace",
	[POSTERN_OP_CAPABILITY] = "capability",
	[POSTERN_OP_IO_URING] = "io_uring",
	[POSTERN_OP_SIGNAL] = "signal",
	[POSTERN_OP_SOCKET] = "socket",
	[POSTERN_OP_DOOR] = "door",
	[POSTERN_OP_STAT] = "stat",
	[POSTERN_OP_READLINK] = "readlink",
	[POSTERN_OP_IOCTL] = "ioctl",
	[POSTERN_OP_LOCK] = "lock",
	[POSTERN_OP_CONNECT] = "connect",
	[POSTERN_OP_PROCESS] = "process",
	[POSTERN_OP_KEY] = "key",
	[POSTERN_OP_IPC] = "ipc",
	[POSTERN_OP_SYSLOG] = "syslog",
	[POSTERN_OP_TIME] = "time",
	[POSTERN_OP_NETLINK] = "netlink",
	[POSTERN_OP_BIND] = "bind",
	[POSTERN_OP_SEND] = "send",
	[POSTERN_OP_SOCKET_OPTION] = "socket_option",
};

static const char *const reason_texts[POSTERN_REASONS] = {
	[POSTERN_REASON_NO_RULE] = "no rule grants it",
	[POSTERN_REASON_OUTSIDE] = "the object does not lie below the context's root",
	[POSTERN_REASON_MORE_RIGHTS] = "the object would get rights that it did not have",
	[POSTERN_REASON_GIVEN_UP] = "a rule grants it, but the worker gave the right up",
	[POSTERN_REASON_NEVER] = "no manifest can grant it",
	[POSTERN_REASON_BROKEN] = "no policy was found for the worker, or a bound was reached",
};

/* In the order of the bits. */
static const char *const right_names[] = {
	"read",	   "write",    "append", "create",  "delete", "list",
	"execute", "metadata", "link",	 "connect", "ioctl",  "lock",
};
_Static_assert((1u << ARRAY_SIZE(right_names)) - 1 == POSTERN_RIGHTS_ALL, "a word for each right");

static const char *const capability_names[] = {
	[CAP_CHOWN] = "CAP_CHOWN",
	[CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
	[CAP_FOWNER] = "CAP_FOWNER",
	[CAP_FSETID] = "CAP_FSETID",
	[CAP_KILL] = "CAP_KILL",
	[CAP_SETGID] = "CAP_SETGID",
	[CAP_SETUID] = "CAP_SETUID",
	[CAP_SETPCAP] = "CAP_SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
	[CAP_NET_ADMIN] = "CAP_NET_ADMIN",
	[CAP_NET_RAW] = "CAP_NET_RAW",
	[CAP_IPC_LOCK] = "CAP_IPC_LOCK",
	[CAP_IPC_OWNER] = "CAP_IPC_OWNER",
	[CAP_SYS_MODULE] = "CAP_SYS_MODULE",
	[CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
	[CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
	[CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
	[CAP_SYS_PACCT] = "CAP_SYS_PACCT",
	[CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
	[CAP_SYS_BOOT] = "CAP_SYS_BOOT",
	[CAP_SYS_NICE] = "CAP_SYS_NICE",
	[CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
	[CAP_SYS_TIME] = "CAP_SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
	[CAP_MKNOD] = "CAP_MKNOD",
	[CAP_LEASE] = "CAP_LEASE",
	[CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
	[CAP_SETFCAP] = "CAP_SETFCAP",
	[CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
	[CAP_SYSLOG] = "CAP_SYSLOG",
	[CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "CAP_AUDIT_READ",
	[CAP_PERFMON] = "CAP_PERFMON",
	[CAP_BPF] = "CAP_BPF",
	[CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
};

const char *operation_name(uint32_t operation)
{
	if (operation >= ARRAY_SIZE(operation_names) || !operation_names[operation])
		return "unknown";
	return operation_names[operation];
}

const char *reason_text(uint32_t reason)
{
	if (reason >= ARRAY_SIZE(reason_texts) || !reason_texts[reason])
		return "for a reason that this version does not know";
	return reason_texts[reason];
}

static const char *const log_levels[] = {"emergency", "alert",	"critical", "error",
					 "warning",   "notice", "info",	    "debug"};

const char *log_level_name(int level)
{
	return level >= 0 && (size_t)level < ARRAY_SIZE(log_levels) ? log_levels[level] : NULL;
}

int log_level_number(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(log_levels); i++)
		if (strcmp(word, log_levels[i]) == 0)
			return (int)i;
	return -1;
}

const char *capability_name(uint32_t capability)
{
	return capability < ARRAY_SIZE(capability_names) ? capability_names[capability] : NULL;
}

void rights_text(uint32_t operation, uint32_t rights, char to[WORDS_RIGHTS_MAX])
{
	const char *capability = capability_name(rights);
	size_t used = 0;

	to[0] = '\0';
	if (operation == POSTERN_OP_CAPABILITY) {
		if (capability)
			(void)snprintf(to, WORDS_RIGHTS_MAX, "%s", capability);
		else
			(void)snprintf(to, WORDS_RIGHTS_MAX, "capability %u", rights);
		return;
	}
	if (operation == POSTERN_OP_NETLINK) {
		char message[MESSAGE_NAME_MAX];

		(void)snprintf(
			to, WORDS_RIGHTS_MAX, "%s",
			message_name((uint16_t)(rights >> 16), (uint16_t)rights, NULL, 0, message));
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(right_names); i++) {
		if (!(rights & (1u << i)))
			continue;
		used += (size_t)snprintf(to + used, WORDS_RIGHTS_MAX - used, "%s%s",
					 used ? ", " : "", right_names[i]);
	}
}
