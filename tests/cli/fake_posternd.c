/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A posternd for the tests of `postern`: no privilege, no kernel programs, no helper. Calls go
 * through the worker's own code (helper/invocation.c), so that what it says is what a worker says.
 *
 * usage: fake_posternd MANIFEST DIR [MODULE]
 * Makes the sockets DIR/context, DIR/admin, DIR/refuse, DIR/short and DIR/silent, prints "ready",
 * and serves each connection in a process of its own until it is killed. Functions are those of the
 * module, or, without one, its own.
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_admin.h"
#include "fake_functions.h"
#include "helper/invocation.h"
#include "helper/passed.h"
#include "lib/reply.h"
#include "lib/wire.h"

static struct manifest *manifest;
static const struct postern_module *module;

static postern_function function_of(const char *name)
{
	if (!module)
		return fake_function(name);
	for (size_t i = 0; i < module->entries_len; i++)
		if (strcmp(module->entries[i].name, name) == 0)
			return module->entries[i].function;
	return NULL;
}

static uint8_t record[POSTERN_RECORD_MAX], reply[POSTERN_RECORD_MAX];

static void put_error(int fd, uint64_t call, enum postern_code code, const char *message,
		      int number)
{
	size_t len = reply_error(reply, call, code, message, NULL, number, 0);

	(void)send(fd, reply, len, MSG_NOSIGNAL);
}

/* What posternd says in place of a worker, or a worker that is none. Returns true when it did. */
static bool answer_special(int fd, const char *name)
{
	if (strcmp(name, "refused") == 0)
		put_error(fd, 0, POSTERN_NOT_PERMITTED,
			  "user 1000 is not among the callers of fake", 0);
	else if (strcmp(name, "busy") == 0)
		put_error(fd, 0, POSTERN_BUSY, "the context has as many connections as it may have",
			  0);
	else if (strcmp(name, "rubbish") == 0)
		(void)send(fd, "\x02rubbish", 8, MSG_NOSIGNAL);
	else if (strcmp(name, "gone") != 0)
		return false;
	return true;
}

static int send_log(const void *userdata, const void *data, size_t len, bool last UNUSED)
{
	return send(*(const int *)userdata, data, len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static ssize_t receive(int fd, struct passed *passed)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	(void)poll(&p, 1, -1);
	return passed_receive(fd, record, sizeof(record), ARGUMENT_FDS_MAX, passed);
}

static void serve_calls(int fd, struct invocation_target *target)
{
	struct passed passed = {};
	const struct invocation_caller caller = {.pid = 1};
	struct postern_header header;
	ssize_t n;
	size_t len;

	target->log = send_log;
	target->log_userdata = &fd;
	target->log_level = -1;
	len = invocation_opened(target, reply);
	(void)send(fd, reply, len, MSG_NOSIGNAL);
	target->passed = &passed;
	while ((n = receive(fd, &passed)) > 0) {
		if (invocation_header(record, (size_t)n, &header) < 0)
			return;
		if (!target->function) {
			put_error(fd, header.call, POSTERN_WORKER_DIED, "the worker was killed",
				  SIGSEGV);
			return;
		}
		if (strcmp(target->entrypoint->name, "slow") == 0) {
			struct pollfd p = {.fd = fd, .events = POLLRDHUP};

			if (poll(&p, 1, 20000) > 0 && !(p.revents & POLLHUP))
				put_error(fd, header.call, POSTERN_CANCELLED,
					  "the call of slow was cancelled by its caller", 0);
			return;
		}
		invocation_run(target, &caller, record, (size_t)n, reply, &len);
		if (passed.has_result)
			(void)passed_send(fd, reply, len, &passed);
		else
			(void)send(fd, reply, len, MSG_NOSIGNAL);
		passed_close(&passed);
	}
}

static void serve_context(int fd)
{
	struct invocation_target target = {.context = manifest->name, .page = &fake_page};
	struct postern_open open;
	ssize_t n = recv(fd, record, sizeof(record), 0);

	if (n <= 0 || wire_open_read(record, (size_t)n, &open) < 0)
		return;
	target.entrypoint = manifest_entrypoint(manifest, open.entrypoint);
	if (!target.entrypoint) {
		put_error(fd, 0, POSTERN_NOT_AVAILABLE, "fake has no such entrypoint", 0);
		return;
	}
	if (answer_special(fd, open.entrypoint))
		return;
	target.function = function_of(open.entrypoint);
	serve_calls(fd, &target);
}

static const struct {
	const char *name;
	void (*serve)(int fd);
} sockets[] = {
	{"context", serve_context},  {"admin", fake_admin_serve},   {"refuse", fake_admin_refuse},
	{"short", fake_admin_short}, {"silent", fake_admin_silent},
};

static int listen_at(const char *directory, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, name);

	if (fd < 0 || n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 64) < 0)
		return -1;
	return fd;
}

static void accept_one(int listener, void (*serve)(int fd))
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (fork() == 0) {
		/* None of them outlives the test. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
		_exit(0);
	}
	(void)close(fd);
}

static bool module_load(const char *file)
{
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	module = handle ? dlsym(handle, POSTERN_MODULE_SYMBOL) : NULL;
	return module != NULL;
}

int main(int argc, char **argv)
{
	struct manifest_problems problems = {};
	struct pollfd fds[ARRAY_SIZE(sockets)];

	if (argc < 3 || argc > 4 || manifest_read(argv[1], 0, &manifest, &problems, NULL) < 0) {
		manifest_problems_print(&problems, argc > 1 ? argv[1] : "", stderr);
		return 1;
	}
	if (argc == 4 && !module_load(argv[3])) {
		(void)fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGCHLD, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++) {
		fds[i] = (struct pollfd){listen_at(argv[2], sockets[i].name), POLLIN, 0};
		if (fds[i].fd < 0) {
			perror(sockets[i].name);
			return 1;
		}
	}
	printf("ready\n");
	(void)fflush(stdout);
	while (poll(fds, ARRAY_SIZE(fds), -1) > 0)
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			if (fds[i].revents & POLLIN)
				accept_one(fds[i].fd, sockets[i].serve);
	return 1;
}
