/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attempts: small functions that try one thing each, and tell with which errno it ended.
 *
 * They are linked into attack.so, where a confined worker runs them, and into the test programs,
 * which run the same ones unconfined to see that it is Postern that stops them.
 */
#ifndef POSTERN_TESTS_ESCAPE_ATTACK_H
#define POSTERN_TESTS_ESCAPE_ATTACK_H

#include <stddef.h>
#include <sys/types.h>

/* What an attempt returns besides 0 (it worked) and a positive errno. */
enum {
	ATTEMPT_SIGNAL = 1000, /* and the signal's number: its process died */
	ATTEMPT_BROKEN = 2000, /* it could not get as far as to try */
	ATTEMPT_UNKNOWN = 2001,
};

typedef int (*attempt_function)(const char *path, const char *other);

struct attempt {
	const char *name;
	attempt_function try;
};

/* Each ends with an entry without a name. */
extern const struct attempt attack_opens[], attack_races[], attack_programs[], attack_changes[],
	attack_links[], attack_processes[], attack_memory[], attack_mounts[], attack_kernel[],
	attack_sockets[], attack_append[], attack_others[], attack_net[], attack_ioctl[],
	attack_netlink[], attack_descriptors[];

/* Another process of the context: a number (the helper is 1), or "next" for any that is neither
 * this nor the helper. -1: there is none. */
pid_t attack_victim(const char *other);

/* Runs one by name. */
int attack_run(const char *name, const char *path, const char *other);

/* Sends one descriptor by SCM_RIGHTS. Returns 0 or an errno. */
int attack_give(int socket, int fd);
/* Takes one from a message: a descriptor, -EACCES when it was kept back, or another negative errno.
 */
int attack_take(int socket);

/* For attempts: 0 or errno, from a system call's result; a descriptor is closed. */
int attack_failed(long r);
int attack_opened(int fd);

/* Runs an attempt in a child, for what would change its process. */
int attack_in_child(attempt_function try, const char *path, const char *other);

/* Waits for a child: its exit status, or what an attempt returns for a signal. */
int attack_wait(pid_t pid);

/* Splits a path: the directory, without the last slash, and the name, which is returned. */
const char *attack_split(const char *path, char directory[4096]);

#endif
