/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The walk from / to a file, holding every step against owner and mode. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/trust.h"

/* Access control lists need no look of their own: what one grants at most (its mask) shows in the
 * group bits of st_mode (acl(5)). */
static int trust_check(int fd, const char *path, bool directory, struct error *err)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "%s", path);
	if (!directory && !S_ISREG(st.st_mode))
		return error_say(err, -EINVAL, "%s is not a regular file", path);
	if (st.st_uid != 0) {
		r = error_say(err, -EPERM,
			      "%s is owned by user %u (mode %04o): who can change it could grant "
			      "themselves root's rights",
			      path, st.st_uid, st.st_mode & 07777);
		error_hint(err, "chown root '%s'", path);
		return r;
	}
	if (!(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	r = error_say(err, -EPERM,
		      "%s is writable by %s (owner root, mode %04o): who can change it could grant "
		      "themselves root's rights",
		      path, st.st_mode & S_IWOTH ? "everybody" : "its group", st.st_mode & 07777);
	if (st.st_mode & S_ISVTX)
		error_hint(err, "move the file to a directory that only root can write, such as "
				"/etc/postern");
	else
		error_hint(err, "chmod go-w '%s'", path);
	return r;
}

static int step_error(const char *path, int code, struct error *err)
{
	int r;

	/* O_NOFOLLOW gives ELOOP for a file; with O_DIRECTORY, ENOTDIR. */
	if (code != ELOOP && code != ENOTDIR)
		return error_set(err, code, "%s", path);
	r = error_say(err, -code, "%s is a symlink or not a directory", path);
	if (code == ELOOP)
		r = error_say(err, -code, "%s is a symlink", path);
	error_hint(err, "give the path that realpath prints");
	return r;
}

static int step(int *at, const char *name, const char *path, bool directory, struct error *err)
{
	/* O_NONBLOCK: a FIFO in the file's place must not hold us. */
	const int flags = directory ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK | O_NOCTTY;
	int fd = openat(*at, name, flags | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return step_error(path, errno, err);
	if (*at >= 0)
		(void)close(*at);
	*at = fd;
	return trust_check(fd, path, directory, err);
}

/* An owned path, or NULL with the error set. */
static char *path_absolute(const char *file, struct error *err)
{
	cleanup_free char *directory = NULL;
	char *path = NULL;

	if (file[0] == '/') {
		path = strdup(file);
	} else {
		directory = getcwd(NULL, 0);
		if (!directory) {
			(void)error_set(err, errno, "working directory");
			return NULL;
		}
		/* getcwd(3): a directory outside the root reads "(unreachable)/...". */
		if (directory[0] != '/') {
			(void)error_say(err, -ENOENT, "the working directory is out of reach");
			return NULL;
		}
		if (asprintf(&path, "%s/%s", directory, file) < 0)
			path = NULL;
	}
	if (!path)
		(void)error_set(err, -ENOMEM, "%s", file);
	return path;
}

/* Walks along path, which is cut at each slash in turn so that its front names the step. */
static int walk(char *path, int *at, struct error *err)
{
	char *p = path;
	int r;

	r = step(at, "/", "/", true, err);
	while (r == 0) {
		char *name = p + strspn(p, "/");
		char *end = name + strcspn(name, "/");
		bool last = end[strspn(end, "/")] == '\0';
		char kept = *end;

		if (*name == '\0')
			return error_say(err, -EISDIR, "%s is a directory", path);
		if (last && *end)
			return error_say(err, -ENOTDIR, "%s: a file's name does not end in /",
					 path);
		*end = '\0';
		/* ".." is safe: no symlink was followed, and every step is checked. */
		r = step(at, name, path, !last, err);
		*end = kept;
		if (last)
			return r;
		p = end;
	}
	return r;
}

int trust_open(const char *file, struct error *err)
{
	struct error said = {};
	char *path = path_absolute(file, &said);
	cleanup_close int at = -EBADF;
	int r = path ? walk(path, &at, &said) : said.code;

	free(path);
	return r < 0 ? error_move(err, &said) : steal_fd(&at);
}
