/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Starts without Postern: a small program executed, bare, in namespaces of its own, or by bwrap. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "filters.gen.h"
#include "tests/bench/calls.h"

#define ROOT	  "/bench-bare"
#define PROGRAM	  BENCH_FOLDER "/small"
#define ANSWER_FD 3
#define CGROUP	  "/sys/fs/cgroup/bench-bare"
#define BWRAP	  "/usr/bin/bwrap"

/* how: the program's argument, or NULL. */
_Noreturn static void execute(int fd, const char *how)
{
	if (dup2(fd, ANSWER_FD) < 0)
		_exit(1);
	(void)execl(PROGRAM, PROGRAM, how, (char *)NULL);
	_exit(127);
}

/* A directory of libraries, or the link that stands in for it. */
static bool show(const char *path)
{
	char there[128], target[128];
	struct stat st;
	ssize_t len;

	(void)snprintf(there, sizeof(there), ROOT "%s", path);
	if (lstat(path, &st) < 0)
		return errno == ENOENT;
	if (!S_ISLNK(st.st_mode))
		return mkdir(there, 0755) == 0 &&
		       mount(path, there, NULL, MS_BIND | MS_REC, NULL) == 0;
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	return symlink(target, there) == 0;
}

static bool root_of_its_own(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("bench", ROOT, "tmpfs", MS_NOSUID | MS_NODEV, NULL) == 0 && show("/usr") &&
	       show("/lib") && show("/lib64") &&
	       mount(NULL, ROOT, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0 &&
	       chdir(ROOT) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
	       umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

static bool filter(const struct sock_filter *code, size_t len)
{
	const struct sock_fprog program = {.len = (unsigned short)len,
					   .filter = (struct sock_filter *)(uintptr_t)code};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

bool bare_filters(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       filter(filter_of_arguments, ARRAY_SIZE(filter_of_arguments)) &&
	       filter(filter_of_calls, ARRAY_SIZE(filter_of_calls));
}

/* No capability, and the filters of a helper. */
static bool confined(void)
{
	for (unsigned long c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
			return false;
	return bare_filters();
}

_Noreturn static void inside(int fd, const char *how)
{
	char byte = 'm';

	if (!root_of_its_own() || unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ||
	    send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1 || !confined())
		_exit(1);
	execute(fd, how);
}

static bool put(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool map_write(pid_t pid, const char *name, const char *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return put(path, text);
}

/* A cgroup with a limit, as a worker has. */
static bool cgroup_of_its_own(pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", pid);
	return mkdir(CGROUP, 0755) == 0 && put(CGROUP "/pids.max", "64") &&
	       put(CGROUP "/cgroup.procs", text);
}

static void answered(int fd)
{
	char answer[64];

	if (recv(fd, answer, sizeof(answer), 0) != (ssize_t)REPLY_BYTES)
		bench_bail("the small program does not answer");
}

void bare_reap(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
	(void)rmdir(CGROUP);
}

static void pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		bench_bail("socketpair: %s", strerror(errno));
}

static void namespaces(const char *how)
{
	struct clone_args args = {.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC,
				  .exit_signal = SIGCHLD};
	cleanup_close int near = -EBADF, far = -EBADF;
	int fds[2];
	char byte;
	pid_t pid;

	if (mkdir(ROOT, 0755) < 0 && errno != EEXIST)
		bench_bail("cannot make %s: %s", ROOT, strerror(errno));
	pair(fds);
	near = fds[0];
	far = fds[1];
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		inside(far, how);
	(void)close(steal_fd(&far));
	if (pid < 0 || recv(near, &byte, 1, 0) != 1)
		bench_bail("cannot make namespaces");
	if (!map_write(pid, "uid_map", "0 0 1\n") || !map_write(pid, "gid_map", "0 0 1\n") ||
	    !cgroup_of_its_own(pid) || send(near, &byte, 1, 0) != 1)
		bench_bail("cannot map ids, or make a cgroup: %s", strerror(errno));
	answered(near);
}

void op_bare_namespaces(void)
{
	namespaces(NULL);
}

void op_bare_worker(void)
{
	namespaces("twice");
}

_Noreturn static void become_small(int fd)
{
	execute(fd, NULL);
}

_Noreturn static void become_staying(int fd)
{
	execute(fd, "stays");
}

_Noreturn static void become_bwrap(int fd)
{
	if (dup2(fd, ANSWER_FD) < 0)
		_exit(1);
	(void)execl(BWRAP, BWRAP, "--unshare-user", "--unshare-pid", "--unshare-ipc",
		    "--unshare-net", "--ro-bind", "/usr", "/usr", "--ro-bind", "/lib", "/lib",
		    "--ro-bind", "/lib64", "/lib64", "--cap-drop", "ALL", "--new-session", "--",
		    PROGRAM, (char *)NULL);
	_exit(127);
}

/* A child that becomes another program, which has answered. ret_fd: its end of the pair, or NULL.
 * Returns its number. */
static pid_t answered_by(void (*become)(int fd), int *ret_fd)
{
	cleanup_close int near = -EBADF, far = -EBADF;
	int fds[2];
	pid_t pid;

	pair(fds);
	near = fds[0];
	far = fds[1];
	pid = fork();
	if (pid == 0)
		become(far);
	(void)close(steal_fd(&far));
	if (pid < 0)
		bench_bail("fork: %s", strerror(errno));
	answered(near);
	if (ret_fd)
		*ret_fd = steal_fd(&near);
	return pid;
}

void op_fork_exec(void)
{
	if (waitpid(answered_by(become_small, NULL), NULL, 0) < 0)
		bench_bail("the small program does not end");
}

void op_bwrap(void)
{
	(void)answered_by(become_bwrap, NULL);
}

pid_t bare_staying(int *ret_fd)
{
	return answered_by(become_staying, ret_fd);
}
