/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which system calls a context's processes may make. */
#include <asm/ioctls.h>
#include <errno.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include "base/util.h"
#include "filters/syscalls.h"

/* uapi/linux/fs.h of 6.9: lets a write to an O_APPEND file land at any offset. */
#define RWF_NOAPPEND 0x20
#define LOW_32	     0xffffffffu
/* uapi/linux/falloc.h of 6.17 */
#define FALLOC_WRITE_ZEROES 0x80
/* fs/ext4/ext4.h: _IOWR('f', 15, struct move_extent) */
#define EXT4_IOC_MOVE_EXT 0xc028660fu

/* clang-format off */
const char *const syscalls_allowed[] = {
	/* files */
	"access", "chdir", "chmod", "chown", "close", "close_range", "copy_file_range", "creat",
	"dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir",
	"fchmod", "fchmodat", "fchown", "fchownat", "fcntl", "fdatasync", "fgetxattr",
	"flistxattr", "flock", "fremovexattr", "fsetxattr", "fstat", "fstatfs", "fsync",
	"ftruncate", "futimesat", "getcwd", "getdents", "getdents64", "getxattr", "ioctl",
	"lchown", "lgetxattr", "link", "linkat", "listxattr", "llistxattr", "lremovexattr",
	"lseek", "lsetxattr", "lstat", "memfd_create", "mkdir", "mkdirat", "mknod", "mknodat",
	"newfstatat", "open", "openat", "openat2", "pread64", "preadv", "preadv2", "pwrite64",
	"pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv",
	"removexattr", "rename", "renameat", "renameat2", "rmdir", "sendfile", "setxattr",
	"splice", "stat", "statfs", "statx", "symlink", "symlinkat", "sync", "sync_file_range",
	"syncfs", "tee", "truncate", "umask", "unlink", "unlinkat", "ustat", "utime", "utimensat",
	"utimes", "vmsplice", "write", "writev",
	/* waiting and events */
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait",
	"epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2",
	"inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "pause",
	"pipe", "pipe2", "poll", "ppoll", "pselect6", "select", "signalfd", "signalfd4",
	"timerfd_create", "timerfd_gettime", "timerfd_settime",
	/* memory */
	"brk", "get_mempolicy", "madvise", "mbind", "membarrier", "mincore", "mlock", "mlock2",
	"mlockall", "mmap", "mprotect", "mremap", "msync", "munlock", "munlockall", "munmap",
	"pkey_alloc", "pkey_free", "pkey_mprotect", "set_mempolicy",
	/* processes and threads; clone3 is left out, because its flags lie in memory, where a
	   filter cannot see them, and glibc takes clone on ENOSYS */
	"arch_prctl", "clone", "execve", "execveat", "exit", "exit_group", "fork", "futex",
	"futex_waitv", "get_robust_list", "get_thread_area", "getpgid", "getpgrp", "getpid",
	"getppid", "getpriority", "getrlimit", "getrusage", "getsid", "gettid", "ioprio_get",
	"ioprio_set", "kill", "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64",
	"restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_tgsigqueueinfo", "sched_get_priority_max", "sched_get_priority_min",
	"sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler",
	"sched_rr_get_interval", "sched_setaffinity", "sched_setattr", "sched_setparam",
	"sched_setscheduler", "sched_yield", "set_robust_list", "set_thread_area",
	"set_tid_address", "setpgid", "setpriority", "setrlimit", "setsid", "sigaltstack",
	"tgkill", "times", "tkill", "vfork", "wait4", "waitid",
	/* ids and capabilities: they only shrink, and the kernel checks what may be taken */
	"capget", "capset", "getegid", "geteuid", "getgid", "getgroups", "getresgid",
	"getresuid", "getuid", "landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "setfsgid", "setfsuid", "setgid", "setgroups", "setregid",
	"setresgid", "setresuid", "setreuid", "setuid",
	/* sockets */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
	"listen", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto",
	"setsockopt", "shutdown", "socket", "socketpair",
	/* System V and POSIX inter-process communication, in the context's ipc namespace */
	"mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink",
	"msgctl", "msgget", "msgrcv", "msgsnd", "semctl", "semget", "semop", "semtimedop",
	"shmat", "shmctl", "shmdt", "shmget",
	/* time and the like; setting a clock takes a capability */
	"adjtimex", "alarm", "clock_adjtime", "clock_getres", "clock_gettime", "clock_nanosleep",
	"clock_settime", "getcpu", "getitimer", "getrandom", "gettimeofday", "nanosleep",
	"setitimer", "settimeofday", "sysinfo", "time", "timer_create", "timer_delete",
	"timer_getoverrun", "timer_gettime", "timer_settime", "uname",
};
const size_t syscalls_allowed_len = ARRAY_SIZE(syscalls_allowed);

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

const struct syscalls_refused syscalls_refused[] = {
	{"leaving the context's namespaces, or making some in which its capabilities count for more",
	 NAMES("unshare", "setns")},
	{"putting other files where a rule's path is, or taking read-only and nosuid off",
	 NAMES("mount", "umount", "umount2", "open_tree", "move_mount", "fsopen", "fsconfig",
	       "fsmount", "fspick", "mount_setattr")},
	{"another root, in which the same path means another file",
	 NAMES("pivot_root", "chroot")},
	{"reading and writing another worker's memory, which has other rights, or its descriptors",
	 NAMES("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
	       "process_mrelease", "pidfd_getfd", "kcmp")},
	{"programs and probes in the kernel, ours among them",
	 NAMES("bpf", "perf_event_open")},
	{"a filter whose listener can answer for other processes and put descriptors into them",
	 NAMES("seccomp")},
	{"the keys of whoever started this, and kernel code that few look at",
	 NAMES("keyctl", "add_key", "request_key")},
	{"stopping the kernel in the middle of a copy, for as long as an attack takes",
	 NAMES("userfaultfd")},
	{"system calls made by the kernel on one's behalf, which no filter sees",
	 NAMES("io_uring_setup", "io_uring_enter", "io_uring_register")},
	{"writes with flags that lie in memory: RWF_NOAPPEND there makes `append` worthless",
	 NAMES("io_setup", "io_submit", "io_cancel", "io_destroy", "io_getevents",
	       "io_pgetevents")},
	{"opening a file by its number, past every directory above it",
	 NAMES("open_by_handle_at", "name_to_handle_at")},
	{"watching or deciding on all opens of a mount, with descriptors to every file",
	 NAMES("fanotify_init", "fanotify_mark")},
	{"another kernel, or other code in this one",
	 NAMES("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
	       "create_module", "get_kernel_syms", "query_module")},
	{"switches of the whole host",
	 NAMES("acct", "swapon", "swapoff", "quotactl", "quotactl_fd", "reboot", "syslog",
	       "sethostname", "setdomainname", "vhangup", "nfsservctl", "lookup_dcookie",
	       "_sysctl", "sysfs", "uselib")},
	{"executable data and fixed addresses: a first step of most exploits",
	 NAMES("personality", "remap_file_pages")},
	{"hardware, and descriptor tables of segments",
	 NAMES("iopl", "ioperm", "modify_ldt", "vm86", "vm86old")},
	{"other processes' memory placement",
	 NAMES("move_pages", "migrate_pages")},
	{"memory that the kernel itself cannot look into",
	 NAMES("memfd_secret")},
};
const size_t syscalls_refused_len = ARRAY_SIZE(syscalls_refused);

#define CLONE_REFUSED(flag) {"clone", 0, (flag), (flag), EPERM}

const struct syscalls_argument syscalls_arguments[] = {
	/* CLONE_NEWTIME shares its bit with the exit signal and does not work here. */
	CLONE_REFUSED(CLONE_NEWNS), CLONE_REFUSED(CLONE_NEWCGROUP), CLONE_REFUSED(CLONE_NEWUTS),
	CLONE_REFUSED(CLONE_NEWIPC), CLONE_REFUSED(CLONE_NEWUSER), CLONE_REFUSED(CLONE_NEWPID),
	CLONE_REFUSED(CLONE_NEWNET),
	/* Makes a sibling instead of a child: out of reach of the zygote that ends a call. */
	CLONE_REFUSED(CLONE_PARENT),
	/* Typing into a terminal that another process reads (CVE-2017-5226, CVE-2023-1523), and
	   loading line disciplines. */
	{"ioctl", 1, LOW_32, TIOCSTI, EPERM},
	{"ioctl", 1, LOW_32, TIOCLINUX, EPERM},
	{"ioctl", 1, LOW_32, TIOCSETD, EPERM},
	/* Attributes that no right grants, by a descriptor that is open for reading alone; and
	   exchanging content under a file that may only be appended to. */
	{"ioctl", 1, LOW_32, FS_IOC_SETFLAGS, EPERM},
	{"ioctl", 1, LOW_32, FS_IOC_FSSETXATTR, EPERM},
	{"ioctl", 1, LOW_32, FS_IOC_SETVERSION, EPERM},
	{"ioctl", 1, LOW_32, EXT4_IOC_MOVE_EXT, EPERM},
	{"pwritev2", 5, RWF_NOAPPEND, RWF_NOAPPEND, EOPNOTSUPP},
	/* The kernel holds fallocate against the inode's append-only flag, not against O_APPEND:
	   these modes change or remove bytes that `append` does not let write. */
	{"fallocate", 1, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_PUNCH_HOLE, EOPNOTSUPP},
	{"fallocate", 1, FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_COLLAPSE_RANGE, EOPNOTSUPP},
	{"fallocate", 1, FALLOC_FL_ZERO_RANGE, FALLOC_FL_ZERO_RANGE, EOPNOTSUPP},
	{"fallocate", 1, FALLOC_FL_INSERT_RANGE, FALLOC_FL_INSERT_RANGE, EOPNOTSUPP},
	{"fallocate", 1, FALLOC_WRITE_ZEROES, FALLOC_WRITE_ZEROES, EOPNOTSUPP},
};
const size_t syscalls_arguments_len = ARRAY_SIZE(syscalls_arguments);

/* Every socket answers the ioctls of network devices (net/core/dev_ioctl.c), so that a unix socket
   takes an interface down where no other socket can be made. All have 0x89 in their second byte. */
const struct syscalls_argument syscalls_network_ioctls = {"ioctl", 1, 0xff00, 0x8900, EPERM};
/* clang-format on */
