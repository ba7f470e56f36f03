/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways into other processes, their memory and descriptors, and out of what a mapping allows. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"

#define LOOKED_AT 64 /* process numbers of a context's namespace */

pid_t attack_victim(const char *other)
{
	pid_t self = getpid();

	if (strcmp(other, "next") != 0)
		return atoi(other);
	for (pid_t pid = 2; pid < LOOKED_AT; pid++)
		if (pid != self && getpgid(pid) >= 0)
			return pid;
	return -1;
}

static int attach(const char *path UNUSED, const char *other)
{
	pid_t pid = attack_victim(other);
	int r = attack_failed(ptrace(PTRACE_SEIZE, pid, NULL, NULL));

	if (r == 0)
		(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return r;
}

static int trace_me_here(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int trace_me(const char *path, const char *other)
{
	return attack_in_child(trace_me_here, path, other);
}

static int read_memory(const char *path UNUSED, const char *other)
{
	char here[8] = "";
	struct iovec local = {here, sizeof(here)}, remote = {here, sizeof(here)};

	return attack_failed(process_vm_readv(attack_victim(other), &local, 1, &remote, 1, 0));
}

static int write_memory(const char *path UNUSED, const char *other)
{
	char here[8] = "";
	struct iovec local = {here, sizeof(here)}, remote = {here, sizeof(here)};

	return attack_failed(process_vm_writev(attack_victim(other), &local, 1, &remote, 1, 0));
}

/* path: the file's name in the process's directory */
static int open_proc(const char *path, const char *other)
{
	char name[4096];

	(void)snprintf(name, sizeof(name), "/proc/%d/%s", (int)attack_victim(other), path);
	return attack_opened(open(name, O_RDONLY | O_CLOEXEC));
}

static int write_proc(const char *path, const char *other)
{
	char name[4096];

	(void)snprintf(name, sizeof(name), "/proc/%d/%s", (int)attack_victim(other), path);
	return attack_opened(open(name, O_WRONLY | O_CLOEXEC));
}

/* A program that it started itself is dumpable, so that only the kernel programs are left to refuse
 * its memory. path: the file in its directory; other: the program. */
static int own_program(const char *path, const char *other)
{
	char pid_text[16];
	pid_t pid = fork();
	int r;

	if (pid == 0) {
		(void)execl(other, "program", "--wait", (char *)NULL);
		_exit(1);
	}
	if (pid < 0)
		return ATTEMPT_BROKEN;
	(void)usleep(200000);
	(void)snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
	r = open_proc(path, pid_text);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return r;
}

static int get_fd(const char *path UNUSED, const char *other)
{
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, attack_victim(other), 0);

	if (pidfd < 0)
		return errno;
	return attack_opened((int)syscall(SYS_pidfd_getfd, pidfd, 3, 0));
}

static int compare(const char *path UNUSED, const char *other)
{
	return attack_failed(syscall(SYS_kcmp, getpid(), attack_victim(other), 0, 1, 1));
}

static int map_executable(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *at;

	if (fd < 0)
		return ATTEMPT_BROKEN;
	at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return errno;
	(void)munmap(at, 4096);
	return 0;
}

static int make_executable(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *at;
	int r;

	if (fd < 0)
		return ATTEMPT_BROKEN;
	at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return ATTEMPT_BROKEN;
	r = attack_failed(mprotect(at, 4096, PROT_READ | PROT_EXEC));
	(void)munmap(at, 4096);
	return r;
}

static int map_memory_executable(const char *path UNUSED, const char *other UNUSED)
{
	cleanup_close int fd = memfd_create("code", MFD_CLOEXEC);
	void *at;

	if (fd < 0 || write(fd, "code", 4) != 4)
		return ATTEMPT_BROKEN;
	at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return errno;
	(void)munmap(at, 4096);
	return 0;
}

static int truncate_memory(const char *path UNUSED, const char *other UNUSED)
{
	cleanup_close int fd = memfd_create("own", MFD_CLOEXEC);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(ftruncate(fd, 4096));
}

/* The record page, by what the kernel says of this process's memory. */
static volatile struct postern_page *find_page(void)
{
	cleanup_file FILE *f = fopen("/proc/self/maps", "re");
	unsigned long from = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "bpf-map") && sscanf(line, "%lx-", &from) == 1)
			return (volatile struct postern_page *)from;
	return NULL;
}

/* The pages of other workers lie next to it in the map. */
static int grow_page(const char *path UNUSED, const char *other UNUSED)
{
	volatile struct postern_page *page = find_page();
	void *at;

	if (!page)
		return ATTEMPT_BROKEN;
	at = mremap((void *)(uintptr_t)page, 4096, 8192, MREMAP_MAYMOVE);
	return at == MAP_FAILED ? errno : 0;
}

/* What the kernel wrote there can be overwritten, and nobody believes it but this process. */
static int forge_denial(const char *path, const char *other UNUSED)
{
	volatile struct postern_page *page = find_page();

	if (!page)
		return ATTEMPT_BROKEN;
	page->denial.sequence += 1000;
	page->denial.audit = 1;
	page->denial.reason = 0xffffffff;
	page->denial.operation = 0xffffffff;
	page->denial.name_len = 0xffffffff;
	return attack_opened(open(path, O_RDONLY | O_CLOEXEC));
}

/* Claims a call of another connection, which the supervisor must not believe. */
static int forge_claim(const char *path UNUSED, const char *other)
{
	volatile struct postern_page *page = find_page();

	if (!page)
		return ATTEMPT_BROKEN;
	page->connection = strtoull(other, NULL, 10);
	page->deadline = 1;
	page->started = 1;
	return 0;
}

static int door_slot(const char *path UNUSED, const char *other)
{
	return prctl(POSTERN_DOOR, POSTERN_DOOR_SLOT, strtoul(other, NULL, 10), 0, 0) < 0 ? errno
											  : 0;
}

/* other: the rights. Not in a child: what this worker gives up is gone for good. */
static int door_give_up(const char *path UNUSED, const char *other)
{
	return prctl(POSTERN_DOOR, POSTERN_DOOR_GIVE_UP, strtoul(other, NULL, 10), 0, 0) < 0 ? errno
											     : 0;
}

static int kill_helper(const char *path UNUSED, const char *other UNUSED)
{
	return attack_failed(kill(1, SIGKILL)) ? errno : 0;
}

static int process_number(const char *path UNUSED, const char *other UNUSED)
{
	return getpid();
}

static int count_fds(const char *path UNUSED, const char *other UNUSED)
{
	int len = 0;

	for (int fd = 0; fd < 1024; fd++)
		len += fcntl(fd, F_GETFD) >= 0;
	return len;
}

const struct attempt attack_memory[] = {
	{"ptrace", attach},
	{"PTRACE_TRACEME", trace_me},
	{"process_vm_readv", read_memory},
	{"process_vm_writev", write_memory},
	{"open in /proc/PID", open_proc},
	{"write in /proc/PID", write_proc},
	{"open in /proc of an own program", own_program},
	{"pidfd_getfd", get_fd},
	{"kcmp", compare},
	{"map executable", map_executable},
	{"make a mapping executable", make_executable},
	{"map a memfd executable", map_memory_executable},
	{"truncate a memfd", truncate_memory},
	{"grow the record page", grow_page},
	{"forge a denial", forge_denial},
	{"forge a claim", forge_claim},
	{"the door: take a page", door_slot},
	{"the door: give up", door_give_up},
	{"kill the helper", kill_helper},
	{"process number", process_number},
	{"count descriptors", count_fds},
	{},
};
