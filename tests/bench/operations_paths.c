/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Operations on paths. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "tests/bench/operations.h"

#define DIR	"/d1/d2/d3/d4/ops"
#define FILE_A	DIR "/a"
#define MADE	DIR "/made"
#define SYMLINK DIR "/symlink"
#define XATTR	"trusted.bench"

static int descriptor, watcher;

static void must(int r, const char *what)
{
	if (r < 0)
		bench_bail("%s: %s", what, strerror(errno));
}

void paths_prepare(void)
{
	must(mkdir(DIR, 0755), "mkdir " DIR);
	descriptor = open(FILE_A, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	must(descriptor, "open " FILE_A);
	must(symlink("a", SYMLINK), "symlink");
	watcher = inotify_init1(IN_CLOEXEC);
	must(watcher, "inotify_init1");
	must(setxattr(FILE_A, XATTR, "v", 1, 0), "setxattr");
}

void op_open_write(void)
{
	int fd = open(FILE_A, O_WRONLY | O_TRUNC | O_CLOEXEC);

	must(fd, "open for writing");
	(void)close(fd);
}

void op_create_unlink(void)
{
	int fd = open(MADE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	must(fd, "create");
	(void)close(fd);
	must(unlink(MADE), "unlink");
}

void op_mkdir_rmdir(void)
{
	must(mkdir(MADE, 0755), "mkdir");
	must(rmdir(MADE), "rmdir");
}

void op_rename(void)
{
	must(rename(FILE_A, MADE), "rename");
	must(rename(MADE, FILE_A), "rename");
}

void op_link_unlink(void)
{
	must(link(FILE_A, MADE), "link");
	must(unlink(MADE), "unlink");
}

void op_symlink_unlink(void)
{
	must(symlink("a", MADE), "symlink");
	must(unlink(MADE), "unlink");
}

void op_chmod(void)
{
	must(chmod(FILE_A, 0644), "chmod");
}

void op_chown(void)
{
	must(chown(FILE_A, 0, 0), "chown");
}

void op_utimens(void)
{
	must(utimensat(AT_FDCWD, FILE_A, NULL, 0), "utimensat");
}

void op_truncate(void)
{
	must(truncate(FILE_A, 0), "truncate");
}

void op_ftruncate(void)
{
	must(ftruncate(descriptor, 0), "ftruncate");
}

void op_setxattr(void)
{
	must(setxattr(FILE_A, XATTR, "v", 1, 0), "setxattr");
}

void op_removexattr(void)
{
	must(setxattr(FILE_A, XATTR "2", "v", 1, 0), "setxattr");
	must(removexattr(FILE_A, XATTR "2"), "removexattr");
}

void op_access(void)
{
	must(access(FILE_A, R_OK), "access");
}

void op_readlink(void)
{
	char target[16];

	must((int)readlink(SYMLINK, target, sizeof(target)), "readlink");
}

void op_inotify(void)
{
	int watch = inotify_add_watch(watcher, FILE_A, IN_ATTRIB);

	must(watch, "inotify_add_watch");
	must(inotify_rm_watch(watcher, watch), "inotify_rm_watch");
}
