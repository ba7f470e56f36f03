/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Follows posternd's log of denials over the admin socket. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/driver_private.h"

#define WAIT_MS	    5000
#define MARKERS_MAX 5

static int followed = -1;
static unsigned last_marker;

static int ask(uint32_t what, uint32_t flags)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX,
					    .sun_path = POSTERN_ADMIN_SOCKET};
	const struct admin_request request = {.magic = POSTERN_MAGIC, .ask = what, .flags = flags};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	/* The socket appears before it is listened on. */
	for (int i = 0; i < 50; i++) {
		if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
			break;
		(void)usleep(100000);
	}
	if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request))
		driver_bail("cannot ask " POSTERN_ADMIN_SOCKET ": %s", strerror(errno));
	return fd;
}

void follow_begin(void)
{
	followed = ask(ADMIN_ASK_LOG, ADMIN_FOLLOW);
}

void follow_end(void)
{
	(void)close(followed);
	followed = -1;
}

/* entrypoint: NULL for the helper */
static pid_t find_process(const char *context, const char *entrypoint)
{
	int fd = ask(ADMIN_ASK_STATUS, 0);
	struct admin_record record;
	bool ours = false, looked_for = false;
	pid_t pid = 0;

	while (recv(fd, &record, sizeof(record), 0) == (ssize_t)sizeof(record) &&
	       record.type != ADMIN_END && !pid) {
		if (record.type == ADMIN_CONTEXT) {
			ours = strcmp(record.context, context) == 0;
			if (ours && !entrypoint)
				pid = (pid_t)record.pid;
		} else if (record.type == ADMIN_ENTRYPOINT) {
			looked_for = entrypoint && strcmp(record.entrypoint, entrypoint) == 0;
		} else if (record.type == ADMIN_WORKER && ours && looked_for) {
			pid = (pid_t)record.pid;
		}
	}
	(void)close(fd);
	return pid;
}

pid_t driver_helper(const char *context)
{
	return find_process(context, NULL);
}

pid_t driver_worker(const char *context, const char *entrypoint)
{
	return find_process(context, entrypoint);
}

static bool next(struct admin_record *ret)
{
	struct pollfd p = {.fd = followed, .events = POLLIN};

	if (poll(&p, 1, WAIT_MS) <= 0)
		return false;
	if (recv(followed, ret, sizeof(*ret), 0) != (ssize_t)sizeof(*ret))
		driver_bail("posternd closed the log of denials");
	return true;
}

/* A denial that is known to come: mkdir of a name of its own by an entrypoint without rules. */
static void mark(const char *context, char path[64])
{
	struct call_result r;

	(void)snprintf(path, 64, AREA "/marker-%u", ++last_marker);
	r = driver_call(context, "sentinel", "mkdir", path, "");
	if (r.value != EACCES)
		driver_bail("the marker of %s was not denied: %s %s", context, driver_word(r.value),
			    r.message);
}

void driver_denials(const char *context, struct seen *ret)
{
	driver_denials_by(context, context, ret);
}

void driver_denials_by(const char *context, const char *by, struct seen *ret)
{
	struct admin_record record;
	char marker[64];

	ret->len = ret->more = 0;
	for (int i = 0; i < MARKERS_MAX; i++) {
		mark(by, marker);
		while (next(&record)) {
			if (record.type != ADMIN_DENIAL)
				continue;
			if (strcmp(record.context, by) == 0 && strcmp(record.path, marker) == 0)
				return;
			if (strcmp(record.context, context) != 0)
				continue;
			if (strcmp(record.entrypoint, "sentinel") == 0)
				continue;
			if (ret->len < SEEN_MAX)
				ret->records[ret->len++] = record;
			else
				ret->more++;
		}
		/* It was among those that found no room. */
	}
	driver_bail("no denial of %s arrives any more", context);
}

void driver_forget(const char *context)
{
	static struct seen seen;

	driver_denials(context, &seen);
}

const struct admin_record *seen_operation(const struct seen *s, uint32_t operation)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->records[i].operation == operation)
			return &s->records[i];
	return NULL;
}
