/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The mount system calls that building a root takes. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/util.h"
#include "helper/mounts.h"

int mounts_make_private(void)
{
	struct mount_attr attr = {.propagation = MS_PRIVATE};

	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return -errno;
	return 0;
}

int mounts_new(const char *type, const char *const *options, uint64_t attributes, int *ret_fd)
{
	cleanup_close int context = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (context < 0)
		return -errno;
	for (const char *const *o = options; o && o[0]; o += 2)
		if (fsconfig(context, FSCONFIG_SET_STRING, o[0], o[1], 0) < 0)
			return -errno;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attributes);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int mounts_clone(int fd, bool recursive, uint64_t attributes, int *ret_fd)
{
	struct mount_attr attr = {.attr_set = attributes, .propagation = MS_PRIVATE};
	unsigned deep = recursive ? AT_RECURSIVE : 0;
	cleanup_close int tree = -1;

	tree = open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | deep);
	if (tree < 0)
		return -errno;
	if (mount_setattr(tree, "", AT_EMPTY_PATH | deep, &attr, sizeof(attr)) < 0)
		return -errno;
	*ret_fd = steal_fd(&tree);
	return 0;
}

int mounts_attach(int tree_fd, int onto_fd)
{
	if (move_mount(tree_fd, "", onto_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

int mounts_restrict(int mount_fd, uint64_t attributes)
{
	struct mount_attr attr = {.attr_set = attributes};

	if (mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -errno;
	return 0;
}

/* pivot_root(2): with "." for both, the old root comes to lie upon the new one. */
int mounts_pivot(int fd)
{
	cleanup_close int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0 || fchdir(fd) < 0)
		return -errno;
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return -errno;
	if (fchdir(old) < 0)
		return -errno;
	if (umount2(".", MNT_DETACH) < 0)
		return -errno;
	if (chdir("/") < 0)
		return -errno;
	return 0;
}

int mounts_detach(int fd)
{
	if (fchdir(fd) < 0 || umount2(".", MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return -errno;
	return 0;
}
