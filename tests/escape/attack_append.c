/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to change what is already in a file that may only be appended to. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#define RWF_NOAPPEND_	0x20 /* linux/fs.h from 6.9 on */
#define FL_WRITE_ZEROES 0x80 /* linux/falloc.h from 6.17 on */

static int open_append(const char *path, int mode)
{
	return open(path, mode | O_APPEND | O_CLOEXEC);
}

static int append(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open_append(path, O_WRONLY);

	return fd < 0 ? errno : attack_failed(write(fd, "more\n", 5));
}

/* The flag is the file's, not the inode's, and may be taken off (fcntl(2)). */
static int clear_flag(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open_append(path, O_WRONLY);

	if (fd < 0)
		return ATTEMPT_BROKEN;
	if (fcntl(fd, F_SETFL, 0) < 0)
		return errno;
	return attack_failed(pwrite(fd, "X", 1, 0));
}

/* What F_SETFL is for must go on working. */
static int set_flags(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open_append(path, O_WRONLY);

	if (fd < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
}

static int map(const char *path, int protection, int later)
{
	cleanup_close int fd = open_append(path, O_RDWR);
	char *at;
	int r = 0;

	if (fd < 0)
		return ATTEMPT_BROKEN;
	at = mmap(NULL, 4096, protection, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return errno;
	if (later)
		r = attack_failed(mprotect(at, 4096, later));
	if (r == 0)
		at[0] = 'X';
	(void)munmap(at, 4096);
	return r;
}

static int map_shared(const char *path, const char *other UNUSED)
{
	return map(path, PROT_READ | PROT_WRITE, 0);
}

static int map_then_protect(const char *path, const char *other UNUSED)
{
	return map(path, PROT_READ, PROT_READ | PROT_WRITE);
}

static int write_no_append(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open_append(path, O_WRONLY);
	struct iovec data = {(void *)(uintptr_t) "X", 1};

	if (fd < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(pwritev2(fd, &data, 1, 0, RWF_NOAPPEND_));
}

static int truncate_fd(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open_append(path, O_WRONLY);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(ftruncate(fd, 0));
}

static int allocate(const char *path, int mode)
{
	cleanup_close int fd = open_append(path, O_WRONLY);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(fallocate(fd, mode, 0, 4096));
}

static int punch_hole(const char *path, const char *other UNUSED)
{
	return allocate(path, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
}

static int zero_range(const char *path, const char *other UNUSED)
{
	return allocate(path, FALLOC_FL_ZERO_RANGE);
}

static int write_zeroes(const char *path, const char *other UNUSED)
{
	return allocate(path, FL_WRITE_ZEROES);
}

static int collapse_range(const char *path, const char *other UNUSED)
{
	return allocate(path, FALLOC_FL_COLLAPSE_RANGE);
}

/* other: a file to take the bytes from */
static int copy_range(const char *path, const char *other)
{
	cleanup_close int to = open_append(path, O_WRONLY),
			  from = open(other, O_RDONLY | O_CLOEXEC);
	off_t begin = 0, begin_from = 0;

	if (to < 0 || from < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(copy_file_range(from, &begin_from, to, &begin, 1, 0));
}

static int clone_file(const char *path, const char *other)
{
	cleanup_close int to = open_append(path, O_WRONLY),
			  from = open(other, O_RDONLY | O_CLOEXEC);

	if (to < 0 || from < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(ioctl(to, FICLONE, from));
}

static int splice_in(const char *path, const char *other UNUSED)
{
	cleanup_close int to = open_append(path, O_WRONLY);
	off_t begin = 0;
	int fds[2], r;

	if (to < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return ATTEMPT_BROKEN;
	r = write(fds[1], "X", 1) == 1
		    ? attack_failed(splice(fds[0], NULL, to, &begin, 1, SPLICE_F_NONBLOCK))
		    : ATTEMPT_BROKEN;
	(void)close(fds[0]);
	(void)close(fds[1]);
	return r;
}

static int reopen(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_WRONLY | O_CLOEXEC));
}

const struct attempt attack_append[] = {
	{"append", append},
	{"F_SETFL with O_APPEND", set_flags},
	{"F_SETFL without O_APPEND", clear_flag},
	{"map shared and writable", map_shared},
	{"map shared, then mprotect", map_then_protect},
	{"pwritev2 RWF_NOAPPEND", write_no_append},
	{"ftruncate", truncate_fd},
	{"fallocate punch hole", punch_hole},
	{"fallocate zero range", zero_range},
	{"fallocate write zeroes", write_zeroes},
	{"fallocate collapse range", collapse_range},
	{"copy_file_range to the beginning", copy_range},
	{"FICLONE", clone_file},
	{"splice to the beginning", splice_in},
	{"open without O_APPEND", reopen},
	{},
};
