/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Canned answers on the admin socket, among them what a terminal must not see. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "fake_admin.h"
#include "lib/admin.h"

#define SOME_TIME UINT64_C(1700000000123456789)

static void put(int fd, const struct admin_record *record)
{
	(void)send(fd, record, sizeof(*record), MSG_NOSIGNAL);
}

static uint64_t ago(uint64_t ns)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - ns;
}

static void put_status(int fd)
{
	const struct admin_record records[] = {
		{.type = ADMIN_SUPERVISOR,
		 .state = ADMIN_RUNNING,
		 .pid = 100,
		 .count = 2,
		 .connections = 10,
		 .calls_since = ago(1500000000),
		 .time = SOME_TIME},
		{.type = ADMIN_CONTEXT,
		 .state = ADMIN_RUNNING,
		 .pid = 200,
		 .connections = 2,
		 .count = 1,
		 .context = "motd",
		 .path = "/etc/postern/contexts/motd/context.yaml"},
		{.type = ADMIN_ENTRYPOINT,
		 .policy = 7,
		 .count = 1,
		 .context = "motd",
		 .entrypoint = "update_motd"},
		{.type = ADMIN_RULE,
		 .rights = POSTERN_READ | POSTERN_WRITE,
		 .line = 36,
		 .in_force = 1,
		 .context = "motd",
		 .entrypoint = "update_motd",
		 .path = "/etc/motd"},
		{.type = ADMIN_RULE,
		 .rights = POSTERN_READ | POSTERN_LIST,
		 .line = 37,
		 .context = "motd",
		 .entrypoint = "update_motd",
		 .path = "/srv/motd.d/",
		 .text = "directory /srv/motd.d: No such file or directory"},
		{.type = ADMIN_WORKER,
		 .state = ADMIN_RUNNING,
		 .pid = 301,
		 .connections = 1,
		 .call = 12,
		 .calls_since = ago(1500000000),
		 .context = "motd",
		 .entrypoint = "update_motd"},
		{.type = ADMIN_WORKER,
		 .state = ADMIN_RUNNING,
		 .pid = 302,
		 .context = "motd",
		 .entrypoint = "update_motd"},
		{.type = ADMIN_ENTRYPOINT,
		 .policy = 8,
		 .audit = 1,
		 .context = "motd",
		 .entrypoint = "read_motd"},
		{.type = ADMIN_CONTEXT,
		 .state = ADMIN_FAILED,
		 .context = "net",
		 .count = 3,
		 .path = "/etc/postern/contexts/net/context.yaml",
		 .text = "load the module: net.so: cannot open\033[2J"},
		{.type = ADMIN_END},
	};

	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		put(fd, &records[i]);
}

/* All are attached, but for one that the kernel lacks and those that nobody asked for. */
static void put_hooks(int fd)
{
	const struct admin_record end = {.type = ADMIN_END};

	for (uint32_t i = 0; i < POSTERN_HOOKS_LEN; i++) {
		struct admin_record record = {
			.type = ADMIN_HOOK, .hook = i, .state = ADMIN_HOOK_ATTACHED};

		if (i == POSTERN_HOOK_uring_allowed)
			record.state = ADMIN_HOOK_ABSENT;
		if (i == POSTERN_HOOK_inode_getattr)
			record.state = ADMIN_HOOK_UNASKED;
		put(fd, &record);
	}
	put(fd, &end);
}

static void put_log(int fd)
{
	const struct admin_record records[] = {
		{.type = ADMIN_DENIAL,
		 .pid = 301,
		 .operation = POSTERN_OP_OPEN,
		 .reason = POSTERN_REASON_NO_RULE,
		 .rights = POSTERN_WRITE | POSTERN_CREATE,
		 .line = 36,
		 .policy = 7,
		 .call = 12,
		 .hook = POSTERN_HOOK_file_open,
		 .caller_known = 1,
		 .caller = 1000,
		 .time = SOME_TIME,
		 .dev = 0x800001,
		 .ino = 77,
		 .context = "motd",
		 .entrypoint = "update_file",
		 .comm = "postern-helper",
		 .path = "/etc/shadow",
		 .text = "/etc/postern/contexts/motd/context.yaml:36: /etc/motd [read, write]"},
		{.type = ADMIN_DENIAL,
		 .pid = 302,
		 .uid = 1000,
		 .audit = 1,
		 .operation = POSTERN_OP_DELETE,
		 .reason = POSTERN_REASON_OUTSIDE,
		 .rights = POSTERN_DELETE,
		 .hook = POSTERN_HOOK_path_unlink,
		 .path_state = 2,
		 .time = SOME_TIME + 1000000,
		 .context = "motd",
		 .entrypoint = "update_motd",
		 .comm = "a\033[31mb",
		 .path = "/a\nb\"c\xff\033]0;title\007"},
		{.type = ADMIN_LOST, .count = 3},
		{.type = ADMIN_DENIAL,
		 .pid = 400,
		 .operation = POSTERN_OP_CAPABILITY,
		 .reason = POSTERN_REASON_NO_RULE,
		 .rights = 12,
		 .hook = POSTERN_HOOK_capable,
		 .time = SOME_TIME + 2000000,
		 .context = "net",
		 .entrypoint = "add_address",
		 .comm = "net"},
		{.type = ADMIN_DENIAL,
		 .pid = 401,
		 .operation = 999,
		 .hook = POSTERN_HOOKS_LEN,
		 .reason = 999,
		 .path_state = 1,
		 .time = SOME_TIME + 3000000,
		 .context = "net",
		 .entrypoint = "(start)",
		 .comm = "net",
		 .path = "deep/below/everything"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		put(fd, &records[i]);
}

/* By the first name that is asked for: none, "wrong", "half", "same", or others, which are told. */
static void put_reload(int fd, const char *names, size_t len)
{
	struct admin_record end = {.type = ADMIN_END, .state = ADMIN_RUNNING};
	const struct admin_record problem = {
		.type = ADMIN_PROBLEM,
		.path = "/etc/postern/contexts/net/context.yaml:3:1: unknown key \"a\033[2Jb\""};
	struct admin_record reloaded = {.type = ADMIN_RELOADED,
					.state = ADMIN_RUNNING,
					.context = "motd",
					.text = "reloaded in 12.300 ms (rules)"};

	if (len && strcmp(names, "same") == 0) {
		put(fd, &end);
		return;
	}
	if (len && strcmp(names, "wrong") == 0) {
		end.state = ADMIN_FAILED;
		put(fd, &problem);
		put(fd, &end);
		return;
	}
	put(fd, &reloaded);
	for (size_t at = 0; at < len && strcmp(names, "half") != 0; at += strlen(&names[at]) + 1) {
		(void)snprintf(reloaded.context, sizeof(reloaded.context), "%s", &names[at]);
		put(fd, &reloaded);
	}
	if (len && strcmp(names, "half") == 0) {
		reloaded.state = end.state = ADMIN_FAILED;
		(void)snprintf(reloaded.context, sizeof(reloaded.context), "net");
		(void)snprintf(reloaded.text, sizeof(reloaded.text),
			       "not reloaded, the helper before it stays: no module");
		put(fd, &reloaded);
	}
	put(fd, &end);
}

void fake_admin_serve(int fd)
{
	const struct admin_record end = {.type = ADMIN_END};
	struct pollfd closed = {.fd = fd};
	struct {
		struct admin_request request;
		char names[ADMIN_NAMES_MAX];
	} asked;
	struct admin_request request;
	ssize_t n = recv(fd, &asked, sizeof(asked), MSG_TRUNC);

	request = asked.request;
	if (n != (ssize_t)(sizeof(request) + request.names_len) || request.magic != POSTERN_MAGIC)
		return;
	if (request.ask == ADMIN_ASK_RELOAD) {
		put_reload(fd, asked.names, request.names_len);
		return;
	}
	if (request.ask == ADMIN_ASK_STATUS) {
		put_status(fd);
		return;
	}
	if (request.ask == ADMIN_ASK_HOOKS) {
		put_hooks(fd);
		return;
	}
	put_log(fd);
	if (request.flags & ADMIN_FOLLOW)
		(void)poll(&closed, 1, -1); /* until the reader has had enough */
	else
		put(fd, &end);
}

void fake_admin_refuse(int fd)
{
	const struct admin_record record = {.type = ADMIN_REFUSED,
					    .text = "only root may read the log of denials"};

	put(fd, &record);
}

void fake_admin_short(int fd)
{
	(void)send(fd, "rubbish", 7, MSG_NOSIGNAL);
}

void fake_admin_silent(int fd)
{
	struct pollfd closed = {.fd = fd};

	(void)poll(&closed, 1, -1);
}
