/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Many confined tasks at once: each look-up of a tag must find it, and each child must get one.
 *
 * Run by test_races.c, with the kernel programs that it has loaded. The contexts' cgroup, which
 * would refuse a task that has lost its tag, is left out here: a tag that is not found is an open
 * that works.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

#define POLICY	8
#define LOOPERS 16
#define FEW	10

#define DIR_   "/srv/storm"
#define OK     DIR_ "/ok/file"
#define SECRET DIR_ "/secret"

static struct shared {
	bool stop;
	unsigned long loops, opens, wrong, children, free, tagged;
} * shared;

static void count(unsigned long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE);
}

static bool opens(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static void *loop(void *userdata UNUSED)
{
	while (!stopped()) {
		(void)opens(OK);
		(void)chmod(OK, 0644);
		count(&shared->loops);
	}
	return NULL;
}

static void *try_secret(void *userdata UNUSED)
{
	while (!stopped()) {
		count(&shared->opens);
		if (opens(SECRET))
			count(&shared->wrong);
	}
	return NULL;
}

static int work(void *userdata UNUSED)
{
	pthread_t threads[LOOPERS + 1];

	for (size_t i = 0; i <= LOOPERS; i++)
		if (pthread_create(&threads[i], NULL, i < LOOPERS ? loop : try_secret, NULL) != 0)
			return 1;
	for (size_t i = 0; i <= LOOPERS; i++)
		(void)pthread_join(threads[i], NULL);
	return 0;
}

/* Each child tries, and its child too. */
static int fork_on(void *userdata UNUSED)
{
	while (!stopped()) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			bool free = opens(SECRET);

			pid = fork();
			if (pid == 0)
				_exit(opens(SECRET));
			if (pid > 0 && waitpid(pid, &status, 0) == pid && status)
				free = true;
			_exit(free);
		}
		if (pid < 0)
			continue;
		if (waitpid(pid, &status, 0) == pid) {
			count(&shared->children);
			if (status)
				count(&shared->free);
		}
	}
	return 0;
}

static int try_once(void *userdata UNUSED)
{
	return opens(SECRET);
}

static bool stormed(void)
{
	return __atomic_load_n(&shared->opens, __ATOMIC_RELAXED) >= FEW &&
	       __atomic_load_n(&shared->children, __ATOMIC_RELAXED) >= FEW && shared->tagged >= FEW;
}

/* Tags are set from outside meanwhile, which takes the same locks. */
static void tag_on(unsigned seconds)
{
	struct timespec end, now;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		if (hand_confined(POLICY, try_once, NULL) != 0)
			count(&shared->free);
		count(&shared->tagged);
		hand_forget();
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!shared->wrong && !shared->free &&
		 (now.tv_sec < end.tv_sec ||
		  (!stormed() && now.tv_sec < end.tv_sec + RACE_SECONDS_MORE)));
}

void test_storm(unsigned seconds)
{
	pid_t workers[2];
	int status;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		hand_bail("mmap: %s", strerror(errno));
	hand_directory("/srv");
	hand_directory(DIR_);
	hand_directory(DIR_ "/ok");
	hand_file(OK, "allowed\n");
	hand_file(SECRET, "secret\n");
	hand_policy(POLICY, hand_capable,
		    (const struct hand_rule[]){{DIR_ "/ok", NULL, ALL_RIGHTS}, {NULL, NULL, 0}});
	workers[0] = hand_spawn(POLICY, work, NULL);
	workers[1] = hand_spawn(POLICY, fork_on, NULL);
	tag_on(seconds);
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELEASE);
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++)
		(void)tap(waitpid(workers[i], &status, 0) == workers[i] && status == 0,
			  "worker %zu ends by itself", i);
	(void)tap(shared->opens >= FEW && shared->wrong == 0,
		  "opens of the secret beside %u busy threads (%lu loops): %lu of %lu worked",
		  LOOPERS, shared->loops, shared->wrong, shared->opens);
	(void)tap(shared->children >= FEW && shared->tagged >= FEW && shared->free == 0,
		  "children that were not confined: %lu of %lu forked and %lu tagged from outside",
		  shared->free, shared->children, shared->tagged);
}
