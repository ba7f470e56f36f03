/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The message of the day: three entrypoints, one of which trusts its caller with the name of the
 * file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Made from context.yaml, by `postern gen module`. */
#include "postern-motd-module.h"

#define MOTD	 "/etc/motd"
#define MOTD_MAX (48 * 1024)

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int replace_content(struct postern_invocation *call, const char *file, const char *content)
{
	int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC), r;

	if (fd < 0)
		return postern_fail(call, errno, "open %s for writing", file);
	r = write_all(fd, content, strlen(content));
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r < 0 ? postern_fail(call, r, "write %s", file) : 0;
}

int update_motd(struct postern_invocation *call, const char *message)
{
	return replace_content(call, MOTD, message);
}

/*
 * oslo.privsep's guide warns of this function, since it "would defeat the whole purpose" of a
 * privileged helper: whoever calls it names the file. Here the manifest names it, and the kernel
 * holds the function to that.
 */
int update_file(struct postern_invocation *call, const char *filename, const char *content)
{
	return replace_content(call, filename, content);
}

static int read_content(struct postern_invocation *call, int fd)
{
	char *content = calloc(1, MOTD_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;
	int r;

	if (!content)
		return -ENOMEM;
	while (len < MOTD_MAX && (n = read(fd, content + len, MOTD_MAX - len)) > 0)
		len += (size_t)n;
	r = n < 0 ? postern_fail(call, errno, "read " MOTD) : read_motd_return(call, content);
	free(content);
	return r;
}

int read_motd(struct postern_invocation *call)
{
	int fd = open(MOTD, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return postern_fail(call, errno, "open " MOTD);
	r = read_content(call, fd);
	(void)close(fd);
	return r;
}
