/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a rule is tied to in a context's root. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "supervisor/rule_place.h"
#include "supervisor/rules.h"

#define LEVELS_MAX 256 /* a path has no more that we could name */

int ruleset_open(int root_fd, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static bool is_moving(int fd, unsigned long *ret_magic)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	*ret_magic = (unsigned long)fs.f_type;
	return *ret_magic == PROC_SUPER_MAGIC || *ret_magic == SYSFS_MAGIC;
}

/* Returns 1 when the directory is the root of its mount, 0 or a negative errno. */
static int is_mount_root(int fd)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_INO, &st) < 0)
		return -errno;
	if (!(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return -EOPNOTSUPP;
	return (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* The last `levels` components of where a descriptor lies. */
static char *components_of(int fd, size_t levels)
{
	char link[64], path[PATH_MAX];
	ssize_t n;
	char *at;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return NULL;
	path[n] = '\0';
	at = path + n;
	while (levels > 0 && at > path)
		levels -= *--at == '/';
	return levels == 0 ? strdup(*at == '/' ? at + 1 : "") : NULL;
}

/* Goes up from place->fd to the root of its mount; what was passed becomes the literal. */
static int climb(struct rule_place *place)
{
	int at = fcntl(place->fd, F_DUPFD_CLOEXEC, 0);
	size_t levels = 0;
	int r;

	if (at < 0)
		return -errno;
	while ((r = is_mount_root(at)) == 0) {
		int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0 || ++levels > LEVELS_MAX) {
			r = up < 0 ? -errno : -E2BIG;
			break;
		}
		(void)close(at);
		at = up;
	}
	if (r > 0) {
		place->literal = components_of(place->fd, levels);
		r = place->literal ? 0 : -ENOENT;
	}
	if (r < 0) {
		(void)close(at);
		return r;
	}
	(void)close(place->fd);
	place->fd = at;
	return 0;
}

static size_t component_count(const char *path)
{
	size_t n = 0;

	while (*path) {
		path += strspn(path, "/");
		n += *path != '\0';
		path += strcspn(path, "/");
	}
	return n;
}

/*
 * /sys/class/CLASS/NAME is a link to /sys/devices/.../CLASS/NAME, and so is /sys/block/NAME to
 * .../block/NAME: returns "CLASS..." for a path below them, of at least a class and a name together
 * with `more` further components; NULL for others.
 */
static const char *class_path(const char *directory, size_t more)
{
	if (strcmp(directory, "/sys/class") == 0)
		return more >= 3 ? "" : NULL;
	if (strncmp(directory, "/sys/class/", strlen("/sys/class/")) == 0)
		directory += strlen("/sys/class/");
	else if (strcmp(directory, "/sys/block") == 0 ||
		 strncmp(directory, "/sys/block/", strlen("/sys/block/")) == 0)
		directory += strlen("/sys/");
	else
		return NULL;
	return component_count(directory) + more >= 3 ? directory : NULL;
}

/* Ties a rule to the sysfs mount by class and name, wherever the device lies. */
static int place_gap(int root_fd, const char *class, struct rule_place *place)
{
	int fd = ruleset_open(root_fd, "/sys");
	unsigned long magic = 0;

	if (fd < 0)
		return fd;
	if (!is_moving(fd, &magic) || magic != SYSFS_MAGIC || is_mount_root(fd) != 1) {
		(void)close(fd);
		return -ENOENT;
	}
	if (asprintf(&place->literal, "devices/%s", class) < 0)
		place->literal = NULL;
	place->fd = fd;
	place->gap = true;
	return place->literal ? 0 : -ENOMEM;
}

/* What is not there yet, or not in the supervisor's network namespace: below /proc and /sys names
 * say it all. */
static int place_absent(int root_fd, const struct policy_rule *rule, struct rule_place *place)
{
	static const char *const mounts[] = {"/proc", "/sys"};
	size_t more = rule->parts_len + (rule->name ? 1 : 0);
	const char *class = class_path(rule->directory, more);
	unsigned long magic = 0;

	if (class)
		return rule->subtree ? -ENOENT : place_gap(root_fd, class, place);
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		size_t len = strlen(mounts[i]);

		if (strncmp(rule->directory, mounts[i], len) != 0 || rule->directory[len] != '/')
			continue;
		place->fd = ruleset_open(root_fd, mounts[i]);
		if (place->fd < 0)
			return place->fd;
		if (!is_moving(place->fd, &magic) || is_mount_root(place->fd) != 1)
			return -ENOENT;
		place->literal = strdup(rule->directory + len + 1);
		return place->literal ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

static int place_present(int root_fd, const struct policy_rule *rule, struct rule_place *place)
{
	const char *class = rule->parts ? class_path(rule->directory, rule->parts_len) : NULL;
	unsigned long magic = 0;
	int r;

	if (!is_moving(place->fd, &magic))
		return 0;
	/* A pattern for the device's name: the class's folder holds links only. */
	if (class && magic == SYSFS_MAGIC && component_count(class) <= 1) {
		(void)close(place->fd);
		place->fd = -EBADF;
		return rule->subtree ? -ENOENT : place_gap(root_fd, class, place);
	}
	r = climb(place);
	/* The mount's own root keeps its number. */
	if (r == 0 && place->literal && !place->literal[0] && !rule->name && !rule->parts) {
		free(place->literal);
		place->literal = NULL;
	}
	return r;
}

int rule_place_find(int root_fd, const struct policy_rule *rule, int opened, struct rule_place *ret)
{
	struct rule_place place = {.fd = opened};
	int r;

	if (place.fd >= 0)
		r = place_present(root_fd, rule, &place);
	else
		r = place.fd == -ENOENT ? place_absent(root_fd, rule, &place) : place.fd;
	if (r < 0) {
		rule_place_clear(&place);
		return r;
	}
	*ret = place;
	return 0;
}

void rule_place_clear(struct rule_place *place)
{
	if (place->fd >= 0)
		(void)close(place->fd);
	free(place->literal);
	*place = (struct rule_place){.fd = -EBADF};
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

int rule_place_parents(int root_fd, int fd, int *ret_fds, size_t room)
{
	size_t len = 0;
	int at = fd, r = 0;

	while (!same_file(at, root_fd)) {
		int up = len < room ? openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

		if (up < 0) {
			r = len < room ? -errno : -E2BIG;
			break;
		}
		ret_fds[len++] = at = up;
	}
	for (size_t i = 0; r < 0 && i < len; i++)
		(void)close(ret_fds[i]);
	return r < 0 ? r : (int)len;
}
