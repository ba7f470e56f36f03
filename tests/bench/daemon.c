/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long posternd takes to start and to stop, in seconds of the guest. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/bench/bench.h"

#define POSTERND   "/usr/local/sbin/posternd"
#define LOG	   BENCH_POSTERND_LOG
#define NOTIFY	   "/run/bench-notify"
#define START_GOAL 3.0
#define STOP_GOAL  1.0

static double boot_seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int notify_socket(void)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = NOTIFY};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)unlink(NOTIFY);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		bench_bail("cannot make %s: %s", NOTIFY, strerror(errno));
	return fd;
}

static pid_t start(void)
{
	pid_t pid = fork();
	int log;

	if (pid != 0)
		return pid;
	log = open(LOG, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (log < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0 ||
	    setenv("NOTIFY_SOCKET", NOTIFY, 1) < 0)
		_exit(126);
	(void)execl(POSTERND, POSTERND, (char *)NULL);
	_exit(127);
}

static void show_log(void)
{
	cleanup_file FILE *log = fopen(LOG, "re");
	char line[256];

	while (log && fgets(line, sizeof(line), log))
		printf("# %s", line);
}

static void wait_ready(int notify)
{
	const struct timeval limit = {.tv_sec = 60};
	char message[256];

	(void)setsockopt(notify, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	for (;;) {
		ssize_t n = recv(notify, message, sizeof(message) - 1, 0);

		if (n <= 0) {
			show_log();
			bench_bail("posternd does not start");
		}
		message[n] = '\0';
		if (strstr(message, "READY=1"))
			return;
	}
}

static void phases(double from, double ready)
{
	double first, last;

	if (programs_loaded(&first, &last) == 0)
		bench_bail("posternd is ready, and no program is loaded");
	row_value("  until the first program is verified", first - from, "s", NO_GOAL);
	row_value("  until the last program is verified", last - first, "s", NO_GOAL);
	row_value("  attach, pins, probe, contexts", ready - last, "s", NO_GOAL);
}

void daemon_stop(pid_t pid)
{
	int status;

	if (kill(pid, SIGTERM) < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		show_log();
		bench_bail("posternd does not end well");
	}
}

pid_t daemon_start(void)
{
	cleanup_close int notify = notify_socket();
	pid_t pid = start();

	wait_ready(notify);
	return pid;
}

static void stop(pid_t pid)
{
	double from = seconds_now();

	daemon_stop(pid);
	row_value("posternd, SIGTERM to exit", seconds_now() - from, "s", STOP_GOAL);
	row_value("  until its last program is gone", programs_wait_gone(), "s", NO_GOAL);
}

void daemon_times(void)
{
	int notify = notify_socket();

	section("posternd");
	for (int i = 0; i < 2; i++) {
		double from = boot_seconds(), ready;
		pid_t pid = start();

		wait_ready(notify);
		ready = boot_seconds();
		row_value(i ? "posternd, start to ready, again" : "posternd, start to ready",
			  ready - from, "s", START_GOAL);
		phases(from, ready);
		if (i)
			reload_times();
		stop(pid);
	}
	(void)close(notify);
}
