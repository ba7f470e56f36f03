/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whatever a worker starts is confined as it is; it reaches no other process's memory or
 * descriptors; no descriptor comes to it, or goes from it, over a connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

#define FILE_	  AREA "/ok/file"
#define PROGRAM	  AREA "/bin/program"
#define DENIED	  AREA "/bin/denied"
#define DATA	  AREA "/bin/data"
#define LSM(op)	  LAYER_LSM, EACCES, POSTERN_OP_##op
#define NEVER(op) LAYER_LSM, EPERM, POSTERN_OP_##op
#define FILTER(e) LAYER_SECCOMP, e, 0

/* clang-format off */
static const struct row children[] = {
	{"child", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"grandchild", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"orphan", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"thread", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"clone with shared memory", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"clone3", FILTER(ENOSYS), {"@/secret", NULL}, {}, NULL, NULL},
	{"many children", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"program after fork", LSM(OPEN), {"@/secret", PROGRAM}, {FILE_, PROGRAM}, NULL, NULL},
	{"program after vfork", LSM(OPEN), {"@/secret", PROGRAM}, {FILE_, PROGRAM}, NULL, NULL},
};

static const struct row code[] = {
	{"execute", LSM(OPEN), {DENIED, NULL}, {PROGRAM, NULL}, NULL, NULL},
	{"execute", LSM(OPEN), {DATA, NULL}, {}, NULL, NULL},
	{"execute an O_PATH descriptor", LSM(OPEN), {DENIED, NULL}, {PROGRAM, NULL}, NULL, NULL},
	{"execute a memfd", LSM(OPEN), {"", PROGRAM}, {}, "", NULL},
	{"execute by the loader", LSM(OPEN), {"/lib64/ld-linux-x86-64.so.2", PROGRAM}, {}, "", NULL},
	{"map executable", LSM(MAP), {DATA, NULL}, {PROGRAM, NULL}, NULL, NULL},
	{"make a mapping executable", LSM(MAP), {DATA, NULL}, {PROGRAM, NULL}, NULL, NULL},
	/* The log: other workers of the context write to it. */
	{"open to read", LSM(OPEN), {"/proc/self/fd/2", NULL}, {}, "", NULL},
	{"map a memfd executable", LSM(MAP), {"", NULL}, {}, "", NULL},
};

/* The helper is process 1, and "next" another worker. */
static const struct row others[] = {
	{"ptrace", FILTER(EPERM), {"", "1"}, {}, NULL, NULL},
	{"ptrace", FILTER(EPERM), {"", "next"}, {}, NULL, NULL},
	{"PTRACE_TRACEME", FILTER(EPERM), {"", NULL}, {}, NULL, NULL},
	{"process_vm_readv", FILTER(EPERM), {"", "1"}, {}, NULL, NULL},
	{"process_vm_writev", FILTER(EPERM), {"", "next"}, {}, NULL, NULL},
	{"pidfd_getfd", FILTER(EPERM), {"", "1"}, {}, NULL, NULL},
	{"kcmp", FILTER(EPERM), {"", "1"}, {}, NULL, NULL},
	{"open in /proc/PID", LSM(OPEN), {"status", "1"}, {}, "/proc/1/status", NULL},
	{"open in /proc/PID", LAYER_KERNEL, EACCES, 0, {"mem", "1"}, {"status", "1"}, NULL, "processes"},
	{"open in /proc/PID", LAYER_KERNEL, EACCES, 0, {"mem", "next"}, {"status", "next"}, NULL, "processes"},
	{"open in /proc/PID", LAYER_KERNEL, EACCES, 0, {"root/srv", "1"}, {}, NULL, "processes"},
	{"open in /proc/PID", LAYER_KERNEL, EACCES, 0, {"fd/3", "next"}, {}, NULL, "processes"},
	{"open in /proc/PID", LAYER_KERNEL, EACCES, 0, {"ns/mnt", "1"}, {}, NULL, "processes"},
	{"write in /proc/PID", LAYER_KERNEL, EACCES, 0, {"mem", "next"}, {}, NULL, "processes"},
	{"open in /proc of an own program", LSM(PTRACE), {"mem", PROGRAM}, {"status", PROGRAM}, "", "processes"},
	{"open in /proc of an own program", LSM(PTRACE), {"root/etc", PROGRAM}, {}, "", "processes"},
	{"open in /proc of an own program", LSM(PTRACE), {"environ", PROGRAM}, {}, "", "processes"},
	{"grow the record page", LAYER_KERNEL, EFAULT, 0, {"", NULL}, {}, NULL, "processes"},
	{"forge a denial", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, "processes"},
	{"the door: take a page", NEVER(DOOR), {"", "0"}, {}, "", NULL},
	{"pass a descriptor to itself", FILTER(EPERM), {FILE_, NULL}, {}, NULL, NULL},
	{"sendmmsg a descriptor", FILTER(EPERM), {FILE_, NULL}, {}, NULL, NULL},
	{"signal", NEVER(SIGNAL), {"", "1"}, {"", "own"}, "", NULL},
	{"signal", NEVER(SIGNAL), {"", "next"}, {"", "own"}, "", NULL},
	{"set priority", NEVER(PROCESS), {"", "next"}, {"", "own"}, "", NULL},
	{"set affinity", NEVER(PROCESS), {"", "next"}, {"", "own"}, "", NULL},
	{"set I/O priority", NEVER(PROCESS), {"", "next"}, {"", "own"}, "", NULL},
	{"read limits", NEVER(PROCESS), {"", "next"}, {}, "", NULL},
	{"F_SETOWN", NEVER(SIGNAL), {"", "1"}, {}, "", NULL},
	{"shmget", NEVER(IPC), {"", NULL}, {}, "", NULL},
	{"semget", NEVER(IPC), {"", NULL}, {}, "", NULL},
	{"msgget", NEVER(IPC), {"", NULL}, {}, "", NULL},
	{"flock", LSM(LOCK), {AREA "/issue", NULL}, {AREA "/motd", NULL}, NULL, NULL},
	{"lock a range", LSM(LOCK), {AREA "/issue", NULL}, {AREA "/motd", NULL}, NULL, NULL},
	{"F_SETLEASE", LSM(LOCK), {AREA "/issue", NULL}, {AREA "/motd", NULL}, NULL, NULL},
};
/* clang-format on */

static void run(const struct row *rows, size_t len, const char *context, const char *directory)
{
	for (size_t i = 0; i < len; i++)
		row_run(&rows[i], context, directory);
}

#define RUN(rows, context, directory) run(rows, ARRAY_SIZE(rows), context, directory)

union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

static void give(int connection, int fd)
{
	int r = attack_give(connection, fd);

	if (r != 0)
		driver_bail("send a descriptor: %s", strerror(r));
}

/* A client that works together with the worker sends it a descriptor of the secret. */
static void run_receive(const char *context)
{
	cleanup_close int secret = open(OUTSIDE "/secret", O_RDONLY | O_CLOEXEC);
	cleanup_close int connection = driver_connect(context, "attempt");
	static struct seen seen;
	int r;

	driver_forget(context);
	driver_send_call(connection, "receive a descriptor", "", "");
	(void)usleep(200000);
	give(connection, secret);
	r = driver_wait_call(connection);
	driver_denials(context, &seen);
	(void)check(r == EACCES && seen_operation(&seen, POSTERN_OP_RECEIVE) != NULL,
		    "[%s] receive a descriptor of the secret: stopped by kernel program, %s",
		    context, driver_word(r));
}

/* Takes what came with one message; -1: nothing did. */
static int take(int connection)
{
	union control control = {};
	char data[256];
	struct iovec iov = {data, sizeof(data)};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	const struct cmsghdr *header;
	int fd = -1;

	if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static bool alice_opens(int fd)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		char name[64];

		(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		if (setresuid(1000, 1000, 1000) < 0)
			_exit(2);
		_exit(open(name, O_RDONLY | O_CLOEXEC) >= 0 ? 1 : 0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/*
 * The other way round: O_PATH, which no hook sees, of a file that only its directory keeps from
 * alice; sent to her, who is not confined, it would be a way past that directory.
 */
static void run_send(const char *context, const char *directory)
{
	cleanup_close int connection = driver_connect(context, "attempt");
	cleanup_close int fd = -1;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/dir/readable", directory);
	driver_send_call(connection, "send a descriptor", path, "");
	(void)usleep(500000);
	fd = take(connection);
	(void)check(fd < 0,
		    "[%s] send a descriptor of %s to the caller: stopped by system call "
		    "filter%s",
		    context, path,
		    fd < 0	      ? ""
		    : alice_opens(fd) ? "; but it came, and opens for her"
				      : "; but it came");
	driver_forget(context);
}

/* Beside the kernel programs: signals of its own namespace do nothing to process 1
 * (pid_namespaces(7)). */
static void run_kill_helper(const char *context)
{
	pid_t helper = driver_helper(context);
	struct call_result r = driver_call(context, "attempt", "kill the helper", "", "");

	(void)usleep(200000);
	(void)check(helper > 0 && r.value == EPERM && driver_helper(context) == helper,
		    "[%s] SIGKILL to the helper: stopped by kernel program, it is still there",
		    context);
}

/* The kernel does not apply RLIMIT_NPROC to root (kernel/fork.c, copy_process): the cgroup's limit
 * is what stops it there. */
static void run_fork(const char *context)
{
	struct call_result r = driver_call(context, "attempt", "fork without end", "", "");

	(void)check(r.value == EAGAIN, "[%s] fork without end: stopped by kernel, %s %s", context,
		    driver_word(r.value), r.message);
	r = driver_call(context, "attempt", "many children", AREA "/secret", "");
	(void)check(r.value == EACCES,
		    "[%s] every child that can be forked opens the secret: stopped by kernel "
		    "program, %s",
		    context, driver_word(r.value));
	driver_forget(context);
}

/* A memfd lies in no tree, and is nobody's but its holder's. */
static void run_own_memory(const char *context)
{
	struct call_result r = driver_call(context, "attempt", "truncate a memfd", "", "");

	(void)check(r.value == 0, "[%s] truncate a memfd of one's own: allowed, %s", context,
		    driver_word(r.value));
}

/* What the module's constructor tried when the helper loaded it. */
static void run_constructor(const char *context)
{
	struct call_result r;

	r = driver_call(context, "attempt", "constructor: open to read", "", "");
	(void)check(r.value == EACCES || r.value == ENOENT,
		    "[%s] the module's constructor opens the secret: stopped by kernel program, %s",
		    context, driver_word(r.value));
	r = driver_call(context, "attempt", "constructor: thread", "", "");
	(void)check(r.value == EPERM,
		    "[%s] the module's constructor starts a thread: stopped by kernel program, %s",
		    context, driver_word(r.value));
	driver_forget(context);
}

void test_processes(void)
{
	static const struct {
		const char *context, *directory;
	} runs[] = {{"attack", AREA}, {"attack-host", OUTSIDE}, {"attack-user-host", OUTSIDE}};

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		run_constructor(runs[i].context);
		RUN(children, runs[i].context, runs[i].directory);
		RUN(code, runs[i].context, runs[i].directory);
		RUN(others, runs[i].context, runs[i].directory);
		run_own_memory(runs[i].context);
		run_receive(runs[i].context);
		run_send(runs[i].context, runs[i].directory);
		run_kill_helper(runs[i].context);
	}
	run_fork("attack-user");
	run_fork("attack");
	run_fork("attack-user-host");
}
