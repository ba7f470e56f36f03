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
#include "supervisor/upgrade.h"

#define BACKLOG 512

/* A socket that systemd holds for us (a socket unit), or that the program before an upgrade in
 * place made, by its path. */
static int inherited_listener(const char *path, bool *ret_made)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names), found = -ENOENT;

	for (int i = 0; i < n; i++) {
		if (found < 0 &&
		    sd_is_socket_unix(SD_LISTEN_FDS_START + i, SOCK_SEQPACKET, 1, path, 0) > 0) {
			found = SD_LISTEN_FDS_START + i;
			*ret_made = strcmp(names[i], UPGRADE_LISTENER) == 0;
		}
		free(names[i]);
	}
	free(names);
	return found;
}

static int make_listener(const char *path, struct error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (fd < 0)
		return error_set(err, errno, "make socket %s", path);
	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s.new", path) >=
	    sizeof(address.sun_path))
		return error_say(err, -ENAMETOOLONG, "%s is too long for a socket's path", path);
	(void)unlink(address.sun_path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set(err, errno, "bind socket %s", path);
	/* In place of the one before at once, so that a client finds either it, and waits (client
	 * library), or this one. Everyone may connect: who may call is decided by credentials, and
	 * the refusal is told in words. */
	if (chmod(address.sun_path, 0666) < 0 || listen(fd, BACKLOG) < 0 ||
	    rename(address.sun_path, path) < 0)
		return error_set(err, errno, "listen on %s", path);
	return steal_fd(&fd);
}

void context_unlisten(struct context *c)
{
	char path[sizeof(POSTERN_SOCKET_DIR) + MANIFEST_NAME_MAX + 16];

	c->listener_source = sd_event_source_disable_unref(c->listener_source);
	/* What systemd holds for us stays, for the day on which the context comes back. */
	if (c->listener >= 0 && c->listener_made) {
		(void)snprintf(path, sizeof(path), POSTERN_SOCKET_DIR "/%s.sock",
			       c->manifest->name);
		(void)unlink(path);
		(void)close(c->listener);
	}
	c->listener = -EBADF;
}

int context_listen(struct context *c, struct error *err)
{
	char path[sizeof(POSTERN_SOCKET_DIR) + MANIFEST_NAME_MAX + 16];
	int r;

	(void)snprintf(path, sizeof(path), POSTERN_SOCKET_DIR "/%s.sock", c->manifest->name);
	c->listener = inherited_listener(path, &c->listener_made);
	if (c->listener < 0) {
		c->listener = make_listener(path, err);
		c->listener_made = true;
	}
	if (c->listener < 0)
		return c->listener;
	r = sd_event_add_io(c->supervisor->loop, &c->listener_source, c->listener, EPOLLIN,
			    connection_accept, c);
	return r < 0 ? error_set(err, r, "watch socket %s", path) : 0;
}
