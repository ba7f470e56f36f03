/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The directories and symbolic links in a new root that its mounts hang on. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "helper/root_place.h"

int root_place_begin(struct root_place *place, bool whole)
{
	struct stat st;

	if (fstat(place->fd, &st) < 0)
		return -errno;
	place->dev = st.st_dev;
	place->whole = whole;
	return 0;
}

int root_place_open(int root_fd, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* One component further; made when it is lacking and its parent is ours. */
static int step(const struct root_place *place, int at, const char *name)
{
	struct stat st;
	int fd = openat(at, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? fd : -errno;
	if (fstat(at, &st) < 0)
		return -errno;
	if (place->whole || st.st_dev != place->dev)
		return -ENOENT;
	if (mkdirat(at, name, 0755) < 0)
		return -errno;
	fd = openat(at, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

int root_place_directory(struct root_place *place, const char *path, int *ret_fd)
{
	cleanup_close int at = openat(place->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];

	if (at < 0)
		return -errno;
	while (*path) {
		size_t len;
		int next;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 0)
			break;
		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		next = step(place, at, name);
		if (next < 0)
			return next;
		(void)close(at);
		at = next;
	}
	*ret_fd = steal_fd(&at);
	return 0;
}

static bool link_known(const struct root_place *place, const char *path)
{
	for (size_t i = 0; i < place->links_len; i++)
		if (strcmp(place->links[i].path, path) == 0)
			return true;
	return false;
}

int root_place_links(struct root_place *place, const struct resolved *from, struct error *err)
{
	for (size_t i = 0; i < from->links_len; i++) {
		struct resolve_link *grown, link;

		if (link_known(place, from->links[i].path))
			continue;
		grown = reallocarray(place->links, place->links_len + 1, sizeof(*grown));
		if (!grown)
			return error_set(err, ENOMEM, "note the link %s", from->links[i].path);
		place->links = grown;
		link = (struct resolve_link){.path = strdup(from->links[i].path),
					     .target = strdup(from->links[i].target)};
		place->links[place->links_len++] = link;
		if (!link.path || !link.target)
			return error_set(err, ENOMEM, "note the link %s", from->links[i].path);
	}
	return 0;
}

static int link_make(struct root_place *place, const struct resolve_link *link)
{
	cleanup_free char *parent = strdup(link->path);
	cleanup_close int fd = -1;
	struct stat st;
	char *slash;
	int r;

	if (!parent)
		return -ENOMEM;
	slash = strrchr(parent, '/');
	*slash = '\0';
	r = root_place_directory(place, parent, &fd);
	if (r < 0)
		return r;
	if (fstatat(fd, slash + 1, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISLNK(st.st_mode) ? 0 : -EEXIST;
	if (errno != ENOENT || fstat(fd, &st) < 0)
		return -errno;
	if (place->whole || st.st_dev != place->dev)
		return -ENOENT;
	return symlinkat(link->target, fd, slash + 1) < 0 ? -errno : 0;
}

int root_place_links_make(struct root_place *place, struct error *err)
{
	for (size_t i = 0; i < place->links_len; i++) {
		int r = link_make(place, &place->links[i]);

		if (r < 0)
			return error_set(err, r, "make the link %s -> %s in the new root",
					 place->links[i].path, place->links[i].target);
	}
	return 0;
}

void root_place_clear(struct root_place *place)
{
	if (place->fd >= 0)
		(void)close(place->fd);
	for (size_t i = 0; i < place->links_len; i++) {
		free(place->links[i].path);
		free(place->links[i].target);
	}
	free(place->links);
	*place = (struct root_place){.fd = -1};
}
