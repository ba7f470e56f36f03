/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs: what an executed one may do, and what may be executed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#define RAN 99 /* exit status of `program --nothing` */

/* other: the program, which opens the path and exits with the errno. */
static int forked_program(const char *path, const char *other)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl(other, "program", path, (char *)NULL);
		_exit(errno);
	}
	return attack_wait(pid);
}

/* What the program's own exit status says of an attempt to execute it. */
static int executed(int status)
{
	return status == RAN ? 0 : status;
}

static int execute(const char *path, const char *other UNUSED)
{
	return executed(forked_program("--nothing", path));
}

static int vforked_program(const char *path, const char *other)
{
	char name[] = "program", copy[4096];
	char *const argv[] = {name, copy, NULL}, *const envp[] = {NULL};
	volatile int error = 0;
	pid_t pid;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	/* vfork is what is tried. NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
	pid = vfork();
	if (pid == 0) {
		(void)execve(other, argv, envp);
		/* NOLINTNEXTLINE(clang-analyzer-unix.Vfork): the parent waits for it */
		error = errno;
		_exit(127);
	}
	return pid > 0 && error ? (int)(attack_wait(pid), error) : attack_wait(pid);
}

static int run_descriptor(int fd, const char *path)
{
	char name[] = "program", copy[4096];
	char *const argv[] = {name, copy, NULL}, *const envp[] = {NULL};
	pid_t pid;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	pid = fork();
	if (pid == 0) {
		(void)syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		_exit(errno);
	}
	return attack_wait(pid);
}

static int execute_path_fd(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return executed(run_descriptor(fd, "--nothing"));
}

/* A copy of an allowed program in memory that has no name. */
static int execute_memory(const char *path UNUSED, const char *other)
{
	cleanup_close int from = open(other, O_RDONLY | O_CLOEXEC);
	cleanup_close int memory = memfd_create("program", MFD_CLOEXEC);
	char data[4096];
	ssize_t n;

	if (from < 0 || memory < 0)
		return ATTEMPT_BROKEN;
	while ((n = read(from, data, sizeof(data))) > 0)
		if (write(memory, data, (size_t)n) != n)
			return ATTEMPT_BROKEN;
	return executed(run_descriptor(memory, "--nothing"));
}

/* The loader executes what it maps, and execve is asked about the loader alone (path). */
static int execute_by_loader(const char *path, const char *other)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl(path, "ld.so", other, "--nothing", (char *)NULL);
		_exit(errno);
	}
	return executed(attack_wait(pid));
}

const struct attempt attack_programs[] = {
	{"program after fork", forked_program},
	{"program after vfork", vforked_program},
	{"execute", execute},
	{"execute an O_PATH descriptor", execute_path_fd},
	{"execute a memfd", execute_memory},
	{"execute by the loader", execute_by_loader},
	{},
};
