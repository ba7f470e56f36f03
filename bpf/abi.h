/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel programs and userspace share: tags, policies, rule keys, record pages, events.
 *
 * The only file that both sides include, with its parts abi_*.h. Every structure has no padding
 * that the compiler could choose, and its size is asserted on both sides. Frozen, because running
 * workers and pinned maps carry them across an upgrade: struct postern_tag, struct
 * postern_admission, struct postern_page, struct postern_directory_key and struct postern_name_key.
 */
#ifndef POSTERN_ABI_H
#define POSTERN_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#include "bpf/abi_identity.h"
#include "bpf/abi_netlink.h"
#include "bpf/abi_sockets.h"

#define POSTERN_NAME_BYTES 256	/* NAME_MAX and its NUL */
#define POSTERN_PATH_BYTES 1024 /* what an event keeps of a path: its tail */
#define POSTERN_PAGE_BYTES 4096
#define POSTERN_NO_SLOT	   0xffffffffu

/* Rights, in the order of enum manifest_right. */
enum {
	POSTERN_READ = 1u << 0,
	POSTERN_WRITE = 1u << 1,
	POSTERN_APPEND = 1u << 2,
	POSTERN_CREATE = 1u << 3,
	POSTERN_DELETE = 1u << 4,
	POSTERN_LIST = 1u << 5,
	POSTERN_EXECUTE = 1u << 6,
	POSTERN_METADATA = 1u << 7,
	POSTERN_LINK = 1u << 8,
	POSTERN_CONNECT = 1u << 9,
	POSTERN_IOCTL = 1u << 10,
	POSTERN_LOCK = 1u << 11,
	POSTERN_RIGHTS_ALL = (1u << 12) - 1,
};

/*
 * The LSM hooks, in the order of the table in userspace/policy/hooks.c; the program of each is
 * postern_NAME.
 */
#define POSTERN_HOOKS(X)                                                                           \
	X(file_open)                                                                               \
	X(path_mknod)                                                                              \
	X(path_unlink)                                                                             \
	X(path_rmdir)                                                                              \
	X(path_mkdir)                                                                              \
	X(path_symlink)                                                                            \
	X(path_link)                                                                               \
	X(path_rename)                                                                             \
	X(path_truncate)                                                                           \
	X(file_truncate)                                                                           \
	X(file_fcntl)                                                                              \
	X(file_lock)                                                                               \
	X(file_ioctl)                                                                              \
	X(file_ioctl_compat)                                                                       \
	X(path_notify)                                                                             \
	X(path_chmod)                                                                              \
	X(path_chown)                                                                              \
	X(inode_setattr)                                                                           \
	X(inode_setxattr)                                                                          \
	X(inode_removexattr)                                                                       \
	X(inode_set_acl)                                                                           \
	X(inode_remove_acl)                                                                        \
	X(inode_file_setattr)                                                                      \
	X(inode_getattr)                                                                           \
	X(inode_readlink)                                                                          \
	X(inode_getxattr)                                                                          \
	X(inode_listxattr)                                                                         \
	X(inode_get_acl)                                                                           \
	X(bprm_check_security)                                                                     \
	X(mmap_file)                                                                               \
	X(file_mprotect)                                                                           \
	X(file_receive)                                                                            \
	X(task_alloc)                                                                              \
	X(task_prctl)                                                                              \
	X(userns_create)                                                                           \
	X(ptrace_access_check)                                                                     \
	X(ptrace_traceme)                                                                          \
	X(capable)                                                                                 \
	X(task_kill)                                                                               \
	X(task_prlimit)                                                                            \
	X(task_setnice)                                                                            \
	X(task_setioprio)                                                                          \
	X(task_setscheduler)                                                                       \
	X(task_movememory)                                                                         \
	X(key_alloc)                                                                               \
	X(key_permission)                                                                          \
	X(ipc_permission)                                                                          \
	X(shm_alloc_security)                                                                      \
	X(sem_alloc_security)                                                                      \
	X(msg_queue_alloc_security)                                                                \
	X(socket_create)                                                                           \
	X(netlink_send)                                                                            \
	X(socket_post_create)                                                                      \
	X(socket_bind)                                                                             \
	X(socket_connect)                                                                          \
	X(socket_listen)                                                                           \
	X(socket_sendmsg)                                                                          \
	X(socket_setsockopt)                                                                       \
	X(unix_stream_connect)                                                                     \
	X(unix_may_send)                                                                           \
	X(sb_mount)                                                                                \
	X(sb_remount)                                                                              \
	X(sb_kern_mount)                                                                           \
	X(move_mount)                                                                              \
	X(sb_umount)                                                                               \
	X(sb_pivotroot)                                                                            \
	X(path_chroot)                                                                             \
	X(bpf)                                                                                     \
	X(bpf_map)                                                                                 \
	X(bpf_prog)                                                                                \
	X(perf_event_open)                                                                         \
	X(kernel_module_request)                                                                   \
	X(kernel_read_file)                                                                        \
	X(kernel_load_data)                                                                        \
	X(syslog)                                                                                  \
	X(settime)                                                                                 \
	X(uring_sqpoll)                                                                            \
	X(uring_override_creds)                                                                    \
	X(uring_cmd)                                                                               \
	X(uring_allowed)

enum postern_hook {
#define POSTERN_HOOK(name) POSTERN_HOOK_##name,
	POSTERN_HOOKS(POSTERN_HOOK)
#undef POSTERN_HOOK
		POSTERN_HOOKS_LEN
};

/* struct postern_tag.flags: the lower half says what the task is, the upper half which rights it
 * gave up. */
enum {
	/* A helper, or a child that is not yet a worker: no threads, no shared memory. */
	POSTERN_TAG_START = 1u << 0,
	/* The door moved the task to a page of its own. */
	POSTERN_TAG_SLOT_TAKEN = 1u << 1,
	/* The door bound values of this call to the slots of the policy's patterns. */
	POSTERN_TAG_BOUND = 1u << 2,
	POSTERN_TAG_GIVEN_UP_SHIFT = 16,
};

/* Who a task is to the kernel programs. Set from outside by pidfd, inherited at fork, gone with the
 * task. */
struct postern_tag {
	__u64 policy; /* key of the policies map; never 0 */
	__u32 flags;
	__u32 slot; /* the worker's record page; POSTERN_NO_SLOT */
};
_Static_assert(sizeof(struct postern_tag) == 16, "frozen");

#define POSTERN_FILTER_WORDS 4 /* 256 bits */

enum {
	POSTERN_ADMISSION_OPENED = 1u << 0, /* a worker sent the client its OPENED */
	POSTERN_ADMISSION_SHUT = 1u << 1,   /* the supervisor lets no more records in */
};

/* What the kernel keeps with a client's connection. */
struct postern_admission {
	__u64 policy;	  /* of the entrypoint that the supervisor admitted it to */
	__u64 connection; /* the supervisor's number */
	__u32 flags;	  /* POSTERN_ADMISSION_* */
	__u32 reserved;
};
_Static_assert(sizeof(struct postern_admission) == 24, "frozen");

enum {
	POSTERN_POLICY_AUDIT = 1u << 0, /* report what would be refused, and let it happen */
	/* What files look like is decided too: stat, readlink, reading of extended attributes. */
	POSTERN_POLICY_GUARDED = 1u << 1,
	/* It grants sockets besides unix ones, or takes them from callers, or its result is a
	 * descriptor. */
	POSTERN_POLICY_NETWORK = 1u << 2,
};

/* What a descriptor in a signature may be. */
enum postern_descriptor {
	POSTERN_DESCRIPTOR_FILE, /* regular, of a file system that keeps files */
	POSTERN_DESCRIPTOR_PIPE,
	POSTERN_DESCRIPTOR_SOCKET, /* a connected stream: unix, TCP */
	POSTERN_DESCRIPTOR_MEMFD,
	POSTERN_DESCRIPTORS
};

/* mode: 1 to read, 2 to write, 3 both. */
#define POSTERN_DESCRIPTOR(kind, mode)	   (1u << ((kind)*4 + (mode)))
#define POSTERN_DESCRIPTOR_ANY_MODE(kind)  (0xeu << (kind)*4)
#define POSTERN_DESCRIPTORS_RETURNED_SHIFT 16

/* What a policy id stands for. A tag whose policy is not in the map is refused everything. */
struct postern_policy {
	__u64 root_mount;  /* address of the struct mount that is the context's root; held by an fd
			      of the supervisor */
	__u64 root_dentry; /* address of its root's dentry */
	__u64 mount_namespace; /* address of the context's struct mnt_namespace */
	__u64 capabilities;    /* 1 << CAP_x that lsm/capable lets pass */
	__u32 flags;	       /* POSTERN_POLICY_* */
	__u32 context; /* the supervisor's number of the context: for events, and its map in `pages`
			*/
	__u32 entrypoint; /* index in the manifest; 0xffffffff: the start policy */
	__u32 slots; /* record pages that tag.slot may be moved within by the door (isolation: call)
		      */
	__u32 slot_base;
	/* Which descriptors the signature takes, POSTERN_DESCRIPTOR(), and in the upper half which
	 * one its result may be. */
	__u32 descriptors;
	/* One bit for each directory that has a rule, by postern_filter_bit(): where none is set,
	 * no rule is looked for. */
	__u64 filter[POSTERN_FILTER_WORDS];
};
_Static_assert(sizeof(struct postern_policy) == 56 + 8 * POSTERN_FILTER_WORDS, "layout");

/* The bit of struct postern_policy.filter for a directory's inode number: the word in the upper
 * bits, the bit in it in the lower six. */
static inline __u32 postern_filter_bit(__u64 ino)
{
	return (__u32)((ino * 0x9e3779b97f4a7c15ull) >> 56);
}

static inline void postern_filter_add(struct postern_policy *policy, __u64 ino)
{
	__u32 bit = postern_filter_bit(ino);

	policy->filter[bit >> 6] |= 1ull << (bit & 63);
}

/* A directory as the kernel knows it: device and number alone are reused after deletion, hence the
 * generation. */
struct postern_directory_key {
	__u64 policy;
	__u64 ino;
	__u32 dev; /* super_block.s_dev */
	__u32 generation;
};
_Static_assert(sizeof(struct postern_directory_key) == 24, "frozen");

/* One name in a directory. What follows the name's NUL is zero. */
struct postern_name_key {
	struct postern_directory_key directory;
	char name[POSTERN_NAME_BYTES];
};
_Static_assert(sizeof(struct postern_name_key) == 280, "frozen");

enum {
	POSTERN_RULE_NAMES =
		1u << 0, /* the directory has name rules: the names map is worth a look-up */
	POSTERN_RULE_PATTERNS = 1u << 1, /* it has patterns, numbered from 0 without a gap */
	/* A rule lies somewhere below: with POSTERN_POLICY_GUARDED its own attributes may be seen.
	 */
	POSTERN_RULE_LEADS = 1u << 2,
};

/* struct postern_rule.device: the rights count on such a device node alone. */
#define POSTERN_DEVICE_CHAR	  (1u << 31)
#define POSTERN_DEVICE_BLOCK	  (1u << 30)
#define POSTERN_DEVICE_MAJOR	  (1u << 29) /* of the driver in the lower bits alone */
#define POSTERN_DEVICE_MAJOR_MASK 0xfffu

/* Value of both rule maps, and what a pattern grants. */
struct postern_rule {
	__u32 rights; /* directories: of it and all below; names: of that entry */
	__u32 device; /* POSTERN_DEVICE_*; 0: whatever the object is */
	__u16 flags;  /* directories: POSTERN_RULE_* */
	__u16 ioctls; /* list of the policy that POSTERN_IOCTL stands for; 0: none */
};
_Static_assert(sizeof(struct postern_rule) == 12, "layout");

/* One command of a list of ioctl commands; the value is one byte. */
struct postern_ioctl_key {
	__u64 policy;
	__u32 list; /* postern_rule.ioctls */
	__u32 command;
};
_Static_assert(sizeof(struct postern_ioctl_key) == 16, "layout");

#define POSTERN_PATTERNS_MAX	   64  /* of one directory */
#define POSTERN_PATTERN_PARTS	   12  /* components of one pattern */
#define POSTERN_PATTERN_TEXT	   512 /* bytes of all its parts */
#define POSTERN_PATTERN_LEVELS_MAX 24  /* components between directory and object, at most */

/* One of a directory's patterns. */
struct postern_pattern_key {
	struct postern_directory_key directory;
	__u32 index;
	__u32 reserved;
};
_Static_assert(sizeof(struct postern_pattern_key) == 32, "layout");

enum postern_part_kind {
	POSTERN_PART_LITERAL,
	POSTERN_PART_GLOB,   /* * stands for any bytes, ? for one */
	POSTERN_PART_SLOT,   /* text, a call's value, text */
	POSTERN_PART_PREFIX, /* of short names alone: the text, then any bytes */
};

/* What one component must be. */
struct postern_pattern_part {
	__u16 at;     /* where in the pattern's text */
	__u16 len;    /* bytes of text; below POSTERN_NAME_BYTES */
	__u8 kind;    /* enum postern_part_kind */
	__u8 slot;    /* SLOT: below POSTERN_SLOTS */
	__u16 before; /* SLOT: bytes of the text that stand in front of the value */
};
_Static_assert(sizeof(struct postern_pattern_part) == 8, "layout");

enum {
	POSTERN_PATTERN_SUBTREE = 1u << 0, /* what lies below a match as well */
};

/*
 * A rule on components below a directory. The first `gap` parts stand for the components right
 * below the directory, the others for the last ones; between them may lie any number when `gap` is
 * less than `parts`, and none otherwise. sysfs needs that: /sys/class/net/NAME is a link to
 * /sys/devices/.../net/NAME.
 */
struct postern_pattern {
	struct postern_rule rule;
	__u8 parts; /* 1 to POSTERN_PATTERN_PARTS */
	__u8 gap;   /* 0 to parts */
	__u8 flags; /* POSTERN_PATTERN_SUBTREE; not with a gap */
	__u8 reserved;
	struct postern_pattern_part part[POSTERN_PATTERN_PARTS];
	char text[POSTERN_PATTERN_TEXT];
};
_Static_assert(sizeof(struct postern_pattern) ==
		       16 + 8 * POSTERN_PATTERN_PARTS + POSTERN_PATTERN_TEXT,
	       "layout");

#define POSTERN_SLOTS	    4	/* values that a call binds */
#define POSTERN_VALUE_BYTES 128 /* of one value, with its NUL */

/* What a call bound to the slots of its policy's patterns. An unbound slot matches nothing. */
struct postern_binding {
	__u32 bound; /* 1 << slot */
	__u32 len[POSTERN_SLOTS];
	char value[POSTERN_SLOTS][POSTERN_VALUE_BYTES];
};

/* What was refused. The order is that of operation_names[] in userspace/lib/words.c. */
enum postern_operation {
	POSTERN_OP_NONE,
	POSTERN_OP_OPEN,
	POSTERN_OP_CREATE,
	POSTERN_OP_DELETE,
	POSTERN_OP_MKDIR,
	POSTERN_OP_RMDIR,
	POSTERN_OP_MKNOD,
	POSTERN_OP_SYMLINK,
	POSTERN_OP_LINK,
	POSTERN_OP_RENAME,
	POSTERN_OP_TRUNCATE,
	POSTERN_OP_CHMOD,
	POSTERN_OP_CHOWN,
	POSTERN_OP_METADATA,
	POSTERN_OP_EXECUTE,
	POSTERN_OP_MAP,
	POSTERN_OP_RECEIVE,
	POSTERN_OP_FORK,
	POSTERN_OP_MOUNT,
	POSTERN_OP_UMOUNT,
	POSTERN_OP_PIVOT_ROOT,
	POSTERN_OP_CHROOT,
	POSTERN_OP_BPF,
	POSTERN_OP_PTRACE,
	POSTERN_OP_PERF,
	POSTERN_OP_MODULE,
	POSTERN_OP_USER_NAMESPACE,
	POSTERN_OP_CAPABILITY,
	POSTERN_OP_IO_URING,
	POSTERN_OP_SIGNAL,
	POSTERN_OP_SOCKET,
	POSTERN_OP_DOOR,
	POSTERN_OP_STAT,
	POSTERN_OP_READLINK,
	POSTERN_OP_IOCTL,
	POSTERN_OP_LOCK,
	POSTERN_OP_CONNECT,
	POSTERN_OP_PROCESS,
	POSTERN_OP_KEY,
	POSTERN_OP_IPC,
	POSTERN_OP_SYSLOG,
	POSTERN_OP_TIME,
	POSTERN_OP_NETLINK,
	POSTERN_OP_BIND,
	POSTERN_OP_SEND,
	POSTERN_OP_SOCKET_OPTION,
	POSTERN_OPS
};

/* Why an access was refused, besides that no rule grants it. */
enum postern_reason {
	POSTERN_REASON_NO_RULE,
	POSTERN_REASON_OUTSIDE,	    /* the object does not lie below the context's root: detached,
				       foreign or internal */
	POSTERN_REASON_MORE_RIGHTS, /* rename or link would give the object rights that it did not
				       have */
	POSTERN_REASON_GIVEN_UP,    /* a rule grants it, but the worker gave the right up */
	POSTERN_REASON_NEVER,	    /* no policy can grant it */
	POSTERN_REASON_BROKEN, /* no policy for the tag, no tag in a context's cgroup, or a bound
				  was reached */
	POSTERN_REASONS
};

/* The part of an event that also goes to the worker's record page. */
struct postern_denial {
	__u64 sequence; /* grows by one with each denial written to this page; 0: none yet */
	__u32 operation;
	__u32 reason;
	__u32 rights; /* asked for and not granted; for POSTERN_OP_CAPABILITY the number of the
			 capability; for POSTERN_OP_NETLINK protocol << 16 | nlmsg_type */
	__u32 audit;  /* 1: it was let through */
	__u32 name_len;
	__u32 reserved;
	char name[POSTERN_NAME_BYTES]; /* last component of the object; the whole path is in the
					  event */
};
_Static_assert(sizeof(struct postern_denial) == 288, "frozen");

/*
 * A worker's page of the mmapable array `pages`. The worker writes the first half before and after
 * each call (its claim: the supervisor believes of it only what cannot hurt others), but for
 * `retire`, which is the supervisor's; the kernel programs write the second.
 */
struct postern_page {
	__u64 connection; /* number that the hand-over gave it; 0: idle */
	__u64 call;	  /* the client's number; 0: not read yet */
	__u64 started;	  /* CLOCK_MONOTONIC ns; 0: idle */
	__u64 deadline;	  /* CLOCK_MONOTONIC ns at which the supervisor shall kill; 0: the
			     entrypoint's timeout holds */
	__u64 opening;	  /* number of a connection that is being taken over; 0: none */
	__u64 retire;	  /* the supervisor's order: not 0: no connection is to be read any more */
	__u8 worker_reserved[2000];
	struct postern_denial denial; /* the last one */
	__u8 kernel_reserved[1760];
};
_Static_assert(sizeof(struct postern_page) == POSTERN_PAGE_BYTES, "frozen");

/* A denial as it goes through the ring buffer. */
struct postern_event {
	__u64 time; /* CLOCK_MONOTONIC ns */
	__u64 policy;
	__u64 connection, call; /* claimed by the worker */
	__u64 ino;
	__u32 dev;
	__u32 pid; /* thread group, in the initial pid namespace */
	__u32 uid; /* in the initial user namespace */
	__u32 context, entrypoint;
	__u32 operation;
	__u32 reason;
	__u32 rights;
	__u32 audit;
	__u32 path_len;	      /* bytes at the end of `path` that are in use, with the NUL */
	__u32 path_truncated; /* 1: `path` is a tail; 2: it does not end at the context's root */
	__u32 hook;	      /* enum postern_hook */
	char comm[16];
	struct postern_message message; /* of POSTERN_OP_NETLINK */
	/* Filled from the end of the first POSTERN_PATH_BYTES; what follows lets the verifier see
	 * that a name fits anywhere. */
	char path[POSTERN_PATH_BYTES + POSTERN_NAME_BYTES];
};
_Static_assert(sizeof(struct postern_event) == 104 + sizeof(struct postern_message) +
						       POSTERN_PATH_BYTES + POSTERN_NAME_BYTES,
	       "layout");

/*
 * The door: prctl(POSTERN_DOOR, command, argument, address, length), the one way in which a tagged
 * task changes its own tag. It can only lose by it. Success is the errno POSTERN_DOOR_DONE, which
 * no system call returns: a program on task_prctl cannot return a success that ends the call
 * (security/security.c, security_task_prctl), and where nothing is attached the kernel says EINVAL,
 * so that a worker that must narrow itself and could not is sure to notice.
 */
#define POSTERN_DOOR	  0x506f7374 /* "Post" */
#define POSTERN_DOOR_DONE 2048
enum postern_door {
	POSTERN_DOOR_GIVE_UP =
		1, /* argument: rights; all rules of the task count without them from now on */
	POSTERN_DOOR_SLOT = 2, /* argument: index below policy.slots; once, in a fresh worker of
				  isolation: call */
	/* argument: slot of the patterns, then address and length of the value; once for each,
	 * after POSTERN_DOOR_SLOT. The value is one component of a path: not empty, no '/', not "."
	 * nor
	 * "..", shorter than POSTERN_VALUE_BYTES. */
	POSTERN_DOOR_BIND = 3,
};

#endif
