/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The client's side of the admin socket. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "cli/admin_client.h"
#include "cli/exit.h"
#include "cli/say.h"

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = -EBADF;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

bool admin_listens(const char *path)
{
	cleanup_close int fd = connect_to(path);

	/* EAGAIN: its queue is full. */
	return fd >= 0 || fd == -EAGAIN;
}

/* A posternd that ended since enforcement failed left the reason. */
static void hint_failure(struct error *err)
{
	cleanup_close int fd = open(ADMIN_FAILURE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char reason[512];
	ssize_t n = fd < 0 ? 0 : read(fd, reason, sizeof(reason) - 1);

	if (n <= 0)
		return;
	reason[n] = '\0';
	error_hint(err, "the last posternd ended since enforcement had failed: %s", reason);
}

static int ask_bytes(const char *path, const void *request, size_t len, struct error *err)
{
	cleanup_close int fd = -EBADF;
	int r;

	if (!path)
		path = POSTERN_ADMIN_SOCKET;
	fd = connect_to(path);
	if (fd < 0) {
		r = error_set(err, fd, "reach posternd at %s", path);
		hint_failure(err);
		error_hint(err, "is posternd running? If it does not start, postern doctor says "
				"what this host lacks");
		return r;
	}
	/* Even when nobody reads any more, the reason may lie ready. */
	if (send(fd, request, len, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		return error_set(err, errno, "ask posternd at %s", path);
	return steal_fd(&fd);
}

int admin_ask(const char *path, enum admin_ask ask, uint32_t flags, struct error *err)
{
	const struct admin_request request = {
		.magic = POSTERN_MAGIC,
		.ask = ask,
		.flags = flags,
	};

	return ask_bytes(path, &request, sizeof(request), err);
}

int admin_ask_names(const char *path, enum admin_ask ask, char *const *names, size_t names_len,
		    struct error *err)
{
	struct {
		struct admin_request request;
		char names[ADMIN_NAMES_MAX];
	} asked = {.request = {.magic = POSTERN_MAGIC, .ask = ask}};
	size_t used = 0;

	for (size_t i = 0; i < names_len; i++) {
		size_t len = strlen(names[i]) + 1;

		if (len > sizeof(asked.names) - used)
			return error_say(err, -E2BIG, "too many names");
		memcpy(&asked.names[used], names[i], len);
		used += len;
	}
	asked.request.names_len = (uint32_t)used;
	return ask_bytes(path, &asked, sizeof(asked.request) + used, err);
}

static void texts_end(struct admin_record *r)
{
	r->context[sizeof(r->context) - 1] = '\0';
	r->entrypoint[sizeof(r->entrypoint) - 1] = '\0';
	r->comm[sizeof(r->comm) - 1] = '\0';
	r->path[sizeof(r->path) - 1] = '\0';
	r->text[sizeof(r->text) - 1] = '\0';
}

int admin_next(int fd, int timeout_ms, const sigset_t *mask, int watch, struct admin_record *ret)
{
	const struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	/* ppoll(2): POLLERR is reported without being asked for: the reader of a pipe went away. */
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = watch}};
	ssize_t n;
	int r;

	r = ppoll(p, 2, timeout_ms < 0 ? NULL : &timeout, mask);
	if (r < 0)
		return -errno;
	if (r == 0)
		return -ETIMEDOUT;
	if (p[1].revents)
		return -EPIPE;
	n = recv(fd, ret, sizeof(*ret), MSG_DONTWAIT | MSG_TRUNC);
	/* Closed with our request unread: said once, before what had been sent. */
	if (n < 0 && errno == ECONNRESET)
		n = recv(fd, ret, sizeof(*ret), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(*ret))
		return -EBADMSG;
	texts_end(ret);
	return 1;
}

int admin_said(int r, const struct admin_record *record)
{
	if (r > 0 && record->type == ADMIN_REFUSED) {
		say_error("posternd refuses: %s", record->text[0] ? record->text : "no reason");
		return CLI_FAILED;
	}
	if (r > 0 || r == -EBADMSG) {
		say_error("posternd's answer is not of this version's form");
		say_hint("postern and posternd are built together: install both, and restart "
			 "posternd");
		return CLI_FAILED;
	}
	if (r == 0)
		say_error("posternd closed the connection");
	else if (r == -ETIMEDOUT)
		say_error("posternd does not answer");
	else
		say_error("read from posternd: %s", strerror(-r));
	return CLI_UNREACHABLE;
}

const char *admin_state_name(uint32_t state)
{
	static const char *const names[] = {
		[ADMIN_STOPPED] = "stopped",
		[ADMIN_STARTING] = "starting",
		[ADMIN_RUNNING] = "running",
		[ADMIN_FAILED] = "failed",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}
