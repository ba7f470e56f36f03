/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Holds a running helper's root against new rules: each directory must be the host's own in it, and
 * mounted with what the rule asks for. What the root lacks only a new one can have.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "bpf/abi.h"
#include "supervisor/difference.h"
#include "supervisor/reload_read.h"
#include "supervisor/reload_root.h"

#define RIGHTS_THAT_WRITE                                                                          \
	(POSTERN_WRITE | POSTERN_APPEND | POSTERN_CREATE | POSTERN_DELETE | POSTERN_METADATA |     \
	 POSTERN_LINK)

/* The places that stand for directories in a root are of its own tmpfs; proc and sysfs are one
 * mount each, made for the context. */
static bool same_place(int inside, int outside)
{
	struct statfs fs;
	struct stat a, b;

	if (fstatfs(inside, &fs) == 0 &&
	    ((uint32_t)fs.f_type == PROC_SUPER_MAGIC || (uint32_t)fs.f_type == SYSFS_MAGIC))
		return true;
	return fstat(inside, &a) == 0 && fstat(outside, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static bool mounted_for(int fd, const struct policy_rule *rule)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return false;
	if (rule->rights & RIGHTS_THAT_WRITE && fs.f_flag & ST_RDONLY)
		return false;
	if (rule->rights & POSTERN_EXECUTE && fs.f_flag & ST_NOEXEC)
		return false;
	return !(fs.f_flag & ST_NODEV) || strncmp(rule->directory, "/dev", strlen("/dev")) != 0;
}

/* Returns why not, or NULL. ret: the directory, or a negative errno when there is none on the host
 * either. */
static const char *directory_resolve(const struct context *c, const struct policy_rule *rule,
				     int *ret)
{
	cleanup_close int outside = open(rule->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int inside = ruleset_open(c->helper.root, rule->directory);

	*ret = inside;
	if (inside < 0)
		return outside < 0 ? NULL : "a directory that its root lacks";
	if (outside < 0 || !same_place(inside, outside))
		return "a directory that its root lacks";
	return mounted_for(inside, rule) ? NULL : "a directory that its root holds for less";
}

static const char *entrypoint_resolve(const struct context *c, const struct manifest *now,
				      uint32_t entrypoint, struct read_root *root)
{
	const struct manifest_entrypoint *e = &now->entrypoints[entrypoint];
	const char *why = NULL;
	struct policy *policy;

	for (size_t i = 0; i < e->paths_len; i++)
		if (reaches_below(&e->paths[i]) && !subtree_covered(c->manifest, &e->paths[i]))
			return "a subtree that its root was not made for";
	if (policy_compile(now, e, &policy, NULL) < 0)
		return "no memory";
	root->entrypoint = entrypoint;
	root->fds = calloc(policy->len + 1, sizeof(int));
	if (!root->fds)
		why = "no memory";
	for (size_t i = 0; !why && i < policy->len; i++) {
		why = directory_resolve(c, &policy->rules[i], &root->fds[i]);
		root->len = i + 1;
	}
	policy_free(policy);
	return why;
}

const char *roots_resolve(const struct context *c, const struct manifest *now,
			  struct read_roots *ret)
{
	struct read_roots roots = {.items = calloc(now->entrypoints_len + 1, sizeof(*roots.items)),
				   .len = now->entrypoints_len};
	const char *why = roots.items ? NULL : "no memory";

	for (uint32_t i = 0; !why && i < now->entrypoints_len; i++)
		why = entrypoint_resolve(c, now, i, &roots.items[i]);
	if (why)
		roots_clear(&roots);
	*ret = roots;
	return why;
}

int roots_send(int socket, const struct read_root *root)
{
	int r = 0;

	for (size_t first = 0; r == 0 && first < root->len; first += READ_DIRECTORIES_MAX) {
		struct read_record record = {
			.type = READ_DIRECTORIES,
			.entrypoint = root->entrypoint,
			.first = (uint32_t)first,
			.len = (uint32_t)MIN_OF(root->len - first, (size_t)READ_DIRECTORIES_MAX),
		};
		int fds[READ_DIRECTORIES_MAX];
		size_t fds_len = 0;

		for (uint32_t i = 0; i < record.len; i++) {
			int fd = root->fds[first + i];

			record.errors[i] = fd < 0 ? fd : 0;
			if (fd >= 0)
				fds[fds_len++] = fd;
		}
		r = record_send(socket, &record, fds, fds_len);
	}
	return r;
}

void roots_clear(struct read_roots *roots)
{
	for (size_t i = 0; roots->items && i < roots->len; i++) {
		for (size_t j = 0; j < roots->items[i].len; j++)
			if (roots->items[i].fds[j] >= 0)
				(void)close(roots->items[i].fds[j]);
		free(roots->items[i].fds);
	}
	free(roots->items);
	*roots = (struct read_roots){};
}
