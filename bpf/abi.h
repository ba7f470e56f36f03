/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel programs and userspace share: tags, policies, rule keys, record pages, events.
 *
 * The only file that both sides include. Every structure has no padding that the compiler could
 * choose, and its size is asserted on both sides. Frozen, because running workers and pinned maps
 * carry them across an upgrade: struct postern_tag, struct postern_page, struct
 * postern_directory_key and struct postern_name_key.
 */
#ifndef POSTERN_ABI_H
#define POSTERN_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

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

/* struct postern_tag.flags: the lower half says what the task is, the upper half which rights it
 * gave up. */
enum {
	/* A helper, or a child that is not yet a worker: no threads, no shared memory. */
	POSTERN_TAG_START = 1u << 0,
	/* The door moved the task to a page of its own. */
	POSTERN_TAG_SLOT_TAKEN = 1u << 1,
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

enum {
	POSTERN_POLICY_AUDIT = 1u << 0, /* report what would be refused, and let it happen */
};

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
	__u32 reserved;
};
_Static_assert(sizeof(struct postern_policy) == 56, "layout");

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
};

/* Value of both rule maps. */
struct postern_rule {
	__u32 rights; /* directories: of it and all below; names: of that entry */
	__u32 flags;
};
_Static_assert(sizeof(struct postern_rule) == 8, "layout");

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
			 capability */
	__u32 audit;  /* 1: it was let through */
	__u32 name_len;
	__u32 reserved;
	char name[POSTERN_NAME_BYTES]; /* last component of the object; the whole path is in the
					  event */
};
_Static_assert(sizeof(struct postern_denial) == 288, "frozen");

/*
 * A worker's page of the mmapable array `pages`. The worker writes the first half before and after
 * each call (its claim: the supervisor believes of it only what cannot hurt others), the kernel
 * programs the second.
 */
struct postern_page {
	__u64 connection; /* number that the hand-over gave it; 0: idle */
	__u64 call;	  /* the client's number; 0: not read yet */
	__u64 started;	  /* CLOCK_MONOTONIC ns; 0: idle */
	__u64 deadline;	  /* CLOCK_MONOTONIC ns at which the supervisor shall kill; 0: the
			     entrypoint's timeout holds */
	__u8 worker_reserved[2016];
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
	__u32 reserved;
	char comm[16];
	/* Filled from the end of the first POSTERN_PATH_BYTES; what follows lets the verifier see
	 * that a name fits anywhere. */
	char path[POSTERN_PATH_BYTES + POSTERN_NAME_BYTES];
};
_Static_assert(sizeof(struct postern_event) == 104 + POSTERN_PATH_BYTES + POSTERN_NAME_BYTES,
	       "layout");

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

/*
 * The door: prctl(POSTERN_DOOR, command, argument, 0, 0), the one way in which a tagged task
 * changes its own tag. It can only lose by it. Success is the errno POSTERN_DOOR_DONE, which no
 * system call returns: a program on task_prctl cannot return a success that ends the call
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
};

#endif
