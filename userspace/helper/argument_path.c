/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths as arguments: how they are spelt, where they lie, what is there.
 *
 * What is there can change before the function opens it, and a worker that was taken over skips
 * this check altogether. It keeps an honest function from being misled by its caller; that the
 * worker opens nothing else is held by the kernel's policy.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"
#include "helper/argument_path.h"

#define LOOK_UP_TRIES 16

/* Opens `path` below the directory, over no link. Returns the descriptor, -ENOENT, -ELOOP or -EXDEV
 * for links, or another negative errno. */
static int open_below(int directory, const char *path, int flags, mode_t mode)
{
	const struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	for (int i = 0; i < LOOK_UP_TRIES; i++) {
		long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		/* A rename elsewhere in the tree meanwhile (openat2(2)). */
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

static int open_path(const char *s, const char *below, int flags, mode_t mode)
{
	const char *root = below ? below : "/";
	const char *rest = s + (root[1] ? strlen(root) : 0) + 1;
	cleanup_close int directory = -1;

	directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	return open_below(directory, *rest ? rest : ".", flags, mode);
}

const char *path_look_up(const char *s, const char *below, enum argument_exists exists)
{
	cleanup_close int fd = open_path(s, below, O_PATH, 0);

	switch (fd < 0 ? fd : 0) {
	case 0:
		return exists == ARGUMENT_EXISTS_MUST_NOT ? "a path where nothing is yet" : NULL;
	case -ENOENT:
		return exists == ARGUMENT_EXISTS_MUST ? "a path that exists" : NULL;
	case -ELOOP:
	case -EXDEV:
		/* A link that stands there is something that exists. */
		return exists == ARGUMENT_EXISTS_MUST_NOT ? "a path where nothing is yet, and "
							    "without symbolic links"
							  : "a path without symbolic links";
	case -ENOTDIR:
		return "a path whose leading components are directories";
	case -EACCES:
		return "a path that the worker's user may look up";
	default:
		return "a path that can be looked up (openat2 failed)";
	}
}

int path_open(const char *s, const char *below, enum argument_exists exists, int flags, mode_t mode)
{
	if (exists == ARGUMENT_EXISTS_MUST)
		flags &= ~O_CREAT;
	if (exists == ARGUMENT_EXISTS_MUST_NOT) {
		if (!(flags & O_CREAT))
			return -ENOENT;
		flags |= O_EXCL;
	}
	/* openat2 refuses a mode without a file that is made (openat2(2)). */
	if (!(flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE)
		mode = 0;
	return open_path(s, below, flags, mode);
}
