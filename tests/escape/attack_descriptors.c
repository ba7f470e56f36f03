/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is tried with a descriptor that came from elsewhere: its number is `other`. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/escape/attack.h"

static int try_read(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	char byte;

	return attack_failed(read(fd, &byte, 1));
}

static int try_write(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return attack_failed(write(fd, "x", 1));
}

static int try_map(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return attack_failed(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1
											   : 0);
}

static int try_map_exec(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return attack_failed(
		mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
}

static int try_protect_exec(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		return ATTEMPT_BROKEN;
	return attack_failed(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int try_mode(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return attack_failed(fchmod(fd, 0666));
}

static int try_owner(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return attack_failed(fchown(fd, 1000, 1000));
}

static int try_times(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	return attack_failed(futimens(fd, long_ago));
}

static int try_attribute(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return attack_failed(fsetxattr(fd, "user.escape", "x", 1, 0));
}

static int try_truncate(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return attack_failed(ftruncate(fd, 0));
}

static int try_ioctl(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	int version;

	return attack_failed(ioctl(fd, 0x80087601 /* FS_IOC_GETVERSION */, &version));
}

static int try_lock(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	struct flock lock = {.l_type = F_RDLCK};

	return attack_failed(fcntl(fd, F_SETLK, &lock));
}

static int reopen(int fd, int flags)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return attack_opened(open(name, flags | O_CLOEXEC));
}

static int try_reopen(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return reopen(fd, O_RDONLY);
}

static int try_reopen_to_write(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	return reopen(fd, O_WRONLY);
}

static int try_execute(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	char *const none[] = {(char[]){"x"}, NULL};

	(void)syscall(SYS_execveat, fd, "", none, none + 1, AT_EMPTY_PATH);
	return errno;
}

static int try_link(const char *path, const char *other)
{
	int fd = atoi(other);
	return attack_failed(linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH));
}

static int try_send_on(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return ATTEMPT_BROKEN;
	return attack_give(pair[0], fd);
}

static int try_listen(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	(void)connect(fd, &none, sizeof(none));
	return attack_failed(listen(fd, 1));
}

static int try_connect(const char *path UNUSED, const char *other)
{
	int fd = atoi(other);
	const struct sockaddr none = {.sa_family = AF_UNSPEC};
	const struct sockaddr_in other_end = {.sin_family = AF_INET,
					      .sin_port = htons(9),
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (connect(fd, &none, sizeof(none)) < 0)
		return errno;
	return attack_failed(connect(fd, (const struct sockaddr *)&other_end, sizeof(other_end)));
}

const struct attempt attack_descriptors[] = {
	{"descriptor: read", try_read},
	{"descriptor: write", try_write},
	{"descriptor: map", try_map},
	{"descriptor: map to execute", try_map_exec},
	{"descriptor: protect to execute", try_protect_exec},
	{"descriptor: fchmod", try_mode},
	{"descriptor: fchown", try_owner},
	{"descriptor: futimens", try_times},
	{"descriptor: fsetxattr", try_attribute},
	{"descriptor: ftruncate", try_truncate},
	{"descriptor: ioctl", try_ioctl},
	{"descriptor: lock", try_lock},
	{"descriptor: reopen", try_reopen},
	{"descriptor: reopen to write", try_reopen_to_write},
	{"descriptor: execute", try_execute},
	{"descriptor: link", try_link},
	{"descriptor: send on", try_send_on},
	{"descriptor: listen anew", try_listen},
	{"descriptor: connect anew", try_connect},
	{},
};
