/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Starts and stops posternd, and calls it. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/util.h"
#include "lib/postern.h"
#include "tests/escape/attack.h"
#include "tests/escape/driver_private.h"

#define POSTERND      "/usr/local/sbin/posternd"
#define CONTEXTS      ESCAPE_DIR "/contexts"
#define LOG	      "/run/posternd.log"
#define START_SECONDS 90
#define CALL_MS	      45000
#define ALICE	      1000

static struct {
	pid_t supervisor;
	int alice; /* towards the process that calls as alice */
	pid_t alice_pid;
} driver;

struct order {
	char context[64], entrypoint[64], network[64], argument[32], value[64], name[128],
		path[4096], other[4096];
};

void driver_bail(const char *format, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	printf("\n");
	(void)fflush(stdout);
	if (driver.supervisor > 0)
		(void)kill(driver.supervisor, SIGTERM);
	exit(1);
}

const char *driver_word(int value)
{
	static char text[64];

	if (value == 0)
		return "it worked";
	if (value == CALL_FAILED)
		return "the call failed";
	if (value == ATTEMPT_BROKEN || value == ATTEMPT_UNKNOWN)
		return value == ATTEMPT_BROKEN ? "it could not even be tried" : "no such attempt";
	if (value >= ATTEMPT_SIGNAL && value < ATTEMPT_BROKEN) {
		(void)snprintf(text, sizeof(text), "SIG%s", sigabbrev_np(value - ATTEMPT_SIGNAL));
		return text;
	}
	if (strerrorname_np(value))
		return strerrorname_np(value);
	(void)snprintf(text, sizeof(text), "%d", value);
	return text;
}

static void copy_text(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text ? text : "");
}

static void call(const struct order *o, struct call_result *ret)
{
	struct postern *p = o->network[0] ? postern_new_network(o->context, o->network)
					  : postern_new(o->context);
	struct postern_args *args = postern_args_new();
	struct postern_failure *failure = NULL;
	struct postern_value *value = NULL;
	int64_t number = CALL_FAILED;

	*ret = (struct call_result){.value = CALL_FAILED};
	if (o->argument[0])
		(void)postern_args_string(args, o->argument, o->value);
	if (o->name[0]) {
		(void)postern_args_string(args, "name", o->name);
		(void)postern_args_string(args, "path", o->path);
		(void)postern_args_string(args, "other", o->other);
	}
	if (postern_call(p, o->entrypoint, args, CALL_MS, &value, &failure) < 0) {
		ret->result = (int)postern_failure_result(failure);
		copy_text(ret->message, sizeof(ret->message), postern_failure_message(failure));
		copy_text(ret->operation, sizeof(ret->operation),
			  postern_failure_denied_operation(failure));
		postern_failure_free(failure);
	} else if (postern_value_integer(value, &number) == 0) {
		ret->value = (int)number;
	}
	postern_value_free(value);
	postern_args_free(args);
	postern_free(p);
}

static _Noreturn void be_alice(int orders)
{
	struct order o;

	if (setgroups(0, NULL) < 0 || setresgid(ALICE, ALICE, ALICE) < 0 ||
	    setresuid(ALICE, ALICE, ALICE) < 0)
		_exit(1);
	while (recv(orders, &o, sizeof(o), 0) == (ssize_t)sizeof(o)) {
		struct call_result result;

		call(&o, &result);
		if (send(orders, &result, sizeof(result), 0) < 0)
			break;
	}
	_exit(0);
}

static void start_alice(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		driver_bail("socketpair: %s", strerror(errno));
	driver.alice_pid = fork();
	if (driver.alice_pid == 0) {
		(void)close(pair[0]);
		be_alice(pair[1]);
	}
	(void)close(pair[1]);
	driver.alice = pair[0];
}

struct call_result driver_call(const char *context, const char *entrypoint, const char *name,
			       const char *path, const char *other)
{
	const struct place at = {.context = context, .entrypoint = entrypoint};

	return driver_call_at(&at, name, path, other);
}

struct call_result driver_call_at(const struct place *at, const char *name, const char *path,
				  const char *other)
{
	struct call_result result;
	struct order o = {};

	copy_text(o.context, sizeof(o.context), at->context);
	copy_text(o.entrypoint, sizeof(o.entrypoint), at->entrypoint);
	copy_text(o.network, sizeof(o.network), at->network);
	copy_text(o.argument, sizeof(o.argument), at->argument);
	copy_text(o.value, sizeof(o.value), at->value);
	copy_text(o.name, sizeof(o.name), name);
	copy_text(o.path, sizeof(o.path), path);
	copy_text(o.other, sizeof(o.other), other);
	if (send(driver.alice, &o, sizeof(o), MSG_NOSIGNAL) < 0 ||
	    recv(driver.alice, &result, sizeof(result), 0) != (ssize_t)sizeof(result))
		driver_bail("the calling process is gone");
	return result;
}

int driver_unconfined(const char *name, const char *path, const char *other)
{
	int result[2], r = ATTEMPT_BROKEN, status;
	pid_t pid;

	if (pipe2(result, O_CLOEXEC) < 0)
		return ATTEMPT_BROKEN;
	pid = fork();
	if (pid == 0) {
		(void)alarm(30);
		r = attack_run(name, path, other);
		_exit(write(result[1], &r, sizeof(r)) == (ssize_t)sizeof(r) ? 0 : 1);
	}
	(void)close(result[1]);
	if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
		r = ATTEMPT_SIGNAL + WTERMSIG(status);
	else if (read(result[0], &r, sizeof(r)) != (ssize_t)sizeof(r))
		r = ATTEMPT_BROKEN;
	(void)close(result[0]);
	return r;
}

static void show_log(void)
{
	cleanup_file FILE *f = fopen(LOG, "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		printf("# %s", line);
}

static void start_supervisor(const char *contexts)
{
	driver.supervisor = fork();
	if (driver.supervisor == 0) {
		int log = open(LOG, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);

		if (log < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
			_exit(126);
		(void)execl(POSTERND, "posternd", "--contexts", contexts, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < START_SECONDS * 10; i++) {
		int status;

		if (waitpid(driver.supervisor, &status, WNOHANG) == driver.supervisor) {
			driver.supervisor = 0;
			show_log();
			driver_bail("posternd ended with status %d", WEXITSTATUS(status));
		}
		if (access(POSTERN_ADMIN_SOCKET, F_OK) == 0)
			return;
		(void)usleep(100000);
	}
	show_log();
	driver_bail("posternd does not serve after %d s", START_SECONDS);
}

void driver_start(void)
{
	driver_start_contexts(CONTEXTS);
}

void driver_start_contexts(const char *contexts)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	files_make();
	(void)unlink(POSTERN_ADMIN_SOCKET);
	start_supervisor(contexts);
	start_alice();
	follow_begin();
}

void driver_again(void)
{
	follow_end();
	files_make();
	follow_begin();
}

pid_t driver_supervisor(void)
{
	return driver.supervisor;
}

bool driver_stop(void)
{
	int status = -1;

	follow_end();
	(void)close(driver.alice);
	(void)waitpid(driver.alice_pid, NULL, 0);
	(void)kill(driver.supervisor, SIGTERM);
	if (waitpid(driver.supervisor, &status, 0) != driver.supervisor)
		return false;
	driver.supervisor = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		show_log();
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
