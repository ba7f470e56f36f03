/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One function under many names: tries one operation on one path, and gives its errno back. Each
 * entrypoint has rules of another kind. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "bpf/abi.h"
#include "postern-entrypoint.h"

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int try_read(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r = 0;

	if (fd < 0)
		return errno;
	if (read(fd, &byte, 1) < 0)
		r = errno;
	(void)close(fd);
	return r;
}

static int try_write(const char *path)
{
	return opened(path, O_WRONLY);
}

static int try_create(const char *path)
{
	return opened(path, O_WRONLY | O_CREAT | O_EXCL);
}

static int try_delete(const char *path)
{
	return unlink(path) < 0 ? errno : 0;
}

static int try_list(const char *path)
{
	return opened(path, O_RDONLY | O_DIRECTORY);
}

static int try_stat(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? errno : 0;
}

static int try_readlink(const char *path)
{
	char target[64];

	return readlink(path, target, sizeof(target)) < 0 ? errno : 0;
}

static int try_listxattr(const char *path)
{
	char names[256];

	return listxattr(path, names, sizeof(names)) < 0 ? errno : 0;
}

/* Writes back what stands there. */
static int try_rewrite(const char *path)
{
	char text[64];
	int fd = open(path, O_RDWR | O_CLOEXEC), r = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	n = read(fd, text, sizeof(text));
	if (n < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		r = errno;
	(void)close(fd);
	return r;
}

static int controlled(const char *path, unsigned long command)
{
	unsigned long long room = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return errno;
	r = ioctl(fd, command, &room) < 0 ? errno : 0;
	(void)close(fd);
	return r;
}

static int try_size(const char *path)
{
	return controlled(path, BLKGETSIZE64);
}

static int try_sector(const char *path)
{
	return controlled(path, BLKSSZGET);
}

static int try_lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return errno;
	r = flock(fd, LOCK_SH) < 0 ? errno : 0;
	(void)close(fd);
	return r;
}

static int try_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return errno;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	r = connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	(void)close(fd);
	return r;
}

/* Binds another value to the path's argument first. */
static int try_rebind(const char *path)
{
	for (unsigned long slot = 0; slot < POSTERN_SLOTS; slot++)
		(void)prctl(POSTERN_DOOR, POSTERN_DOOR_BIND, slot, "lo", 2UL);
	return try_read(path);
}

/* The same in a child, which has what its parent bound. */
static int try_child(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try_rebind(path));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* path: words that are split at spaces. What the program exits with, or 200 and the errno of
 * execve(2). */
static int try_run(const char *path)
{
	char words[256], *argv[4] = {}, *save = NULL;
	size_t n = 0;
	int status;
	pid_t pid;

	(void)snprintf(words, sizeof(words), "%s", path);
	for (char *word = strtok_r(words, " ", &save); word && n < 3;
	     word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	pid = fork();
	if (pid == 0) {
		(void)execv(argv[0], argv);
		_exit(200 + errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int attempt(struct postern_invocation *call)
{
	static const struct {
		const char *name;
		int (*try)(const char *path);
	} ways[] = {
		{"read", try_read},	    {"write", try_write},
		{"create", try_create},	    {"delete", try_delete},
		{"list", try_list},	    {"stat", try_stat},
		{"readlink", try_readlink}, {"rewrite", try_rewrite},
		{"size", try_size},	    {"sector", try_sector},
		{"lock", try_lock},	    {"connect", try_connect},
		{"run", try_run},	    {"rebind", try_rebind},
		{"child", try_child},	    {"listxattr", try_listxattr},
	};
	const char *way = postern_arg_string(call, "way");

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, way) == 0)
			return postern_return_integer(
				call, ways[i].try(postern_arg_string(call, "path")));
	return postern_fail(call, EINVAL, "there is no way \"%s\"", way);
}

POSTERN_MODULE({"slots", attempt}, {"machines", attempt}, {"globs", attempt}, {"plain", attempt},
	       {"devices", attempt}, {"talk", attempt}, {"locks", attempt}, {"programs", attempt},
	       {"groups", attempt}, {"network", attempt}, {"guarded", attempt});
