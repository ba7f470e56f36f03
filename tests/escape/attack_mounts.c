/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to change what a path means: mounts, roots and namespaces. In a child, so that what works
 * unconfined leaves the process as it was. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/util.h"
#include "tests/escape/attack.h"

/* With a mount namespace of its own where that is allowed, so that the unconfined run leaves the
 * system alone; a confined one is refused both. */
static void keep_apart(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

#define IN_CHILD(name)                                                                             \
	static int name(const char *path, const char *other)                                       \
	{                                                                                          \
		return attack_in_child(name##_here, path, other);                                  \
	}

static int mount_tmpfs_here(const char *path, const char *other UNUSED)
{
	keep_apart();
	return attack_failed(mount("none", path, "tmpfs", 0, NULL));
}
IN_CHILD(mount_tmpfs)

static int bind_here(const char *path, const char *other)
{
	keep_apart();
	return attack_failed(mount(other, path, NULL, MS_BIND | MS_REC, NULL));
}
IN_CHILD(bind)

static int move_here(const char *path, const char *other)
{
	keep_apart();
	return attack_failed(mount(other, path, NULL, MS_MOVE, NULL));
}
IN_CHILD(move)

static int remount_here(const char *path UNUSED, const char *other UNUSED)
{
	keep_apart();
	return attack_failed(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
}
IN_CHILD(remount)

static int propagate_here(const char *path UNUSED, const char *other UNUSED)
{
	keep_apart();
	return attack_failed(mount(NULL, "/", NULL, MS_SLAVE, NULL));
}
IN_CHILD(propagate)

static int unmount_here(const char *path, const char *other UNUSED)
{
	keep_apart();
	return attack_failed(umount2(path, MNT_DETACH));
}
IN_CHILD(unmount)

/* The clone's own top is where the walk to the context's root ends. */
static int tree_here(const char *path, const char *other)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE);

	if (tree < 0)
		return errno;
	return attack_opened(openat(tree, other, O_RDONLY | O_CLOEXEC));
}
IN_CHILD(tree)

static int mount_move_here(const char *path, const char *other)
{
	int from = open(other, O_PATH | O_CLOEXEC);

	keep_apart();
	return attack_failed(
		syscall(SYS_move_mount, from, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
}
IN_CHILD(mount_move)

static int new_mount_here(const char *path UNUSED, const char *other UNUSED)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", 0);

	if (fs < 0)
		return errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return errno;
	return attack_opened((int)syscall(SYS_fsmount, fs, 0, 0));
}
IN_CHILD(new_mount)

static int pick_here(const char *path, const char *other UNUSED)
{
	return attack_opened((int)syscall(SYS_fspick, AT_FDCWD, path, 0));
}
IN_CHILD(pick)

static int set_attributes_here(const char *path UNUSED, const char *other UNUSED)
{
	struct mount_attr attributes = {.attr_clr = MOUNT_ATTR_NOSUID};

	keep_apart();
	return attack_failed(
		syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof(attributes)));
}
IN_CHILD(set_attributes)

static int pivot_here(const char *path, const char *other UNUSED)
{
	keep_apart();
	(void)mount(path, path, NULL, MS_BIND, NULL);
	return attack_failed(syscall(SYS_pivot_root, path, path));
}
IN_CHILD(pivot)

static int change_root_here(const char *path, const char *other UNUSED)
{
	return attack_failed(chroot(path));
}
IN_CHILD(change_root)

static int by_name(const char *name)
{
	static const struct {
		const char *name;
		int flag;
	} flags[] = {
		{"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS},      {"network", CLONE_NEWNET},
		{"pid", CLONE_NEWPID},	 {"cgroup", CLONE_NEWCGROUP}, {"uts", CLONE_NEWUTS},
		{"ipc", CLONE_NEWIPC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (strcmp(flags[i].name, name) == 0)
			return flags[i].flag;
	return 0;
}

/* other: the namespace */
static int leave_here(const char *path UNUSED, const char *other)
{
	return attack_failed(unshare(by_name(other)));
}
IN_CHILD(leave)

static int clone_into_here(const char *path UNUSED, const char *other)
{
	long pid = syscall(SYS_clone, by_name(other) | SIGCHLD, NULL, NULL, NULL, 0);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
	return attack_failed(pid);
}
IN_CHILD(clone_into)

/* By a pidfd, which needs no file of /proc. */
static int enter_here(const char *path UNUSED, const char *other)
{
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	return pidfd < 0 ? ATTEMPT_BROKEN : attack_failed(setns(pidfd, by_name(other)));
}
IN_CHILD(enter)

const struct attempt attack_mounts[] = {
	{"mount a tmpfs", mount_tmpfs},
	{"bind mount", bind},
	{"move a mount", move},
	{"remount", remount},
	{"change propagation", propagate},
	{"umount", unmount},
	{"open_tree", tree},
	{"move_mount", mount_move},
	{"fsopen and fsmount", new_mount},
	{"fspick", pick},
	{"mount_setattr", set_attributes},
	{"pivot_root", pivot},
	{"chroot", change_root},
	{"unshare", leave},
	{"clone into a namespace", clone_into},
	{"setns", enter},
	{},
};
