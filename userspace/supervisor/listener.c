/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sockets on which clients call: made here, or held for us by systemd. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "supervisor/connection.h"
#include "supervisor/context.h"

#define BACKLOG 512

/* A socket that systemd holds for us (a socket unit), by its name. */
static int inherited_listener(const char *path)
{
	int n = sd_listen_fds(0);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++)
		if (sd_is_socket_unix(fd, SOCK_SEQPACKET, 1, path, 0) > 0)
			return fd;
	return -ENOENT;
}

static int make_listener(const char *path, struct error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (fd < 0)
		return error_set(err, errno, "make socket %s", path);
	if (strlen(path) >= sizeof(address.sun_path))
		return error_say(err, -ENAMETOOLONG, "%s is too long for a socket's path", path);
	(void)strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	(void)unlink(path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set(err, errno, "bind socket %s", path);
	/* Everyone may connect: who may call is decided by credentials, and the refusal is told in
	 * words. */
	if (chmod(path, 0666) < 0 || listen(fd, BACKLOG) < 0)
		return error_set(err, errno, "listen on %s", path);
	return steal_fd(&fd);
}

void context_unlisten(struct context *c)
{
	int inherited = sd_listen_fds(0);
	char path[sizeof(POSTERN_SOCKET_DIR) + MANIFEST_NAME_MAX + 16];

	c->listener_source = sd_event_source_disable_unref(c->listener_source);
	/* What systemd holds for us stays, for the day on which the context comes back. */
	if (c->listener < SD_LISTEN_FDS_START || c->listener >= SD_LISTEN_FDS_START + inherited) {
		(void)snprintf(path, sizeof(path), POSTERN_SOCKET_DIR "/%s.sock",
			       c->manifest->name);
		(void)unlink(path);
		if (c->listener >= 0)
			(void)close(c->listener);
	}
	c->listener = -EBADF;
}

int context_listen(struct context *c, struct error *err)
{
	char path[sizeof(POSTERN_SOCKET_DIR) + MANIFEST_NAME_MAX + 16];
	int r;

	(void)snprintf(path, sizeof(path), POSTERN_SOCKET_DIR "/%s.sock", c->manifest->name);
	c->listener = inherited_listener(path);
	if (c->listener < 0)
		c->listener = make_listener(path, err);
	if (c->listener < 0)
		return c->listener;
	r = sd_event_add_io(c->supervisor->loop, &c->listener_source, c->listener, EPOLLIN,
			    connection_accept, c);
	return r < 0 ? error_set(err, r, "watch socket %s", path) : 0;
}
