/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Resolving a directory's path, link by link. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "helper/resolve.h"

#define LINKS_MAX 40 /* as the kernel's own MAXSYMLINKS */

/* A walk under way. */
struct walk {
	int root_fd;
	struct resolved at;
	char *rest; /* what is still to be walked; owned */
	bool ahead; /* the rest may have no link in it: not tried yet */
};

static int rest_replace(struct walk *w, const char *front, const char *back)
{
	char *joined = NULL;

	if (strlen(front) + strlen(back) + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	if (asprintf(&joined, "%s/%s", front, back) < 0)
		return -ENOMEM;
	free(w->rest);
	w->rest = joined;
	return 0;
}

static int walk_to_root(struct walk *w)
{
	int fd = openat(w->root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *path = strdup("/");

	if (fd < 0 || !path) {
		int r = fd < 0 ? -errno : -ENOMEM;

		free(path);
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	if (w->at.fd >= 0)
		(void)close(w->at.fd);
	free(w->at.path);
	w->at.fd = fd;
	w->at.path = path;
	return 0;
}

static int walk_up(struct walk *w)
{
	char *slash = w->at.path ? strrchr(w->at.path, '/') : NULL;
	int fd;

	if (!slash)
		return -EINVAL;
	if (strcmp(w->at.path, "/") == 0)
		return 0;
	fd = openat(w->at.fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)close(w->at.fd);
	w->at.fd = fd;
	slash[slash == w->at.path ? 1 : 0] = '\0';
	return 0;
}

static char *path_join(const char *directory, const char *name)
{
	char *joined = NULL;

	if (!directory ||
	    asprintf(&joined, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, name) < 0)
		return NULL;
	return joined;
}

static int link_follow(struct walk *w, int fd, const char *name)
{
	char target[PATH_MAX];
	struct resolve_link *links;
	struct resolve_link link;
	ssize_t n;
	int r;

	if (w->at.links_len >= LINKS_MAX)
		return -ELOOP;
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return -errno;
	if (n == 0 || (size_t)n >= sizeof(target))
		return -ENAMETOOLONG;
	target[n] = '\0';
	links = reallocarray(w->at.links, w->at.links_len + 1, sizeof(*links));
	if (!links)
		return -ENOMEM;
	w->at.links = links;
	link = (struct resolve_link){.path = path_join(w->at.path, name), .target = strdup(target)};
	links[w->at.links_len++] = link;
	if (!link.path || !link.target)
		return -ENOMEM;
	r = rest_replace(w, target, w->rest);
	if (r == 0 && target[0] == '/')
		r = walk_to_root(w);
	w->ahead = true;
	return r;
}

static int walk_into(struct walk *w, const char *name)
{
	cleanup_close int fd = openat(w->at.fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	char *path;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return link_follow(w, fd, name);
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	path = path_join(w->at.path, name);
	if (!path)
		return -ENOMEM;
	free(w->at.path);
	w->at.path = path;
	(void)close(w->at.fd);
	w->at.fd = steal_fd(&fd);
	return 0;
}

/* Takes the next component off the rest. */
static int walk_step(struct walk *w)
{
	cleanup_free char *name = NULL;
	const char *start = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(start, "/");

	name = strndup(start, len);
	if (!name)
		return -ENOMEM;
	memmove(w->rest, start + len, strlen(start + len) + 1);
	if (len == 0 || strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		return walk_up(w);
	return walk_into(w, name);
}

/* Is each component of the path a name? */
static bool names_only(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && !memcmp(path, "..", 2)))
			return false;
		path += len;
		path += *path == '/';
	}
	return true;
}

/* All of the rest at once, which is most of what is asked for. With a link in it, with a place
 * where something would be mounted only then, and with anything else that is not just a directory
 * that is known already, it is walked: what that finds is the answer. */
static int walk_ahead(struct walk *w)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_CACHED,
	};
	const char *rest = w->rest + strspn(w->rest, "/");
	size_t len = strlen(rest);
	char *path;
	int fd;

	w->ahead = false;
	if (len == 0 || rest[len - 1] == '/' || !names_only(rest))
		return 0;
	fd = (int)syscall(SYS_openat2, w->at.fd, rest, &how, sizeof(how));
	if (fd < 0)
		return 0;
	path = path_join(w->at.path, rest);
	if (!path) {
		(void)close(fd);
		return -ENOMEM;
	}
	free(w->at.path);
	w->at.path = path;
	(void)close(w->at.fd);
	w->at.fd = fd;
	w->rest[0] = '\0';
	return 0;
}

int resolve(int root_fd, const char *path, struct resolved *ret, struct error *err)
{
	struct walk w = {.root_fd = root_fd, .at = {.fd = -1}, .ahead = true};
	int r;

	if (path[0] != '/')
		return error_set(err, EINVAL, "resolve %s", path);
	w.rest = strdup(path);
	r = w.rest ? walk_to_root(&w) : -ENOMEM;
	while (r == 0 && w.rest[0] != '\0')
		r = w.ahead ? walk_ahead(&w) : walk_step(&w);
	free(w.rest);
	if (r < 0) {
		resolved_clear(&w.at);
		if (r == -ENOENT || r == -ENOTDIR)
			return r;
		return error_set(err, r, "resolve %s", path);
	}
	*ret = w.at;
	return 0;
}

void resolved_clear(struct resolved *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	free(r->path);
	for (size_t i = 0; i < r->links_len; i++) {
		free(r->links[i].path);
		free(r->links[i].target);
	}
	free(r->links);
	*r = (struct resolved){.fd = -1};
}
