/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Descriptors of every kind, made by root in a guest. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "base/util.h"
#include "tests/kernel/descriptors.h"
#include "tests/kernel/fuse.h"
#include "tests/kernel/hand.h"

#define FOREIGN "/descriptors" /* no rule covers it */
#define FILE_	FOREIGN "/file"
#define FIFO	FOREIGN "/fifo"
#define BLOCK	FOREIGN "/block"
#define CGROUPS FOREIGN "/cgroup"
#define SERVED	FOREIGN "/fuse"
#define BACKING FOREIGN "/image"
#define LOOP	"/dev/loop5"
#define SEALS	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

void descriptors_begin(void)
{
	hand_directory(FOREIGN);
	hand_directory(CGROUPS);
	hand_file(FILE_, "some bytes that are to be read\n");
	hand_file(SERVED, "what is mounted over");
	(void)chmod(FILE_, 0755);
	if ((mkfifo(FIFO, 0600) < 0 && errno != EEXIST) ||
	    (mknod(BLOCK, S_IFBLK | 0600, makedev(7, 0)) < 0 && errno != EEXIST))
		hand_bail("make special files: %s", strerror(errno));
	(void)mount("cgroup2", CGROUPS, "cgroup2", 0, NULL);
}

static int got(long r)
{
	return r < 0 ? -errno : (int)r;
}

static int make_file(const char *name)
{
	static const struct {
		const char *name, *path;
		int flags;
	} files[] = {
		{"file to read", FILE_, O_RDONLY},
		{"file to write", FILE_, O_WRONLY},
		{"file to append", FILE_, O_WRONLY | O_APPEND},
		{"file for both", FILE_, O_RDWR},
		{"unnamed file", FOREIGN, O_RDWR | O_TMPFILE},
		{"file without access", FILE_, 3},
		{"O_PATH", FILE_, O_PATH},
		{"directory", FOREIGN, O_RDONLY | O_DIRECTORY},
		{"O_PATH of a directory", FOREIGN, O_PATH | O_DIRECTORY},
		{"fifo for both", FIFO, O_RDWR},
		{"character device", "/dev/null", O_RDWR},
		{"block device", BLOCK, O_RDONLY},
		{"terminal", "/dev/ptmx", O_RDWR | O_NOCTTY},
		{"namespace", "/proc/self/ns/net", O_RDONLY},
		{"file of proc", "/proc/self/status", O_RDONLY},
		{"file of sysfs", "/sys/kernel/uevent_seqnum", O_RDONLY},
		{"file of cgroupfs", CGROUPS "/cgroup.procs", O_RDWR},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (strcmp(files[i].name, name) == 0)
			return got(open(files[i].path, files[i].flags | O_CLOEXEC, 0600));
	return -ENOENT;
}

static int make_pipe(bool read_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	if (write(ends[1], "xx", 2) != 2)
		return -EIO;
	return ends[read_end ? 0 : 1];
}

static int sealed(unsigned flags, int seals)
{
	int fd = memfd_create("m", flags | MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd < 0 || (!(flags & MFD_HUGETLB) && write(fd, "memory", 6) != 6) ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return seals && fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : fd;
}

/* It can no longer be told from what was opened so by who may not write. */
static int reopened(void)
{
	cleanup_close int fd = sealed(0, 0);
	char name[64];

	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return fd < 0 ? fd : got(open(name, O_RDONLY | O_CLOEXEC));
}

static int make_memory(const char *name)
{
	if (strcmp(name, "memfd") == 0)
		return sealed(0, 0);
	if (strcmp(name, "sealed memfd") == 0)
		return sealed(0, SEALS | F_SEAL_SEAL);
	if (strcmp(name, "memfd with seals that can be added to") == 0)
		return sealed(0, SEALS);
	if (strcmp(name, "memfd sealed against writing alone") == 0)
		return sealed(0, F_SEAL_WRITE);
	if (strcmp(name, "memfd reopened to read") == 0)
		return reopened();
	if (strcmp(name, "memfd of huge pages") == 0)
		return sealed(MFD_HUGETLB, SEALS | F_SEAL_SEAL);
	if (strcmp(name, "secret memory") == 0)
		return got(syscall(SYS_memfd_secret, 0));
	return -ENOENT;
}

static int make_pair(int type)
{
	int pair[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0 || write(pair[1], "xx", 2) != 2)
		return -errno;
	return pair[0];
}

static int make_listener(int family, struct sockaddr_storage *address, socklen_t *len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_storage){.ss_family = (sa_family_t)family};
	*len = sizeof(struct sockaddr_in6);
	if (family == AF_INET) {
		((struct sockaddr_in *)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		*len = sizeof(struct sockaddr_in);
	} else if (family == AF_INET6) {
		((struct sockaddr_in6 *)address)->sin6_addr = in6addr_loopback;
	} else {
		*len = sizeof(sa_family_t);
	}
	if (fd < 0 || bind(fd, (const struct sockaddr *)address, *len) < 0 || listen(fd, 4) < 0)
		return -errno;
	*len = sizeof(*address);
	return getsockname(fd, (struct sockaddr *)address, len) < 0 ? -errno : fd;
}

/* bound: to a port of its own, which it keeps when it is disconnected. */
static int make_stream(int family, bool bound, bool closed)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_storage address;
	cleanup_close int listener = -EBADF;
	socklen_t len;
	int fd, peer;

	listener = make_listener(family, &address, &len);
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || fd < 0 ||
	    (bound && bind(fd, (const struct sockaddr *)&own, sizeof(own)) < 0) ||
	    connect(fd, (const struct sockaddr *)&address, len) < 0)
		return -errno;
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0 || write(peer, "xx", 2) != 2)
		return -EIO;
	if (closed)
		(void)close(peer);
	return fd;
}

static int make_socket(const char *name)
{
	struct sockaddr_storage address;
	socklen_t len;

	if (strcmp(name, "unix stream") == 0)
		return make_pair(SOCK_STREAM);
	if (strcmp(name, "unix datagram") == 0)
		return make_pair(SOCK_DGRAM);
	if (strcmp(name, "unix seqpacket") == 0)
		return make_pair(SOCK_SEQPACKET);
	if (strcmp(name, "unix stream, unconnected") == 0)
		return got(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (strcmp(name, "unix stream, listening") == 0)
		return make_listener(AF_UNIX, &address, &len);
	if (strncmp(name, "tcp", 3) == 0 && !strchr(name, ','))
		return make_stream(name[3] ? AF_INET6 : AF_INET, false, false);
	if (strcmp(name, "tcp, bound") == 0)
		return make_stream(AF_INET, true, false);
	if (strcmp(name, "tcp, closed by its peer") == 0)
		return make_stream(AF_INET, false, true);
	if (strcmp(name, "tcp, unconnected") == 0)
		return got(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (strcmp(name, "tcp, listening") == 0)
		return make_listener(AF_INET, &address, &len);
	if (strcmp(name, "udp") == 0)
		return got(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	if (strcmp(name, "raw") == 0)
		return got(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
	if (strcmp(name, "netlink") == 0)
		return got(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	if (strcmp(name, "packet") == 0)
		return got(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ARP)));
	return -ENOENT;
}

static int make_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	return got(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int make_perf(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_DUMMY,
				       .disabled = 1};

	return got(syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

static int make_event(const char *name)
{
	struct io_uring_params ring = {};
	sigset_t none;

	(void)sigemptyset(&none);
	if (strcmp(name, "epoll") == 0)
		return got(epoll_create1(EPOLL_CLOEXEC));
	if (strcmp(name, "eventfd") == 0)
		return got(eventfd(1, EFD_CLOEXEC));
	if (strcmp(name, "timerfd") == 0)
		return got(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
	if (strcmp(name, "signalfd") == 0)
		return got(signalfd(-1, &none, SFD_CLOEXEC));
	if (strcmp(name, "inotify") == 0)
		return got(inotify_init1(IN_CLOEXEC));
	if (strcmp(name, "fanotify") == 0)
		return got(fanotify_init(FAN_CLOEXEC, O_RDONLY));
	if (strcmp(name, "userfaultfd") == 0)
		return got(syscall(SYS_userfaultfd, O_CLOEXEC));
	if (strcmp(name, "pidfd") == 0)
		return got(syscall(SYS_pidfd_open, getpid(), 0));
	if (strcmp(name, "message queue") == 0)
		return got(mq_open("/descriptors", O_RDWR | O_CREAT | O_CLOEXEC, 0600, NULL));
	if (strcmp(name, "ring") == 0)
		return got(syscall(SYS_io_uring_setup, 1, &ring));
	if (strcmp(name, "bpf map") == 0)
		return make_map();
	if (strcmp(name, "perf event") == 0)
		return make_perf();
	if (strcmp(name, "mount") == 0)
		return got(syscall(SYS_open_tree, AT_FDCWD, FILE_, 1u | O_CLOEXEC));
	if (strcmp(name, "file system context") == 0)
		return got(syscall(SYS_fsopen, "tmpfs", 1));
	return -ENOENT;
}

/* File systems on block devices keep files, but for this one. */
static int make_on_block(void)
{
	if (system("truncate -s 64K " BACKING " && losetup " LOOP " " BACKING) != 0)
		hand_bail("make " LOOP);
	return fuse_open(SERVED, LOOP);
}

int descriptor_make(const char *name)
{
	int r;

	if (strcmp(name, "pipe to read") == 0 || strcmp(name, "pipe to write") == 0)
		return make_pipe(strcmp(name, "pipe to read") == 0);
	if (strcmp(name, "file of FUSE") == 0)
		return fuse_open(SERVED, NULL);
	if (strcmp(name, "file of FUSE on a block device") == 0)
		return make_on_block();
	r = make_file(name);
	if (r == -ENOENT)
		r = make_memory(name);
	if (r == -ENOENT)
		r = make_socket(name);
	return r == -ENOENT ? make_event(name) : r;
}

bool descriptor_may_lack(const char *name)
{
	static const char *const names[] = {
		"block device", "fanotify", "userfaultfd",	   "message queue", "ring",
		"perf event",	"packet",   "memfd of huge pages", "secret memory", "terminal",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}
