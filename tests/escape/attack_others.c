/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is done to other tasks, or leads from one entrypoint to another, beside their memory:
 * signals, priorities, limits, System V objects, locks. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_BEST_EFFORT (2 << 13)

/* other: as attack_victim() takes it, or "own" for a child that waits. */
static int on_task(const char *other, int (*act)(pid_t pid))
{
	pid_t own = -1, pid;
	int r;

	if (strcmp(other, "own") != 0) {
		pid = attack_victim(other);
		return pid > 0 ? attack_failed(act(pid)) : ATTEMPT_BROKEN;
	}
	own = fork();
	if (own == 0) {
		(void)pause();
		_exit(0);
	}
	if (own < 0)
		return ATTEMPT_BROKEN;
	r = attack_failed(act(own));
	(void)kill(own, SIGKILL);
	(void)waitpid(own, NULL, 0);
	return r;
}

static int act_signal(pid_t pid)
{
	return kill(pid, 0);
}

static int act_nice(pid_t pid)
{
	return setpriority(PRIO_PROCESS, (id_t)pid, 5);
}

static int act_affinity(pid_t pid)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(pid, sizeof(set), &set);
}

static int act_io_priority(pid_t pid)
{
	return (int)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, IOPRIO_BEST_EFFORT | 4);
}

static int act_limit(pid_t pid)
{
	struct rlimit limit;

	return prlimit(pid, RLIMIT_NOFILE, NULL, &limit);
}

static int send_signal(const char *path UNUSED, const char *other)
{
	return on_task(other, act_signal);
}

static int set_nice(const char *path UNUSED, const char *other)
{
	return on_task(other, act_nice);
}

static int set_affinity(const char *path UNUSED, const char *other)
{
	return on_task(other, act_affinity);
}

static int set_io_priority(const char *path UNUSED, const char *other)
{
	return on_task(other, act_io_priority);
}

static int read_limit(const char *path UNUSED, const char *other)
{
	return on_task(other, act_limit);
}

/* The kernel would send the signal, past task_kill. other: "1" for the helper. */
static int own_readiness(const char *path UNUSED, const char *other)
{
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return ATTEMPT_BROKEN;
	r = attack_failed(fcntl(fds[0], F_SETOWN, atoi(other)));
	(void)close(fds[0]);
	(void)close(fds[1]);
	return r;
}

static int share_memory(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
}

static int share_semaphore(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(semget(IPC_PRIVATE, 1, IPC_CREAT | 0600));
}

static int share_queue(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(msgget(IPC_PRIVATE, IPC_CREAT | 0600));
}

static int lock_whole(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(flock(fd, LOCK_EX | LOCK_NB));
}

static int lock_range(const char *path, const char *other UNUSED)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(fcntl(fd, F_OFD_SETLK, &lock));
}

static int lease(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(fcntl(fd, F_SETLEASE, F_RDLCK));
}

const struct attempt attack_others[] = {
	{"signal", send_signal},
	{"set priority", set_nice},
	{"set affinity", set_affinity},
	{"set I/O priority", set_io_priority},
	{"read limits", read_limit},
	{"F_SETOWN", own_readiness},
	{"shmget", share_memory},
	{"semget", share_semaphore},
	{"msgget", share_queue},
	{"flock", lock_whole},
	{"lock a range", lock_range},
	{"F_SETLEASE", lease},
	{},
};
