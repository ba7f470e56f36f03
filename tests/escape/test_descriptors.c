/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors that a caller sends along, in a worker behind every layer: which come in, what can be
 * done with them there, that nothing of them is left, and which go out again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/protocol.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

#define CONTEXT "attack"
#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* By the order of the entrypoint's arguments. */
enum { FILE_ARGUMENT, PIPE_ARGUMENT, PEER_ARGUMENT, MEMORY_ARGUMENT };
static const char *const arguments[] = {"file", "pipe", "peer", "memory"};

static int make_memory(int seals)
{
	int fd = memfd_create("m", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd < 0 || write(fd, "memory", 6) != 6 || lseek(fd, 0, SEEK_SET) < 0 ||
	    (seals && fcntl(fd, F_ADD_SEALS, seals) < 0))
		driver_bail("make a memfd: %s", strerror(errno));
	return fd;
}

/* The other end stays open, and has a byte in it. */
static int make_end(bool stream)
{
	int ends[2];

	if ((stream ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)
		    : pipe2(ends, O_CLOEXEC)) < 0 ||
	    write(ends[1], "x", 1) != 1)
		driver_bail("make two ends: %s", strerror(errno));
	return ends[0];
}

static int make(int argument)
{
	int fd;

	if (argument == PIPE_ARGUMENT || argument == PEER_ARGUMENT)
		return make_end(argument == PEER_ARGUMENT);
	if (argument == MEMORY_ARGUMENT)
		return make_memory(SEALS);
	fd = open("/srv/outside-of-rules", O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	if (fd < 0 || write(fd, "text to be read", 15) != 15 || lseek(fd, 0, SEEK_SET) < 0)
		driver_bail("make a file: %s", strerror(errno));
	return fd;
}

static int call(int connection, const char *name, int argument, int fd)
{
	int fds[4] = {-1, -1, -1, -1};

	if (argument >= 0)
		fds[argument] = fd;
	driver_send_passed(connection, name, fds, -1);
	return driver_wait_call(connection);
}

struct use {
	int argument;
	const char *name;
	int error; /* 0: allowed; -1: EACCES or EPERM, with an event of `operation` */
	uint32_t operation;
};

/* clang-format off */
static const struct use uses[] = {
	{FILE_ARGUMENT, "execute", -1, POSTERN_OP_OPEN},
	{FILE_ARGUMENT, "read", 0, 0}, {FILE_ARGUMENT, "write", 0, 0}, {FILE_ARGUMENT, "map", 0, 0},
	{FILE_ARGUMENT, "map to execute", -1, POSTERN_OP_MAP},
	{FILE_ARGUMENT, "protect to execute", -1, POSTERN_OP_MAP},
	{FILE_ARGUMENT, "fchmod", -1, POSTERN_OP_CHMOD},
	{FILE_ARGUMENT, "fchown", -1, POSTERN_OP_CHOWN},
	{FILE_ARGUMENT, "futimens", -1, POSTERN_OP_METADATA},
	{FILE_ARGUMENT, "fsetxattr", -1, POSTERN_OP_METADATA},
	{FILE_ARGUMENT, "ftruncate", -1, POSTERN_OP_TRUNCATE},
	{FILE_ARGUMENT, "ioctl", -1, POSTERN_OP_IOCTL},
	{FILE_ARGUMENT, "lock", -1, POSTERN_OP_LOCK},
	{FILE_ARGUMENT, "link", ENOENT, 0}, /* the kernel: CAP_DAC_READ_SEARCH counts in the host alone */
	{FILE_ARGUMENT, "send on", EPERM, 0}, /* by the system call filter */
	{PIPE_ARGUMENT, "read", 0, 0}, {PEER_ARGUMENT, "read", 0, 0}, {PEER_ARGUMENT, "write", 0, 0},
	{MEMORY_ARGUMENT, "read", 0, 0}, {MEMORY_ARGUMENT, "map", 0, 0},
	{MEMORY_ARGUMENT, "map to execute", -1, POSTERN_OP_MAP},
	{MEMORY_ARGUMENT, "execute", -1, POSTERN_OP_OPEN},
};
/* clang-format on */

static void run_use(const char *entrypoint, const struct use *use)
{
	cleanup_close int connection = driver_connect(CONTEXT, entrypoint);
	cleanup_close int fd = make(use->argument);
	static struct seen seen;
	char name[64];
	bool ok;
	int r;

	driver_forget(CONTEXT);
	(void)snprintf(name, sizeof(name), "descriptor: %s", use->name);
	r = call(connection, name, use->argument, fd);
	driver_denials(CONTEXT, &seen);
	ok = use->error < 0 ? (r == EACCES || r == EPERM) && seen_operation(&seen, use->operation)
			    : r == use->error && seen.len == 0;
	(void)check(ok, "[%s] %s that came: %s %s, %s", entrypoint, arguments[use->argument],
		    use->name, use->error ? "is refused" : "is allowed", driver_word(r));
}

/* What may not come in; the answer names the argument. */
static void run_refused(const char *entrypoint, const char *what, int argument, int fd, bool event,
			const char *says)
{
	cleanup_close int connection = driver_connect(CONTEXT, entrypoint);
	int fds[4] = {-1, -1, -1, -1}, code, given;
	static struct seen seen;
	char message[512];

	fds[argument] = fd;
	driver_forget(CONTEXT);
	driver_send_passed(connection, "descriptor: read", fds, -1);
	code = driver_wait_given(connection, message, sizeof(message), &given);
	driver_denials(CONTEXT, &seen);
	(void)check(code == POSTERN_BAD_ARGUMENT &&
			    strncmp(message, arguments[argument], strlen(arguments[argument])) ==
				    0 &&
			    strstr(message, says) &&
			    event == (seen_operation(&seen, POSTERN_OP_RECEIVE) != NULL),
		    "[%s] %s as %s: %d %s%s", entrypoint, what, arguments[argument], code, message,
		    event ? "" : ", by the worker alone");
	(void)close(fd);
	/* The connection lives. */
	code = call(connection, "count open", -1, -1);
	(void)check(code > 0 && code < CALL_FAILED, "[%s] %s: the next call is answered",
		    entrypoint, what);
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		driver_bail("open %s: %s", path, strerror(errno));
	return fd;
}

static void run_all_refused(const char *entrypoint)
{
	static const char kept[] = "the kernel kept it back";

	run_refused(entrypoint, "a directory", FILE_ARGUMENT,
		    opened("/srv", O_RDONLY | O_DIRECTORY), true, kept);
	run_refused(entrypoint, "O_PATH", FILE_ARGUMENT, opened("/etc/passwd", O_PATH), true, kept);
	run_refused(entrypoint, "a device", FILE_ARGUMENT, opened("/dev/null", O_RDWR), true, kept);
	run_refused(entrypoint, "a file to read", FILE_ARGUMENT, opened("/etc/passwd", O_RDONLY),
		    true, kept);
	run_refused(entrypoint, "a netlink socket", PEER_ARGUMENT,
		    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), true, kept);
	run_refused(entrypoint, "a memfd without seals", MEMORY_ARGUMENT, make_memory(0), true,
		    kept);
	run_refused(entrypoint, "a pipe", FILE_ARGUMENT, make(PIPE_ARGUMENT), false, "got a pipe");
	run_refused(entrypoint, "a file", MEMORY_ARGUMENT, make(FILE_ARGUMENT), false,
		    "got a file");
	run_refused(entrypoint, "a socket", PIPE_ARGUMENT, make(PEER_ARGUMENT), false,
		    "got a socket");
}

/* Numbers that do not fit what came. */
static void run_numbers(const char *entrypoint)
{
	cleanup_close int connection = driver_connect(CONTEXT, entrypoint);
	cleanup_close int file = make(FILE_ARGUMENT), end = make(PIPE_ARGUMENT);
	const int both[4] = {file, end, -1, -1}, one[4] = {file, -1, -1, -1};
	char message[512];
	int code, given;

	driver_send_passed(connection, "count open", both, 1);
	code = driver_wait_given(connection, message, sizeof(message), &given);
	(void)check(code == POSTERN_BAD_ARGUMENT && strncmp(message, "pipe", 4) == 0,
		    "[%s] one descriptor for two arguments: %s", entrypoint, message);
	driver_send_passed(connection, "count open", one, 1);
	code = driver_wait_given(connection, message, sizeof(message), &given);
	(void)check(code == POSTERN_BAD_ARGUMENT && strncmp(message, "file", 4) == 0,
		    "[%s] a descriptor that did not come: %s", entrypoint, message);
	driver_send_passed(connection, "count open", both, -1);
	(void)check(driver_wait_call(connection) > 0, "[%s] two descriptors for two arguments",
		    entrypoint);
}

/* Whatever a function keeps, and whatever was refused, nothing is left in the worker. */
static void run_left(const char *entrypoint)
{
	cleanup_close int connection = driver_connect(CONTEXT, entrypoint);
	int before = call(connection, "count open", -1, -1), after, r = 0;

	for (int argument = FILE_ARGUMENT; argument <= MEMORY_ARGUMENT && r == 0; argument++) {
		cleanup_close int fd = make(argument);

		r = call(connection, "keep copies", argument, fd);
	}
	after = call(connection, "count open", -1, -1);
	(void)check(r == 0 && before > 0 && after == before,
		    "[%s] copies that a function keeps are closed: %s, %d open before, %d after",
		    entrypoint, driver_word(r), before, after);
}

/* Nothing of what comes with a call is let in where the signature has no descriptor. */
static void run_elsewhere(void)
{
	cleanup_close int connection = driver_connect(CONTEXT, "given");
	cleanup_close int file = opened("/etc/passwd", O_RDONLY);
	static struct seen seen;
	int r;

	driver_forget(CONTEXT);
	driver_send_call(connection, "receive a descriptor", "", "");
	(void)usleep(200000);
	if (attack_give(connection, file) != 0)
		driver_bail("send a descriptor");
	r = driver_wait_call(connection);
	driver_denials(CONTEXT, &seen);
	(void)check(r != 0 && seen_operation(&seen, POSTERN_OP_RECEIVE),
		    "[given] a descriptor where only the result is one: refused");
}

static void run_given(const char *name, const char *path, bool comes, const char *says)
{
	cleanup_close int connection = driver_connect(CONTEXT, "given");
	cleanup_close int fd = -1;
	char message[512], byte;
	int code;

	driver_send_call(connection, name, path, "");
	code = driver_wait_given(connection, message, sizeof(message), &fd);
	if (comes)
		(void)check(code == 0 && fd >= 0 && read(fd, &byte, 1) == 1,
			    "[given] %s of %s: it comes, and is read", name, path);
	else
		(void)check(code > 0 && fd < 0 && strstr(message, says), "[given] %s of %s: %d %s",
			    name, path, code, message);
}

/* By sendmsg itself, as code that took the worker over would. */
static void run_send(void)
{
	static struct seen seen;

	driver_forget(CONTEXT);
	run_given("send a descriptor", "/srv/area/issue", false, "Operation not permitted");
	driver_denials(CONTEXT, &seen);
	(void)check(seen_operation(&seen, POSTERN_OP_SEND) != NULL,
		    "[given] send an O_PATH descriptor: stopped by kernel program");
	run_given("sendmmsg a descriptor", "/srv/area/issue", false, "Operation not permitted");
	driver_denials(CONTEXT, &seen);
	(void)check(seen.len == 0, "[given] sendmmsg a descriptor: stopped by system call filter");
}

void test_descriptors(void)
{
	static const char *const entrypoints[] = {"passed", "passed_each"};

	driver_files();
	for (size_t i = 0; i < ARRAY_SIZE(entrypoints); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(uses); k++)
			if (i == 0 || uses[k].error == 0)
				run_use(entrypoints[i], &uses[k]);
		if (i == 0)
			run_all_refused(entrypoints[i]);
		run_numbers(entrypoints[i]);
		run_left(entrypoints[i]);
	}
	run_given("give", "/srv/area/issue", true, NULL);
	run_given("give to both", "/srv/area/ok/file", false, "expected a descriptor of a file");
	run_given("give a path", "/srv/area/issue", false, "expected a descriptor of a file");
	run_given("give", "/srv/area/issue", true, NULL);
	run_elsewhere();
	run_send();
}
