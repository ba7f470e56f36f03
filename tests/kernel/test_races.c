/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files are opened while they are renamed and mounted about: no open may gather its rights from two
 * places.
 *
 * usage: races [SECONDS], and as many for test_storm.c. Takes two processors: on one, no rename
 * happens in the middle of a walk. The secret is at no time below a rule, or at a name that a rule
 * names. But what it lies in is below one before it comes in and after it went out, so a walk that
 * sees the one half before and the other after would grant it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

#define POLICY	  7
#define RACE	  "/srv/race"
#define SECONDS	  20
#define FEW	  20 /* of each kind must have happened, or nothing raced */
#define EXCHANGE_ (1u << 1)

/* In memory that all processes share. */
static struct shared {
	bool stop;
	unsigned long opens, wrong, overlapped, granted, refused, unstable;
	unsigned long carried, named, moved, mounts, swapped, inside;
} * shared;

static void count(unsigned long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static unsigned long read_count(const unsigned long *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE);
}

static void move(const char *from, const char *to)
{
	if (rename(from, to) < 0 && !stopped())
		hand_bail("rename %s to %s: %s", from, to, strerror(errno));
}

/* -- the host's racers, not confined */

/* The directory comes from below the rule, takes the secret in, lets it out, and goes back. */
static void *carry(void *userdata UNUSED)
{
	while (!stopped()) {
		move(RACE "/ok/A", RACE "/bad/A");
		move(RACE "/bad/secret", RACE "/bad/A/secret");
		move(RACE "/bad/A/secret", RACE "/bad/secret");
		move(RACE "/bad/A", RACE "/ok/A");
		count(&shared->carried);
	}
	return NULL;
}

/* The right name in the wrong directory, then the wrong name in the right one. */
static void *take_names(void *userdata UNUSED)
{
	while (!stopped()) {
		move(RACE "/wrong/name", RACE "/right/other");
		move(RACE "/right/other", RACE "/wrong/name");
		count(&shared->named);
	}
	return NULL;
}

static void move_mount_(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_MOVE, NULL) < 0 && !stopped())
		hand_bail("move the mount %s to %s: %s", from, to, strerror(errno));
}

/* The same with a mount: the secret goes in only while the mount lies outside. */
static void *carry_mount(void *userdata UNUSED)
{
	while (!stopped()) {
		move_mount_(RACE "/ok/m", RACE "/bad/m");
		move(RACE "/mounted/secret", RACE "/mounted/D/secret");
		move(RACE "/mounted/D/secret", RACE "/mounted/secret");
		move_mount_(RACE "/bad/m", RACE "/ok/m");
		count(&shared->moved);
	}
	return NULL;
}

static void *mount_and_umount(void *userdata UNUSED)
{
	while (!stopped()) {
		if (mount("none", RACE "/ok/over", "tmpfs", 0, NULL) < 0 ||
		    umount2(RACE "/ok/over", MNT_DETACH) < 0)
			hand_bail("mount and umount: %s", strerror(errno));
		count(&shared->mounts);
		(void)usleep(1000);
	}
	return NULL;
}

static void *swap_links(void *userdata UNUSED)
{
	static const char *const targets[] = {RACE "/bad/fixed", RACE "/ok/file"};

	for (unsigned i = 0; !stopped(); i++) {
		(void)unlink(RACE "/ok/spare");
		if (symlink(targets[i & 1], RACE "/ok/spare") < 0)
			hand_bail("symlink: %s", strerror(errno));
		move(RACE "/ok/spare", RACE "/ok/link");
		count(&shared->swapped);
	}
	return NULL;
}

/* -- the worker, confined */

static unsigned long changes(void)
{
	return read_count(&shared->carried) + read_count(&shared->named) +
	       read_count(&shared->moved);
}

/* The secret itself, whatever its name is by now, and however it was reached. */
static void *open_secret(void *userdata)
{
	const char *path = userdata;
	unsigned long before;
	int fd;

	while (!stopped()) {
		before = changes();
		fd = open(path, O_RDONLY | O_CLOEXEC);
		count(&shared->opens);
		if (changes() != before)
			count(&shared->overlapped);
		if (fd >= 0) {
			count(&shared->wrong);
			(void)close(fd);
		} else if (errno == EACCES) {
			count(&shared->refused);
		}
	}
	return NULL;
}

static void *open_link(void *userdata UNUSED)
{
	while (!stopped()) {
		int fd = open(RACE "/ok/link", O_RDONLY | O_CLOEXEC);
		char byte = 0;

		if (fd < 0)
			continue;
		if (read(fd, &byte, 1) == 1 && byte == 's')
			count(&shared->wrong);
		(void)close(fd);
	}
	return NULL;
}

static void *open_allowed(void *userdata UNUSED)
{
	while (!stopped()) {
		int fd = open(RACE "/ok/file", O_RDONLY | O_CLOEXEC);

		count(fd < 0 ? &shared->unstable : &shared->granted);
		if (fd >= 0)
			(void)close(fd);
		(void)usleep(200);
	}
	return NULL;
}

/* What a worker may rename: directories and files, one way and in exchange. */
static void *rename_inside(void *userdata UNUSED)
{
	while (!stopped()) {
		if (syscall(SYS_renameat2, AT_FDCWD, RACE "/ok/x", AT_FDCWD, RACE "/ok/y",
			    EXCHANGE_) == 0 &&
		    rename(RACE "/ok/x/file", RACE "/ok/y/file") == 0 &&
		    rename(RACE "/ok/y/file", RACE "/ok/x/file") == 0)
			count(&shared->inside);
		/* A walk is tried again only so often: without a pause, none would end. */
		(void)usleep(500);
	}
	return NULL;
}

static const char *by_descriptor(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	char *name = NULL;

	if (fd < 0 || asprintf(&name, "/proc/self/fd/%d", fd) < 0)
		hand_bail("open %s: %s", path, strerror(errno));
	return name;
}

static void *(*const worker_threads[])(void *) = {open_secret, open_secret,  open_secret,
						  open_link,   open_allowed, rename_inside};

static int work(void *userdata)
{
	const char *const *secrets = userdata;
	pthread_t threads[ARRAY_SIZE(worker_threads)];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		if (pthread_create(&threads[i], NULL, worker_threads[i],
				   (void *)(uintptr_t)(i < 3 ? secrets[i] : NULL)) != 0)
			return 1;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		(void)pthread_join(threads[i], NULL);
	return 0;
}

/* -- */

static void prepare(void)
{
	static const char *const directories[] = {"ok",	   "ok/A",    "ok/x",	 "ok/y",
						  "ok/m",  "ok/over", "bad",	 "bad/m",
						  "wrong", "right",   "mounted", "mounted/D"};
	static const char *const files[] = {"bad/secret", "bad/fixed", "wrong/name",
					    "mounted/secret"};
	char path[256];

	hand_directory("/srv");
	hand_directory(RACE);
	if (mount("none", RACE, "tmpfs", 0, NULL) < 0 ||
	    mount(NULL, RACE, NULL, MS_PRIVATE, NULL) < 0)
		hand_bail("mount a tmpfs: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		(void)snprintf(path, sizeof(path), RACE "/%s", directories[i]);
		hand_directory(path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(path, sizeof(path), RACE "/%s", files[i]);
		hand_file(path, "secret\n");
	}
	hand_file(RACE "/ok/file", "allowed\n");
	hand_file(RACE "/ok/x/file", "allowed\n");
	hand_file(RACE "/ok/y/file", "allowed\n");
	hand_file(RACE "/right/name", "allowed\n");
	if (symlink(RACE "/ok/file", RACE "/ok/link") < 0 ||
	    mount(RACE "/mounted/D", RACE "/bad/m", NULL, MS_BIND, NULL) < 0)
		hand_bail("prepare: %s", strerror(errno));
}

/* Opened while it lies in the mount, so that the walk goes by the mount. */
static const char *by_mount(void)
{
	const char *name;

	move(RACE "/mounted/secret", RACE "/mounted/D/secret");
	name = by_descriptor(RACE "/bad/m/secret");
	move(RACE "/mounted/D/secret", RACE "/mounted/secret");
	move_mount_(RACE "/bad/m", RACE "/ok/m");
	return name;
}

static void *(*const racers[])(void *) = {carry, take_names, carry_mount, mount_and_umount,
					  swap_links};

static bool raced(void)
{
	const unsigned long *const counts[] = {
		&shared->refused, &shared->overlapped, &shared->carried,
		&shared->named,	  &shared->moved,      &shared->mounts,
		&shared->swapped, &shared->inside,     &shared->granted,
	};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (read_count(counts[i]) < FEW)
			return false;
	return true;
}

/* A machine that is slow or busy gets more time for as many. */
static void race(unsigned seconds)
{
	const char *secrets[] = {by_descriptor(RACE "/bad/secret"),
				 by_descriptor(RACE "/wrong/name"), by_mount()};
	struct timespec end, now;
	pthread_t threads[ARRAY_SIZE(racers)];
	pid_t worker = hand_spawn(POLICY, work, secrets);
	int status;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		if (pthread_create(&threads[i], NULL, racers[i], NULL) != 0)
			hand_bail("make a thread");
	do {
		hand_forget();
		(void)usleep(50000);
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!read_count(&shared->wrong) &&
		 (now.tv_sec < end.tv_sec ||
		  (!raced() && now.tv_sec < end.tv_sec + RACE_SECONDS_MORE)));
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELEASE);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		(void)pthread_join(threads[i], NULL);
	(void)tap(waitpid(worker, &status, 0) == worker && status == 0,
		  "the worker ends by itself");
}

static void enough(const char *what, unsigned long number)
{
	(void)tap(number >= FEW, "%s: %lu", what, number);
}

int main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : SECONDS;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || sysconf(_SC_NPROCESSORS_ONLN) < 2)
		hand_bail("two processors are needed");
	(void)hand_start();
	prepare();
	hand_policy(POLICY, hand_capable,
		    (const struct hand_rule[]){
			    {RACE "/ok", NULL, ALL_RIGHTS},
			    {RACE "/right", "name", ALL_RIGHTS},
			    {NULL, NULL, 0},
		    });
	race(seconds);
	(void)tap(shared->wrong == 0, "opens of a secret that were allowed: %lu of %lu in %u s",
		  shared->wrong, shared->opens, seconds);
	enough("refused", shared->refused);
	enough("with a change meanwhile", shared->overlapped);
	enough("directories carried there and back", shared->carried);
	enough("names exchanged", shared->named);
	enough("mounts moved there and back", shared->moved);
	enough("mounts made and undone", shared->mounts);
	enough("links swapped", shared->swapped);
	enough("renames by the worker", shared->inside);
	enough("opens of the allowed file that were granted", shared->granted);
	printf("# and that were not: %lu\n", shared->unstable);
	printf("# kernel/test_storm\n");
	hand_forget();
	test_storm(seconds);
	return tap_done();
}
