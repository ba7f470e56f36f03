/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to open a file that is not listed: by other names, through links, /proc and descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/syscall.h>

#include "base/util.h"
#include "tests/escape/attack.h"

static int open_read(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_RDONLY | O_CLOEXEC));
}

static int open_write(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_WRONLY | O_CLOEXEC));
}

static int open_read_write(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_RDWR | O_CLOEXEC));
}

static int open_append(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_WRONLY | O_APPEND | O_CLOEXEC));
}

static int open_truncate(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_RDONLY | O_TRUNC | O_CLOEXEC));
}

/* Access mode 3: a descriptor for ioctl alone (open(2)). */
static int open_ioctl(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_ACCMODE | O_CLOEXEC));
}

static int open_direct(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_RDONLY | O_NOATIME | O_NONBLOCK | O_CLOEXEC));
}

static int list(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* other: where the link is to be. */
static int through_symlink(const char *path, const char *other)
{
	(void)unlink(other);
	if (symlink(path, other) < 0)
		return ATTEMPT_BROKEN;
	return open_read(other, NULL);
}

static int through(const char *prefix, const char *path)
{
	char longer[8192];

	(void)snprintf(longer, sizeof(longer), "%s%s", prefix, path);
	return open_read(longer, NULL);
}

static int proc_root(const char *path, const char *other UNUSED)
{
	return through("/proc/self/root", path);
}

static int proc_task_root(const char *path, const char *other UNUSED)
{
	return through("/proc/thread-self/root", path);
}

static int proc_cwd(const char *path, const char *other UNUSED)
{
	return through("/proc/self/cwd/..", path);
}

static int proc_helper_root(const char *path, const char *other UNUSED)
{
	return through("/proc/1/root", path);
}

static int dot_dot(const char *path, const char *other UNUSED)
{
	return through("/srv/area/ok/dir/../../../..", path);
}

static int double_slash(const char *path, const char *other UNUSED)
{
	return through("//srv/.././/", path + 1);
}

static int reopen_fd(int fd)
{
	char path[64];

	if (fd < 0)
		return errno;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_read(path, NULL);
}

static int reopen_path_fd(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

	return reopen_fd(fd);
}

static int empty_path_openat2(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};

	if (fd < 0)
		return errno;
	return attack_opened((int)syscall(SYS_openat2, fd, "", &how, sizeof(how)));
}

static int path_fd_directory(const char *path, const char *other UNUSED)
{
	char directory[4096];
	const char *name = attack_split(path, directory);
	cleanup_close int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return attack_opened(openat(fd, name, O_RDONLY | O_CLOEXEC));
}

static int openat2_with(const char *path, __u64 resolve)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = resolve};
	cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return errno;
	return attack_opened((int)syscall(SYS_openat2, root, path + 1, &how, sizeof(how)));
}

static int openat2_in_root(const char *path, const char *other UNUSED)
{
	return openat2_with(path, RESOLVE_IN_ROOT);
}

static int openat2_beneath(const char *path, const char *other UNUSED)
{
	return openat2_with(path, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

static int openat2_no_symlinks(const char *path, const char *other UNUSED)
{
	return openat2_with(path, RESOLVE_NO_SYMLINKS);
}

static int back(int r)
{
	return chdir("/") < 0 ? ATTEMPT_BROKEN : r;
}

static int chdir_and_open(const char *path, const char *other UNUSED)
{
	char directory[4096];
	const char *name = attack_split(path, directory);
	int r = chdir(directory) < 0 ? errno : open_read(name, NULL);

	return back(r);
}

static int fchdir_and_open(const char *path, const char *other UNUSED)
{
	char directory[4096];
	const char *name = attack_split(path, directory);
	cleanup_close int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 || fchdir(fd) < 0 ? errno : open_read(name, NULL);

	return back(r);
}

static int watch(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = inotify_init1(IN_CLOEXEC);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(inotify_add_watch(fd, path, IN_ALL_EVENTS));
}

const struct attempt attack_opens[] = {
	{"open to read", open_read},
	{"open to write", open_write},
	{"open to read and write", open_read_write},
	{"open to append", open_append},
	{"open to read and truncate", open_truncate},
	{"open for ioctl alone", open_ioctl},
	{"open with O_NOATIME", open_direct},
	{"list", list},
	{"inotify", watch},
	{"symlink", through_symlink},
	{"/proc/self/root", proc_root},
	{"/proc/thread-self/root", proc_task_root},
	{"/proc/self/cwd/..", proc_cwd},
	{"/proc/1/root", proc_helper_root},
	{"dot dot", dot_dot},
	{"double slash", double_slash},
	{"reopen an O_PATH descriptor", reopen_path_fd},
	{"openat2 of an O_PATH descriptor by an empty path", empty_path_openat2},
	{"openat of an O_PATH directory", path_fd_directory},
	{"openat2 RESOLVE_IN_ROOT", openat2_in_root},
	{"openat2 RESOLVE_BENEATH", openat2_beneath},
	{"openat2 RESOLVE_NO_SYMLINKS", openat2_no_symlinks},
	{"chdir", chdir_and_open},
	{"fchdir", fchdir_and_open},
	{},
};
