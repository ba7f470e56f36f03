/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to open a file from another task: children, orphans, threads, programs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#define CHILDREN_MAX 512

static int read_it(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_RDONLY | O_CLOEXEC));
}

static int child(const char *path, const char *other)
{
	return attack_in_child(read_it, path, other);
}

static int grandchild(const char *path, const char *other)
{
	return attack_in_child(child, path, other);
}

/* The parent of the process that tries is dead by then. */
static int orphan(const char *path, const char *other)
{
	int result[2], r = ATTEMPT_BROKEN;
	pid_t pid;

	if (pipe2(result, O_CLOEXEC) < 0)
		return ATTEMPT_BROKEN;
	pid = fork();
	if (pid == 0) {
		pid_t parent = getpid();

		if (fork() != 0)
			_exit(0);
		while (getppid() == parent)
			(void)sched_yield();
		r = read_it(path, other);
		_exit(write(result[1], &r, sizeof(r)) == (ssize_t)sizeof(r) ? 0 : 1);
	}
	(void)close(result[1]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	if (read(result[0], &r, sizeof(r)) != (ssize_t)sizeof(r))
		r = ATTEMPT_BROKEN;
	(void)close(result[0]);
	return r;
}

struct thread {
	const char *path;
	int result;
};

static void *in_thread(void *userdata)
{
	struct thread *t = userdata;

	t->result = read_it(t->path, NULL);
	return NULL;
}

static int thread(const char *path, const char *other UNUSED)
{
	struct thread t = {.path = path};
	pthread_t id;
	int r = pthread_create(&id, NULL, in_thread, &t);

	if (r != 0)
		return r;
	(void)pthread_join(id, NULL);
	return t.result;
}

static int shared_memory_task(void *userdata)
{
	return in_thread(userdata) ? 1 : 0;
}

/* Memory, descriptors and file system context in common, but no thread. */
static int cloned(const char *path, const char *other UNUSED)
{
	struct thread t = {.path = path, .result = ATTEMPT_BROKEN};
	size_t size = 65536;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (stack == MAP_FAILED)
		return ATTEMPT_BROKEN;
	pid = clone(shared_memory_task, stack + size,
		    CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_IO | SIGCHLD, &t);
	if (pid < 0)
		t.result = errno;
	else
		(void)attack_wait(pid);
	(void)munmap(stack, size);
	return t.result;
}

static int clone_3(const char *path, const char *other UNUSED)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(read_it(path, NULL));
	return attack_wait((pid_t)pid);
}

/* As many children as can be: the last one that comes to be has the tag as the first. */
static int many_children(const char *path, const char *other UNUSED)
{
	pid_t children[CHILDREN_MAX];
	int len = 0, r = EACCES, gate[2];

	if (pipe2(gate, O_CLOEXEC) < 0)
		return ATTEMPT_BROKEN;
	while (len < CHILDREN_MAX && (children[len] = fork()) >= 0) {
		if (children[len] == 0) {
			char byte;

			(void)close(gate[1]);
			(void)!read(gate[0], &byte, 1);
			_exit(read_it(path, NULL));
		}
		len++;
	}
	(void)close(gate[0]);
	(void)close(gate[1]);
	for (int i = 0; i < len; i++)
		if (attack_wait(children[i]) == 0)
			r = 0;
	return len ? r : ATTEMPT_BROKEN;
}

/* Tells whether the process is bounded at all. */
static int fork_without_end(const char *path UNUSED, const char *other UNUSED)
{
	pid_t children[CHILDREN_MAX];
	int len = 0, r = 0;

	while (len < CHILDREN_MAX) {
		children[len] = fork();
		if (children[len] == 0) {
			(void)pause();
			_exit(0);
		}
		if (children[len] < 0) {
			r = errno;
			break;
		}
		len++;
	}
	for (int i = 0; i < len; i++) {
		(void)kill(children[i], SIGKILL);
		(void)attack_wait(children[i]);
	}
	return r;
}

/* Leaves a child behind that appends to a file (path) for as long as it lives. */
static int linger(const char *path, const char *other)
{
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid > 0) {
		for (int i = 0; i < 100 && access(path, F_OK) < 0; i++)
			(void)usleep(20000);
		return attack_failed(access(path, F_OK));
	}
	if (strcmp(other, "session") == 0 && setsid() < 0 && fork() != 0)
		_exit(0);
	for (;;) {
		int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

		if (fd >= 0) {
			(void)!write(fd, "x", 1);
			(void)close(fd);
		}
		(void)usleep(20000);
	}
}

const struct attempt attack_processes[] = {
	{"child", child},
	{"grandchild", grandchild},
	{"orphan", orphan},
	{"thread", thread},
	{"clone with shared memory", cloned},
	{"clone3", clone_3},
	{"many children", many_children},
	{"fork without end", fork_without_end},
	{"linger", linger},
	{},
};
