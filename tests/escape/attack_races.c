/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to open a file that take many tries: a link that moves, every descriptor, a very long path.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#define RACES	  100
#define TRIES	  100000
#define FDS_TRIED 1024
#define FLOOD	  3000

struct swap {
	const char *link, *good, *bad;
	bool stop;
};

static void *swapper(void *userdata)
{
	struct swap *s = userdata;
	char spare[4096];

	(void)snprintf(spare, sizeof(spare), "%s.spare", s->link);
	for (unsigned i = 0; !__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE); i++) {
		(void)unlink(spare);
		if (symlink(i & 1 ? s->bad : s->good, spare) == 0)
			(void)rename(spare, s->link);
	}
	(void)unlink(spare);
	return NULL;
}

/* One look through the link. Told apart by who is opened: the secret begins with an "s". Returns 0
 * when it was the secret, EACCES, or another errno. */
static int look(const char *link)
{
	cleanup_close int fd = open(link, O_RDONLY | O_CLOEXEC);
	char byte = 0;

	if (fd < 0)
		return errno;
	return read(fd, &byte, 1) == 1 && byte == 's' ? 0 : EAGAIN;
}

/* A symbolic link that points elsewhere all the time. Goes on until it was seen to point both
 * ways. */
static int swapped_symlink(const char *path, const char *other)
{
	struct swap s = {.link = "/srv/area/ok/swapped", .good = other, .bad = path};
	int opened = 0, refused = 0, r = EAGAIN;
	pthread_t thread;

	if (pthread_create(&thread, NULL, swapper, &s) != 0)
		return ATTEMPT_BROKEN;
	for (int i = 0; i < TRIES && r != 0 && (opened < RACES || refused < RACES); i++) {
		r = look(s.link);
		opened += r == EAGAIN;
		refused += r == EACCES;
		if (i % 7 == 0)
			(void)sched_yield();
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELEASE);
	(void)pthread_join(thread, NULL);
	(void)unlink(s.link);
	if (r == 0)
		return 0;
	return opened && refused ? EACCES : ATTEMPT_BROKEN;
}

static int back(int r)
{
	return chdir("/") < 0 ? ATTEMPT_BROKEN : r;
}

static int from_descriptor(int fd, const char *path)
{
	char up[8192];

	(void)snprintf(up, sizeof(up), "../../../../../../..%s", path);
	if (attack_opened(openat(fd, up, O_RDONLY | O_CLOEXEC)) == 0 ||
	    attack_opened(openat(fd, path + 1, O_RDONLY | O_CLOEXEC)) == 0)
		return 0;
	if (fchdir(fd) == 0 && attack_opened(open(path + 1, O_RDONLY | O_CLOEXEC)) == 0)
		return 0;
	return EACCES;
}

/* A worker has its own root, from which it can name all that it can name without a descriptor. */
static bool is_own_root(int fd)
{
	struct stat own, of;

	return stat("/", &own) == 0 && fstat(fd, &of) == 0 && own.st_dev == of.st_dev &&
	       own.st_ino == of.st_ino;
}

/* Every other descriptor that the process was left with, as a directory to start from, and reopened
 * itself: none may be more than what a worker is to have. */
static int left_open_fds(const char *path, const char *other UNUSED)
{
	for (int fd = 0; fd < FDS_TRIED; fd++) {
		if (fcntl(fd, F_GETFD) < 0 || is_own_root(fd))
			continue;
		if (from_descriptor(fd, path) == 0)
			return 0;
	}
	return back(EACCES);
}

/* Allowed files, by a path that the event cannot hold whole and a directory that is deep. */
static int deep(const char *path, const char *other)
{
	char directory[4096];
	int levels = 0, r = ATTEMPT_BROKEN;

	if (chdir(path) < 0)
		return ATTEMPT_BROKEN;
	(void)memset(directory, 'd', 200);
	directory[200] = '\0';
	for (; levels < 40; levels++)
		if (mkdir(directory, 0755) < 0 || chdir(directory) < 0)
			break;
	if (levels == 40)
		r = attack_opened(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	(void)unlink(other);
	for (; levels > 0; levels--)
		if (chdir("..") < 0 || rmdir(directory) < 0)
			r = ATTEMPT_BROKEN;
	return back(r);
}

/* Any other end than a refusal ends it. */
static int open_often(const char *path, const char *other UNUSED)
{
	int r = EACCES;

	for (int i = 0; i < FLOOD && r == EACCES; i++)
		r = attack_opened(open(path, O_RDONLY | O_CLOEXEC));
	return r;
}

const struct attempt attack_races[] = {
	{"swapped symlink", swapped_symlink},
	{"left open descriptors", left_open_fds},
	{"deep directories", deep},
	{"open very often", open_often},
	{},
};
