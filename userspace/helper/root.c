/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds a context's root directory and makes it the root of this mount namespace. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "helper/mounts.h"
#include "helper/resolve.h"
#include "helper/root.h"
#include "helper/root_place.h"
#include "helper/root_strip.h"

/* A root under construction. */
struct build {
	struct root_plan real; /* the directories where they lie, each open */
	struct root_place place;
	int host;   /* O_PATH of the host's root; owned */
	bool whole; /* the host's whole tree is the root */
};

/* A directory is known by its file system too: what a link leads to may be another kind of thing
 * than the rule's path says. */
static int real_kind(const struct resolved *at, struct root_directory *d, struct error *err)
{
	struct statfs fs;

	if (fstatfs(at->fd, &fs) < 0)
		return error_set(err, errno, "fstatfs %s", at->path);
	if (root_strip_is_forbidden((unsigned long)fs.f_type))
		return error_say(err, EPERM, "%s lies in a file system that no context may see",
				 at->path);
	if (fs.f_type == PROC_SUPER_MAGIC)
		return error_say(err, EPERM, "%s leads to %s: name it by its path below /proc",
				 d->path, at->path);
	if (fs.f_type == SYSFS_MAGIC && strcmp(at->path, "/sys") != 0)
		return error_say(err, EPERM, "%s leads to %s: name it by its path below /sys",
				 d->path, at->path);
	return 0;
}

static int real_add(struct build *b, const struct root_directory *wanted, const char *path,
		    struct error *err)
{
	struct root_directory d = *wanted;
	struct resolved at = {.fd = -1};
	int r;

	r = resolve(b->host, path, &at, err);
	if (r < 0)
		return r;
	r = real_kind(&at, &d, err);
	if (r == 0)
		r = root_place_links(&b->place, &at, err);
	if (r == 0) {
		d.path = at.path;
		d.fd = steal_fd(&at.fd);
		r = root_plan_add(&b->real, &d);
		if (r < 0)
			(void)error_set(err, r, "plan the root for %s", path);
	}
	resolved_clear(&at);
	return r;
}

/* One directory of the plan. What the host lacks is left out. */
static int real_take(struct build *b, const struct root_directory *wanted, struct error *err)
{
	struct stat st;
	int r;

	if (wanted->kind != ROOT_BIND)
		return root_plan_add(&b->real, wanted) < 0
			       ? error_set(err, ENOMEM, "plan the root for %s", wanted->path)
			       : 0;
	r = real_add(b, wanted, wanted->path, err);
	if (r != -ENOENT && r != -ENOTDIR)
		return r;
	/* An entry of "/" that is no directory needs "/" itself, and so does one to be made. */
	if (wanted->top && (r == -ENOTDIR || wanted->creates ||
			    fstatat(AT_FDCWD, wanted->path, &st, AT_SYMLINK_NOFOLLOW) == 0))
		return real_add(b, wanted, "/", err);
	return 0;
}

static int real_make(struct build *b, const struct root_plan *plan, struct error *err)
{
	int r = 0;

	b->real.own_sysfs = plan->own_sysfs;
	for (size_t i = 0; r == 0 && i < plan->len; i++)
		r = real_take(b, &plan->directories[i], err);
	if (r < 0)
		return r;
	root_plan_reduce(&b->real);
	b->whole = b->real.len > 0 && strcmp(b->real.directories[0].path, "/") == 0;
	return 0;
}

/* The tree that a directory of the plan is shown by, not yet attached. */
static int tree_open(const struct root_directory *d, int *ret_fd, struct error *err)
{
	uint64_t attributes = root_plan_attributes(d);
	cleanup_close int sys = -1;
	int r;

	if (d->kind == ROOT_PROC) {
		r = mounts_new("proc", NULL, attributes, ret_fd);
	} else if (d->kind == ROOT_SYS) {
		/* Not recursive: cgroupfs, bpffs, tracefs and debugfs hang below it. */
		sys = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
		r = sys < 0 ? -errno : mounts_clone(sys, false, attributes, ret_fd);
	} else {
		r = mounts_clone(d->fd, true, attributes, ret_fd);
	}
	if (r < 0)
		return error_set(err, r, "mount %s for the context", d->path);
	return 0;
}

/* After attaching: is what the new root shows there the directory that was opened? */
static int tree_verify(const struct root_directory *d, int tree, int root, struct error *err)
{
	cleanup_close int there = root_place_open(root, d->path);
	struct stat want, is;

	if (there < 0)
		return error_set(err, there, "open %s in the new root", d->path);
	if (fstat(d->fd >= 0 ? d->fd : tree, &want) < 0 || fstat(there, &is) < 0)
		return error_set(err, errno, "fstat %s in the new root", d->path);
	if (want.st_dev != is.st_dev || want.st_ino != is.st_ino)
		return error_say(err, ESTALE,
				 "%s in the new root is another directory than the host's",
				 d->path);
	return 0;
}

static int tree_attach(struct build *b, const struct root_directory *d, struct error *err)
{
	cleanup_close int tree = -1, onto = -1;
	int r;

	r = tree_open(d, &tree, err);
	if (r < 0)
		return r;
	r = root_place_directory(&b->place, d->path, &onto);
	if (r < 0)
		return error_set(err, r, "make the place for %s in the new root", d->path);
	r = mounts_attach(tree, onto);
	if (r < 0)
		return error_set(err, r, "attach %s in the new root", d->path);
	return tree_verify(d, tree, b->place.fd, err);
}

/*
 * The new root lies upon "/" until the pivot, so that it needs no directory of the host's. This
 * process still sees the old one: its root is not moved by mounting over it.
 */
static int base_attach(struct build *b, struct error *err)
{
	static const char *const options[] = {"size", "4m",   "nr_inodes", "16384",
					      "mode", "0755", NULL};
	int r;

	if (b->whole)
		r = tree_open(&b->real.directories[0], &b->place.fd, err);
	else
		r = mounts_new("tmpfs", options,
			       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
			       &b->place.fd);
	if (r < 0)
		return b->whole ? r : error_set(err, r, "make a tmpfs for the context's root");
	r = root_place_begin(&b->place, b->whole);
	if (r == 0)
		r = mounts_attach(b->place.fd, b->host);
	if (r < 0)
		return error_set(err, r, "attach the context's root");
	return 0;
}

static int trees_attach(struct build *b, struct error *err, bool *ret_own_sysfs,
			uint64_t *ret_sysfs_attributes)
{
	int r = 0;

	for (size_t i = b->whole ? 1 : 0; r == 0 && i < b->real.len; i++) {
		const struct root_directory *d = &b->real.directories[i];
		cleanup_close int onto = -1;

		if (d->kind != ROOT_SYS || !b->real.own_sysfs) {
			r = tree_attach(b, d, err);
			continue;
		}
		r = root_place_directory(&b->place, d->path, &onto);
		if (r < 0)
			return error_set(err, r, "make the place for /sys in the new root");
		*ret_own_sysfs = true;
		*ret_sysfs_attributes = root_plan_attributes(d);
	}
	if (r == 0)
		r = root_place_links_make(&b->place, err);
	return r;
}

static int build(struct build *b, const struct root_plan *plan, int proc_self, bool *ret_own_sysfs,
		 uint64_t *ret_sysfs_attributes, struct error *err)
{
	int r;

	r = mounts_make_private();
	if (r < 0)
		return error_set(err, r, "make the mounts private");
	b->host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (b->host < 0)
		return error_set(err, errno, "open /");
	r = real_make(b, plan, err);
	if (r < 0)
		return r;
	r = base_attach(b, err);
	if (r < 0)
		return r;
	r = trees_attach(b, err, ret_own_sysfs, ret_sysfs_attributes);
	if (r < 0)
		return r;
	if (!b->whole) {
		r = mounts_restrict(b->place.fd, MOUNT_ATTR_RDONLY);
		if (r < 0)
			return error_set(err, r, "make the context's root read-only");
	}
	r = mounts_pivot(b->place.fd);
	if (r < 0) {
		(void)error_set(err, r, "pivot_root into the context's root");
		error_hint(err, "a host whose root is its initramfs cannot be left this way: "
				"switch to a tmpfs or disk root before posternd starts");
		return r;
	}
	return root_strip(proc_self, err);
}

int root_build(const struct root_plan *plan, int proc_self, bool *ret_own_sysfs,
	       uint64_t *ret_sysfs_attributes, struct error *err)
{
	struct build b = {.place = {.fd = -1}, .host = -1};
	uint64_t attributes = 0;
	bool own_sysfs = false;
	int r;

	r = build(&b, plan, proc_self, &own_sysfs, &attributes, err);
	root_plan_clear(&b.real);
	root_place_clear(&b.place);
	if (b.host >= 0)
		(void)close(b.host);
	if (r < 0)
		return r;
	*ret_own_sysfs = own_sysfs;
	*ret_sysfs_attributes = attributes;
	return 0;
}
