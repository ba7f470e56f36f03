/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to change a file or its directory without opening it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_file_setattr
#define SYS_file_setattr 469
#endif

static int create(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
}

static int create_set_uid(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 04755));
}

static int create_unnamed(const char *path, const char *other UNUSED)
{
	return attack_opened(open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644));
}

static int make_directory(const char *path, const char *other UNUSED)
{
	return attack_failed(mkdir(path, 0755));
}

static int remove_directory(const char *path, const char *other UNUSED)
{
	return attack_failed(rmdir(path));
}

static int remove_file(const char *path, const char *other UNUSED)
{
	return attack_failed(unlink(path));
}

static int make_symlink(const char *path, const char *other UNUSED)
{
	return attack_failed(symlink("file", path));
}

static int make_fifo(const char *path, const char *other UNUSED)
{
	return attack_failed(mknod(path, S_IFIFO | 0644, 0));
}

static int make_device(const char *path, const char *other UNUSED)
{
	return attack_failed(mknod(path, S_IFCHR | 0666, 1 << 8 | 3));
}

static int make_block_device(const char *path, const char *other UNUSED)
{
	return attack_failed(mknod(path, S_IFBLK | 0666, 254 << 8));
}

static int make_socket(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int truncate_path(const char *path, const char *other UNUSED)
{
	return attack_failed(truncate(path, 0));
}

static int change_mode(const char *path, const char *other UNUSED)
{
	return attack_failed(chmod(path, 0666));
}

static int through_fd(const char *path, char name[64])
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	(void)snprintf(name, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static int change_mode_by_fd(const char *path, const char *other UNUSED)
{
	char name[64];
	cleanup_close int fd = through_fd(path, name);

	return fd < 0 ? errno : attack_failed(chmod(name, 0666));
}

static int change_mode_at2(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return attack_failed(syscall(SYS_fchmodat2, fd, "", 0666, AT_EMPTY_PATH));
}

static int set_uid_bit(const char *path, const char *other UNUSED)
{
	return attack_failed(chmod(path, 04755));
}

static int change_owner(const char *path, const char *other UNUSED)
{
	return attack_failed(chown(path, 1000, 1000));
}

static int change_owner_by_fd(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return attack_failed(fchownat(fd, "", 1000, 1000, AT_EMPTY_PATH));
}

static int change_times(const char *path, const char *other UNUSED)
{
	const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	return attack_failed(utimensat(AT_FDCWD, path, long_ago, 0));
}

static int set_attribute(const char *path, const char *other UNUSED)
{
	return attack_failed(setxattr(path, "user.escape", "x", 1, 0));
}

static int remove_attribute(const char *path, const char *other UNUSED)
{
	return attack_failed(removexattr(path, "user.escape"));
}

/* An access control list of owner, group and others only is a mode: chmod by another name (acl(5),
 * linux/posix_acl_xattr.h). */
static int set_acl(const char *path, const char *other UNUSED)
{
	static const struct {
		unsigned version;
		struct {
			unsigned short tag, permissions;
			unsigned id;
		} entries[3];
	} acl = {2, {{0x01, 6, ~0u}, {0x04, 6, ~0u}, {0x20, 6, ~0u}}};

	return attack_failed(setxattr(path, "system.posix_acl_access", &acl, sizeof(acl), 0));
}

static int set_acl_by_fd(const char *path, const char *other)
{
	char name[64];
	cleanup_close int fd = through_fd(path, name);

	return fd < 0 ? errno : set_acl(name, other);
}

/* Capabilities for whoever executes the file: on the host too, when the context maps root. */
static int set_file_capabilities(const char *path, const char *other UNUSED)
{
	const struct vfs_cap_data capabilities = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = {{.permitted = ~0u}, {.permitted = 0xff}},
	};

	return attack_failed(
		setxattr(path, "security.capability", &capabilities, sizeof(capabilities), 0));
}

static int set_attribute_at(const char *path, const char *other UNUSED)
{
	const struct {
		unsigned long value;
		unsigned size, flags;
	} argument = {.value = (unsigned long)"x", .size = 1};

	return attack_failed(syscall(SYS_setxattrat, AT_FDCWD, path, 0, "user.escape", &argument,
				     sizeof(argument)));
}

static int set_flags(const char *path, const char *other UNUSED)
{
	static const unsigned long attributes[4];

	return attack_failed(
		syscall(SYS_file_setattr, AT_FDCWD, path, attributes, sizeof(attributes), 0));
}

/* By a descriptor that is open for reading. */
static int set_flags_by_ioctl(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	long flags = FS_NODUMP_FL;

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

const struct attempt attack_changes[] = {
	{"create", create},
	{"create with set-uid", create_set_uid},
	{"create without a name", create_unnamed},
	{"mkdir", make_directory},
	{"rmdir", remove_directory},
	{"unlink", remove_file},
	{"make a symlink", make_symlink},
	{"mknod a fifo", make_fifo},
	{"mknod a device", make_device},
	{"mknod a block device", make_block_device},
	{"bind a unix socket", make_socket},
	{"truncate", truncate_path},
	{"chmod", change_mode},
	{"chmod through /proc/self/fd", change_mode_by_fd},
	{"fchmodat2 of an O_PATH descriptor", change_mode_at2},
	{"chmod u+s", set_uid_bit},
	{"chown", change_owner},
	{"fchownat of an O_PATH descriptor", change_owner_by_fd},
	{"utimensat", change_times},
	{"setxattr", set_attribute},
	{"removexattr", remove_attribute},
	{"set an access control list", set_acl},
	{"set an access control list through /proc/self/fd", set_acl_by_fd},
	{"set file capabilities", set_file_capabilities},
	{"setxattrat", set_attribute_at},
	{"file_setattr", set_flags},
	{"FS_IOC_SETFLAGS", set_flags_by_ioctl},
	{},
};
