/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ioctls that name an interface, and swapping the name between the check and its use.
 *
 * path: COMMAND:INTERFACE, the command in hexadecimal. other: the family of the socket, or a file
 * that begins with a slash. An interface that is not there counts as reached.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#define ROUNDS	   2000
#define IOCTL_I386 54

struct target {
	int fd;
	unsigned command;
	char name[IFNAMSIZ];
};

static bool target_make(const char *path, const char *other, struct target *ret)
{
	const char *colon = strchr(path, ':');

	*ret = (struct target){.command = (unsigned)strtoul(path, NULL, 16)};
	(void)snprintf(ret->name, sizeof(ret->name), "%s", colon ? colon + 1 : "");
	ret->fd = other[0] == '/' ? open(other, O_RDWR | O_CLOEXEC)
				  : socket(atoi(other), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return ret->fd >= 0;
}

static int result_of(long r)
{
	return r < 0 && (errno == EPERM || errno == EACCES) ? errno : 0;
}

static void *memory_make(int flags)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* In memory of the kind that flags say. */
static int once(const char *path, const char *other, int flags)
{
	struct ifreq *request = memory_make(flags);
	struct target t;
	int r;

	if (!request || !target_make(path, other, &t))
		return ATTEMPT_BROKEN;
	memcpy(request->ifr_name, t.name, IFNAMSIZ);
	r = result_of(ioctl(t.fd, t.command, request));
	(void)close(t.fd);
	(void)munmap(request, 4096);
	return r;
}

static int plain(const char *path, const char *other)
{
	return once(path, other, MAP_PRIVATE);
}

/* Of a unix socket; path: what the call bound, other: COMMAND:INTERFACE. */
static int beside_argument(const char *path UNUSED, const char *other)
{
	return once(other, "1", MAP_PRIVATE);
}

static int in_shared_memory(const char *path, const char *other)
{
	return once(path, other, MAP_SHARED);
}

/* In a private mapping of a file, whose other mappings still show through until it is written. */
static int in_file(const char *path, const char *other)
{
	cleanup_close int file = memfd_create("names", MFD_CLOEXEC);
	struct ifreq *request;
	struct target t;
	int r;

	if (file < 0 || ftruncate(file, 4096) < 0 || !target_make(path, other, &t))
		return ATTEMPT_BROKEN;
	if (pwrite(file, t.name, IFNAMSIZ, 0) != IFNAMSIZ)
		return ATTEMPT_BROKEN;
	request = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	if (request == MAP_FAILED)
		return ATTEMPT_BROKEN;
	r = result_of(ioctl(t.fd, t.command, request));
	(void)close(t.fd);
	(void)munmap(request, 4096);
	return r;
}

/* By int 0x80, as 32-bit code. */
static int compat(const char *path, const char *other)
{
	struct ifreq *request = memory_make(MAP_PRIVATE | MAP_32BIT);
	struct target t;
	long r;

	if (!request || !target_make(path, other, &t))
		return ATTEMPT_BROKEN;
	memcpy(request->ifr_name, t.name, IFNAMSIZ);
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"((long)IOCTL_I386), "b"((long)t.fd), "c"((long)t.command),
			   "d"((long)request)
			 : "memory", "r8", "r9", "r10", "r11");
	(void)close(t.fd);
	(void)munmap(request, 4096);
	errno = (int)-r;
	return result_of(r < 0 ? -1 : 0);
}

/* Writes now one name, now the other, for as long as it is let. */
struct swap {
	volatile char *name;
	char other[IFNAMSIZ];
	volatile int stop;
};

static void swap_on(struct swap *s, const char *granted)
{
	while (!s->stop) {
		for (size_t i = 0; i < IFNAMSIZ; i++)
			s->name[i] = s->other[i];
		for (size_t i = 0; i < IFNAMSIZ; i++)
			s->name[i] = granted[i];
	}
}

static void *swap_thread(void *userdata)
{
	swap_on(userdata, "tap0\0\0\0\0\0\0\0\0\0\0\0");
	return NULL;
}

/* Tries until the swapped name is taken: it is an interface that is there, the granted one is not.
 */
static int race(const struct target *t, struct ifreq *request)
{
	int refused = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (ioctl(t->fd, t->command, request) == 0)
			return 0;
		if (errno == EACCES || errno == EPERM)
			refused = errno;
	}
	return refused ? refused : ENODEV;
}

/* path: the name that is not granted */
static int by_thread(const char *path, const char *other)
{
	struct ifreq *request = memory_make(MAP_PRIVATE);
	struct swap s = {.name = request ? request->ifr_name : NULL};
	pthread_t thread;
	struct target t;
	int r;

	if (!request || !target_make(path, other, &t))
		return ATTEMPT_BROKEN;
	memcpy(s.other, t.name, IFNAMSIZ);
	if (pthread_create(&thread, NULL, swap_thread, &s) != 0)
		return ATTEMPT_BROKEN;
	r = race(&t, request);
	s.stop = 1;
	(void)pthread_join(thread, NULL);
	(void)close(t.fd);
	return r;
}

/* vm: the child has all memory in common and not one mapping alone */
static int by_child(const char *path, const char *other, bool vm)
{
	struct ifreq *request = memory_make(vm ? MAP_PRIVATE : MAP_SHARED);
	struct swap *s = memory_make(MAP_SHARED);
	char *stack = memory_make(MAP_PRIVATE);
	struct target t;
	pid_t pid;
	int r;

	if (!request || !s || !stack || !target_make(path, other, &t))
		return ATTEMPT_BROKEN;
	s->name = request->ifr_name;
	memcpy(s->other, t.name, IFNAMSIZ);
	pid = vm ? clone((int (*)(void *))(void *)swap_thread, stack + 4096, CLONE_VM | SIGCHLD, s)
		 : fork();
	if (pid == 0) {
		(void)swap_thread(s);
		_exit(0);
	}
	r = pid < 0 ? ATTEMPT_BROKEN : race(&t, request);
	s->stop = 1;
	if (pid > 0 && waitpid(pid, NULL, 0) < 0)
		r = ATTEMPT_BROKEN;
	(void)close(t.fd);
	return r;
}

static int by_shared_memory(const char *path, const char *other)
{
	return by_child(path, other, false);
}

static int by_process_with_its_memory(const char *path, const char *other)
{
	return by_child(path, other, true);
}

const struct attempt attack_ioctl[] = {
	{"net ioctl", plain},
	{"net ioctl beside an argument", beside_argument},
	{"net ioctl from shared memory", in_shared_memory},
	{"net ioctl from a file's mapping", in_file},
	{"net ioctl of 32-bit code", compat},
	{"net ioctl, a thread swaps the name", by_thread},
	{"net ioctl, a child swaps the name", by_shared_memory},
	{"net ioctl, a process with its memory swaps the name", by_process_with_its_memory},
	{},
};
