/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls from Python, oslo.privsep and sudo, beside raw records and calls from C. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/calls.h"

#define PYTHON	    "/usr/bin/python3"
#define SCRIPT	    BENCH_FOLDER "/peer.py"
#define SUDO	    "/usr/bin/sudo"
#define PYTHON_GOAL 1.6
#define ANSWER_FD   3
#define ALICE	    1000 /* who may run the small program by sudo */

/* It may have that number already, and would be closed by exec. */
static bool answer_fd(int fd)
{
	return dup2(fd, ANSWER_FD) == ANSWER_FD && fcntl(ANSWER_FD, F_SETFD, 0) == 0;
}

/* Runs the script, with the raw server's socket as descriptor 3. It prints what a call takes, in
 * nanoseconds, which are instructions here, and the spread. */
static struct sample script(const char *mode)
{
	struct sample s = {};
	cleanup_file FILE *from = NULL;
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) < 0)
		bench_bail("pipe: %s", strerror(errno));
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (dup2(fds[1], STDOUT_FILENO) < 0 ||
		    (raw_client() >= 0 && !answer_fd(raw_client())))
			_exit(126);
		(void)execl(PYTHON, PYTHON, "-I", SCRIPT, mode, (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	from = fdopen(fds[0], "r");
	if (pid < 0 || !from || fscanf(from, "%lf %lf", &s.instructions, &s.spread) != 2 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		bench_bail("%s %s failed", SCRIPT, mode);
	return s;
}

static void op_sudo(void)
{
	char answer[REPLY_BYTES];
	int fds[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		bench_bail("socketpair: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		if (!answer_fd(fds[1]) || setgid(ALICE) < 0 || setuid(ALICE) < 0)
			_exit(126);
		(void)execl(SUDO, SUDO, "-n", "-C", "4", BENCH_FOLDER "/small", (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	if (pid < 0 || recv(fds[0], answer, sizeof(answer), 0) != sizeof(answer))
		bench_bail("sudo did not run the small program");
	(void)close(fds[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_bail("sudo failed with status %d", status);
}

static struct sample raw_python(enum raw_server how, bool placed)
{
	struct sample s;

	raw_start(how);
	if (placed)
		place_as_worker(raw_server());
	s = script("raw");
	raw_stop();
	return s;
}

static void python_rows(struct sample raw)
{
	struct sample base, placed, least, call;

	base = raw_python(RAW_BLOCKS, false);
	row_ratio("64 bytes, raw, from Python", base, &raw, NO_GOAL);
	row_ratio("  a call by the smallest program", script("least"), &base, NO_GOAL);
	row_ratio("  and with what a client owes its caller", script("owed"), &base, NO_GOAL);
	placed = raw_python(RAW_BLOCKS, true);
	row_ratio("64 bytes, raw, from Python, the server as deep as a worker", placed, &base,
		  NO_GOAL);
	least = raw_python(RAW_WORKER, true);
	row_ratio("64 bytes, raw, the same, by epoll, a worker's filters, a limit in the client",
		  least, &base, NO_GOAL);
	row_ratio("a call from Python", script("call"), &raw, NO_GOAL);
	call = script("call");
	row_ratio("  the same, beside raw from Python", call, &base, PYTHON_GOAL);
	row_ratio("  against raw from Python on the same placement", call, &placed, PYTHON_GOAL);
	row_ratio("  against the raw one before it", call, &least, NO_GOAL);
	row_ratio("oslo.privsep", script("privsep"), &raw, NO_GOAL);
	row_ratio("  the same, beside raw from Python", script("privsep"), &base, NO_GOAL);
}

void peers_after(void)
{
	struct sample raw, sudo;

	section("calls of 64 bytes from Python, and peers, base: raw records from C");
	raw_start(RAW_BLOCKS);
	raw = measure(op_raw_small);
	raw_stop();
	row_ratio("64 bytes, raw, from C", raw, NULL, NO_GOAL);
	python_rows(raw);
	sudo = measure_few(op_sudo);
	row_ratio("sudo -n, a small program", sudo, &raw, NO_GOAL);
}
