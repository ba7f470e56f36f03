/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to give a file that is not listed a name that is, or the other way round. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#define RENAME_NOREPLACE_ (1u << 0) /* linux/fs.h, which stdio.h of some C libraries repeats */
#define RENAME_EXCHANGE_  (1u << 1)
#define RENAME_WHITEOUT_  (1u << 2)
#define RACES		  300

static int rename_with(const char *from, const char *to, unsigned flags)
{
	return attack_failed(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags));
}

static int then_open(int r, const char *path)
{
	return r ? r : attack_opened(open(path, O_RDONLY | O_CLOEXEC));
}

static int hard_link(const char *path, const char *other)
{
	return then_open(attack_failed(link(path, other)), other);
}

static int hard_link_empty_path(const char *path, const char *other)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return then_open(attack_failed(linkat(fd, "", AT_FDCWD, other, AT_EMPTY_PATH)), other);
}

static int hard_link_proc_fd(const char *path, const char *other)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);
	char name[64];

	if (fd < 0)
		return errno;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return then_open(attack_failed(linkat(AT_FDCWD, name, AT_FDCWD, other, AT_SYMLINK_FOLLOW)),
			 other);
}

/* A file without a name, from an allowed directory (other), given a name elsewhere (path). */
static int link_unnamed(const char *path, const char *other)
{
	cleanup_close int fd = open(other, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
	char name[64];

	if (fd < 0)
		return ATTEMPT_BROKEN;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT)
		return errno;
	return attack_failed(linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

static int rename_away(const char *path, const char *other)
{
	return then_open(rename_with(path, other, 0), other);
}

/* An own file (other) in place of one that is not listed (path). */
static int rename_over(const char *path, const char *other)
{
	return rename_with(other, path, 0);
}

static int rename_exchange(const char *path, const char *other)
{
	return then_open(rename_with(path, other, RENAME_EXCHANGE_), other);
}

static int rename_exchange_back(const char *path, const char *other)
{
	return rename_exchange(other, path);
}

static int rename_whiteout(const char *path, const char *other)
{
	return then_open(rename_with(path, other, RENAME_WHITEOUT_), other);
}

static int rename_no_replace(const char *path, const char *other)
{
	return then_open(rename_with(path, other, RENAME_NOREPLACE_), other);
}

/* The directory above the file. */
static int rename_parent(const char *path, const char *other)
{
	char directory[4096];

	(void)attack_split(path, directory);
	return rename_with(directory, other, 0);
}

struct exchange {
	const char *a, *b;
	bool stop;
};

static void *exchanger(void *userdata)
{
	struct exchange *e = userdata;

	while (!__atomic_load_n(&e->stop, __ATOMIC_ACQUIRE))
		(void)rename_with(e->a, e->b, RENAME_EXCHANGE_);
	return NULL;
}

/*
 * Renames all the while, so that a walk from the file up to the root could gather from two places.
 * path: the file that is not listed; other: a directory with full rights, with two directories in
 * it to exchange.
 */
static int open_while_renaming(const char *path, const char *other)
{
	char a[4096], b[4096];
	struct exchange e = {.a = a, .b = b};
	pthread_t thread;
	int r = EACCES;

	(void)snprintf(a, sizeof(a), "%s/left", other);
	(void)snprintf(b, sizeof(b), "%s/right", other);
	if ((mkdir(a, 0755) < 0 && errno != EEXIST) || (mkdir(b, 0755) < 0 && errno != EEXIST) ||
	    pthread_create(&thread, NULL, exchanger, &e) != 0)
		return ATTEMPT_BROKEN;
	for (int i = 0; i < RACES && r != 0; i++)
		r = attack_opened(open(path, O_RDONLY | O_CLOEXEC));
	__atomic_store_n(&e.stop, true, __ATOMIC_RELEASE);
	(void)pthread_join(thread, NULL);
	(void)rmdir(a);
	(void)rmdir(b);
	return r;
}

const struct attempt attack_links[] = {
	{"hard link", hard_link},
	{"linkat AT_EMPTY_PATH", hard_link_empty_path},
	{"linkat of /proc/self/fd", hard_link_proc_fd},
	{"link an unnamed file", link_unnamed},
	{"rename away", rename_away},
	{"rename over", rename_over},
	{"rename exchange", rename_exchange},
	{"rename exchange, the other way round", rename_exchange_back},
	{"rename with whiteout", rename_whiteout},
	{"rename without replacing", rename_no_replace},
	{"rename the parent", rename_parent},
	{"open while renaming", open_while_renaming},
	{},
};
