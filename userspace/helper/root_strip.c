/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Takes away the file systems that no context may see. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/util.h"
#include "helper/mounts.h"
#include "helper/root_place.h"
#include "helper/root_strip.h"

#define PASSES_MAX 64

struct forbidden {
	const char *type;
	unsigned long magic;
};

static const struct forbidden forbidden[] = {
	/* A task that can write cgroup.procs leaves its context's cgroup, the kernel programs'
	   second key. */
	{"cgroup", CGROUP_SUPER_MAGIC},
	{"cgroup2", CGROUP2_SUPER_MAGIC},
	/* The pins of our own programs and maps. */
	{"bpf", BPF_FS_MAGIC},
	/* Root-owned switches of the whole kernel, which an id map that holds 0 opens. */
	{"tracefs", TRACEFS_MAGIC},
	{"debugfs", DEBUGFS_MAGIC},
};

bool root_strip_is_forbidden(unsigned long magic)
{
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		if (forbidden[i].magic == magic)
			return true;
	return false;
}

static bool type_is_forbidden(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		if (strcmp(forbidden[i].type, type) == 0)
			return true;
	return false;
}

/* Space, tab, newline and backslash come as three octal digits. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
		    text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
			*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*to = *text;
		}
	}
	*to = '\0';
}

int root_strip_parse(char *line, const char **ret_mount_point, const char **ret_type)
{
	char *mount_point, *tail, *type, *end;
	char *at = line;

	/* id, parent, device, root, mount point; options and optional fields; "-", type */
	tail = strstr(line, " - ");
	if (!tail)
		return -EBADMSG;
	*tail = '\0';
	type = tail + 3;
	for (int i = 0; i < 4; i++) {
		at = strchr(at, ' ');
		if (!at)
			return -EBADMSG;
		at++;
	}
	mount_point = at;
	end = strchr(mount_point, ' ');
	if (!end)
		return -EBADMSG;
	*end = '\0';
	end = strchr(type, ' ');
	if (!end)
		return -EBADMSG;
	*end = '\0';
	unescape(mount_point);
	*ret_mount_point = mount_point;
	*ret_type = type;
	return 0;
}

/*
 * The mount point came as a string, and the host may rename what lies on its way: so no link is
 * followed, and what is there is looked at before it is taken away. Returns 1 when it was taken
 * away, 0 when something else lies upon it.
 */
static int strip_one(const char *mount_point, struct error *err)
{
	cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fd = -1;
	struct statfs fs;
	int r;

	fd = root < 0 ? -errno : root_place_open(root, mount_point);
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return error_set(err, fd, "open %s, which no context may see", mount_point);
	if (fstatfs(fd, &fs) < 0)
		return error_set(err, errno, "fstatfs %s", mount_point);
	if (!root_strip_is_forbidden((unsigned long)fs.f_type))
		return 0;
	r = mounts_detach(fd);
	if (r < 0 || chdir("/") < 0)
		return error_set(err, r < 0 ? r : errno, "take away %s, which no context may see",
				 mount_point);
	return 1;
}

/* One look at all mounts. Returns how many were taken away, or a negative errno. */
static int strip_pass(int proc_self, struct error *err)
{
	cleanup_close int fd = openat(proc_self, "mountinfo", O_RDONLY | O_CLOEXEC);
	cleanup_file FILE *file = NULL;
	cleanup_free char *line = NULL;
	const char *mount_point, *type;
	size_t room = 0;
	int taken = 0, r;

	if (fd < 0)
		return error_set(err, errno, "open mountinfo");
	file = fdopen(fd, "re");
	if (!file)
		return error_set(err, errno, "fdopen mountinfo");
	(void)steal_fd(&fd);
	while (getline(&line, &room, file) > 0) {
		r = root_strip_parse(line, &mount_point, &type);
		if (r < 0)
			return error_set(err, r, "read mountinfo");
		if (!type_is_forbidden(type))
			continue;
		r = strip_one(mount_point, err);
		if (r < 0)
			return r;
		taken += r;
	}
	if (ferror(file))
		return error_set(err, errno, "read mountinfo");
	return taken;
}

/* The list moves while mounts are taken away, and one may come to light below another: until a
 * whole pass finds none, which is the proof that none is left. */
int root_strip(int proc_self, struct error *err)
{
	for (int i = 0; i < PASSES_MAX; i++) {
		int r = strip_pass(proc_self, err);

		if (r <= 0)
			return r;
	}
	return error_say(err, ELOOP, "mounts that no context may see do not go away");
}
