/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections that an earlier supervisor gave to a worker: its descriptors are gone with it, the
 * worker's are not. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "supervisor/connection.h"
#include "supervisor/connections_adopt.h"
#include "supervisor/log.h"

#define LINK_BYTES 64

static bool is_socket(int dir, const char *name)
{
	char target[LINK_BYTES] = "";

	return readlinkat(dir, name, target, sizeof(target) - 1) > 0 &&
	       strncmp(target, "socket:", strlen("socket:")) == 0;
}

/* A number may be behind two descriptors of a worker that copied one. */
static void take(struct worker *w, int number)
{
	struct context *c = w->context;
	cleanup_close int fd = (int)syscall(SYS_pidfd_getfd, w->pidfd, number, 0);
	struct postern_admission admission;

	if (fd < 0 || enforcement_admission(c->supervisor->enforcement, fd, &admission) < 0 ||
	    admission.policy != w->rules->id || connection_find(c, admission.connection))
		return;
	connection_adopt(w, steal_fd(&fd), &admission);
}

void connections_adopt(struct worker *w)
{
	const struct dirent *entry;
	char path[64];
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)w->pid);
	dir = opendir(path);
	/* Its number may be another's when it has just died: then its pidfd gives no descriptors.
	 */
	if (!dir) {
		log_line(LOG_WARNING, "context %s: the connections of worker %u cannot be seen: %s",
			 w->context->manifest->name, w->number, strerror(errno));
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && is_socket(dirfd(dir), entry->d_name))
			take(w, (int)strtol(entry->d_name, NULL, 10));
	(void)closedir(dir);
}
