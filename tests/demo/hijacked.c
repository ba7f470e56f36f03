/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The motd module as an attacker would have it who found a bug in read_motd: the entrypoints have
 * their names, and all of them try to overwrite the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "postern-entrypoint.h"

static int overwrite(struct postern_invocation *call)
{
	static const char text[] = "overwritten\n";
	int fd = open("/etc/motd", O_WRONLY | O_TRUNC | O_CLOEXEC), r = 0;

	if (fd < 0)
		return postern_fail(call, errno, "open /etc/motd for writing");
	if (write(fd, text, strlen(text)) < 0)
		r = postern_fail(call, errno, "write /etc/motd");
	(void)close(fd);
	return r < 0 ? r : postern_return_string(call, "overwritten");
}

POSTERN_MODULE({"update_motd", overwrite}, {"update_file", overwrite}, {"read_motd", overwrite});
