/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Operations of plain programs that are not on paths, and the table of all. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/bench/operations.h"

#define PAGE	 4096
#define MAPPED	 "/d1/d2/d3/d4/ops/mapped"
#define LISTENER "/run/bench-stream"
#define RECEIVER "/run/bench-datagram"

static int file, sender, listener, receiver, pair[2], udp_sender, udp_receiver;
static struct sockaddr_in udp;
static void *mapped;

static void must(int r, const char *what)
{
	if (r < 0)
		bench_bail("%s: %s", what, strerror(errno));
}

static int bound(int type, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	must(fd, "socket");
	must(bind(fd, (const struct sockaddr *)&address, sizeof(address)), "bind");
	return fd;
}

static void sockets_prepare(void)
{
	static const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = RECEIVER};

	listener = bound(SOCK_STREAM, LISTENER);
	must(listen(listener, 1), "listen");
	receiver = bound(SOCK_DGRAM, RECEIVER);
	sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(connect(sender, (const struct sockaddr *)&to, sizeof(to)), "connect");
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
}

static void udp_prepare(void)
{
	socklen_t len = sizeof(udp);
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	udp = (struct sockaddr_in){.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	udp_receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	udp_sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(udp_receiver, "socket");
	must(udp_sender, "socket");
	must(ioctl(udp_sender, SIOCSIFFLAGS, &lo), "set lo up");
	must(bind(udp_receiver, (const struct sockaddr *)&udp, sizeof(udp)), "bind");
	must(getsockname(udp_receiver, (struct sockaddr *)&udp, &len), "getsockname");
}

void operations_prepare(void)
{
	paths_prepare();
	sockets_prepare();
	udp_prepare();
	file = open(MAPPED, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	must(file, "open " MAPPED);
	mapped = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	if (mapped == MAP_FAILED)
		bench_bail("mmap: %s", strerror(errno));
}

static void op_getppid(void)
{
	(void)getppid();
}

static void map(int protection, int flags, int fd)
{
	void *at = mmap(NULL, PAGE, protection, flags, fd, 0);

	if (at == MAP_FAILED)
		bench_bail("mmap: %s", strerror(errno));
	(void)munmap(at, PAGE);
}

static void op_map_anonymous(void)
{
	map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void op_map_file(void)
{
	map(PROT_READ, MAP_PRIVATE, file);
}

static void op_map_executable(void)
{
	map(PROT_READ | PROT_EXEC, MAP_PRIVATE, file);
}

static void op_mprotect(void)
{
	must(mprotect(mapped, PAGE, PROT_READ | PROT_EXEC), "mprotect");
	must(mprotect(mapped, PAGE, PROT_READ), "mprotect");
}

static void open_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd, "socket");
	(void)close(fd);
}

static void op_socket_unix(void)
{
	open_socket(AF_UNIX);
}

static void op_socket_inet(void)
{
	open_socket(AF_INET);
}

static void op_connect(void)
{
	static const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = LISTENER};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), other;

	must(connect(fd, (const struct sockaddr *)&to, sizeof(to)), "connect");
	other = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	must(other, "accept");
	(void)close(fd);
	(void)close(other);
}

static void op_datagram(void)
{
	char byte = 'd';

	must((int)send(sender, &byte, 1, 0), "send");
	must((int)recv(receiver, &byte, 1, 0), "recv");
}

/* By an address with each message, as hosts resolve names. */
static void op_udp(void)
{
	char byte = 'u';

	must((int)sendto(udp_sender, &byte, 1, 0, (const struct sockaddr *)&udp, sizeof(udp)),
	     "sendto");
	must((int)recv(udp_receiver, &byte, 1, 0), "recv");
}

/* Sends a descriptor and receives it. */
static void op_pass_descriptor(void)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte = 'p';
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr m = {.msg_iov = &data,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	(void)memcpy(CMSG_DATA(c), &file, sizeof(file));
	must((int)sendmsg(pair[0], &m, 0), "sendmsg");
	must((int)recvmsg(pair[1], &m, MSG_CMSG_CLOEXEC), "recvmsg");
	(void)memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	(void)close(fd);
}

static void op_fork(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	must(waitpid(pid, NULL, 0), "waitpid");
}

static void op_execute(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		(void)execl("/bin/busybox", "true", (char *)NULL);
		_exit(1);
	}
	must(waitpid(pid, NULL, 0), "waitpid");
}

static void op_kill(void)
{
	must(kill(getpid(), 0), "kill");
}

static void op_lock(void)
{
	struct flock lock = {.l_type = F_RDLCK};

	must(fcntl(file, F_SETLK, &lock), "fcntl");
	lock.l_type = F_UNLCK;
	must(fcntl(file, F_SETLK, &lock), "fcntl");
}

static void op_set_flags(void)
{
	must(fcntl(file, F_SETFL, 0), "fcntl");
}

static void op_prctl(void)
{
	must(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), "prctl");
}

static void op_set_priority(void)
{
	must(nice(0), "nice");
}

static void op_set_hostname(void)
{
	char name[64];

	must(gethostname(name, sizeof(name)), "gethostname");
	must(sethostname(name, strlen(name)), "sethostname");
}

const struct operation operations[] = {
	{"getppid", op_getppid},
	{"open for writing, O_TRUNC", op_open_write},
	{"create and unlink", op_create_unlink},
	{"mkdir and rmdir", op_mkdir_rmdir},
	{"rename, twice", op_rename},
	{"link and unlink", op_link_unlink},
	{"symlink and unlink", op_symlink_unlink},
	{"chmod", op_chmod},
	{"chown", op_chown},
	{"utimensat", op_utimens},
	{"truncate", op_truncate},
	{"ftruncate", op_ftruncate},
	{"setxattr trusted.", op_setxattr},
	{"setxattr and removexattr", op_removexattr},
	{"access", op_access},
	{"readlink", op_readlink},
	{"inotify_add_watch and remove", op_inotify},
	{"mmap anonymous, munmap", op_map_anonymous},
	{"mmap file for reading, munmap", op_map_file},
	{"mmap file PROT_EXEC, munmap", op_map_executable},
	{"mprotect PROT_EXEC and back", op_mprotect},
	{"socket unix", op_socket_unix},
	{"socket inet", op_socket_inet},
	{"connect unix and accept", op_connect},
	{"unix datagram", op_datagram},
	{"udp datagram to an address", op_udp},
	{"pass a descriptor", op_pass_descriptor},
	{"vfork and wait", op_fork},
	{"vfork, execve and wait", op_execute},
	{"kill 0", op_kill},
	{"fcntl lock and unlock", op_lock},
	{"fcntl F_SETFL", op_set_flags},
	{"prctl", op_prctl},
	{"nice", op_set_priority},
	{"sethostname (a capability)", op_set_hostname},
};

const size_t operations_len = ARRAY_SIZE(operations);
