/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The cgroups of contexts. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "supervisor/cgroup.h"

#define CGROUPFS      "/sys/fs/cgroup"
#define CONTEXTS_NAME "postern-contexts"
#define EMPTY_WAIT_MS 5000

static int write_file(int dir, const char *name, const char *text)
{
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);

	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		return -errno;
	return 0;
}

int cgroup_enter(int cgroup, pid_t pid)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	return write_file(cgroup, "cgroup.procs", text);
}

int cgroup_delegate(int cgroup, struct error *err)
{
	int r = write_file(cgroup, "cgroup.subtree_control", "+pids");

	if (r == 0)
		return 0;
	(void)error_set(err, r,
			"enable the pids controller, which bounds the processes of contexts");
	error_hint(err, "the unit needs Delegate=yes, and the kernel CONFIG_CGROUP_PIDS with the "
			"controller in cgroup2");
	return r;
}

int cgroup_limit_processes(int cgroup, uint64_t most)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, most);
	return write_file(cgroup, "pids.max", text);
}

int cgroup_kill(int cgroup)
{
	return write_file(cgroup, "cgroup.kill", "1");
}

int cgroup_make(int parent, const char *name, struct error *err)
{
	int fd;

	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "make cgroup %s", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_set(err, errno, "open cgroup %s", name);
	return fd;
}

static int remove_children(int fd)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir) {
		(void)close(fd);
		return -errno;
	}
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    cgroup_remove(dirfd(dir), entry->d_name) < 0)
			r = -EBUSY;
	(void)closedir(dir);
	return r;
}

/* Contexts, and their helpers and workers: the depth is two, and ours. */
int cgroup_remove(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (remove_children(fd) < 0)
		return -EBUSY;
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

void cgroup_sweep(int cgroup)
{
	int fd = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)remove_children(fd);
}

/* Waits until the killed are gone: cgroup.events says "populated 0", and polls as POLLPRI when that
 * changes. */
static int wait_empty(int cgroup)
{
	cleanup_close int fd = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd p = {.fd = fd, .events = POLLPRI};

	if (fd < 0)
		return -errno;
	for (;;) {
		char text[256] = "";

		if (pread(fd, text, sizeof(text) - 1, 0) < 0)
			return -errno;
		if (strstr(text, "populated 0"))
			return 0;
		if (poll(&p, 1, EMPTY_WAIT_MS) == 0)
			return -EBUSY;
	}
}

int cgroup_end(int cgroup)
{
	int r = cgroup_kill(cgroup);

	return r < 0 ? r : wait_empty(cgroup);
}

/* The supervisor's own cgroup, from the line "0::/path" of /proc/self/cgroup. */
static int own_cgroup(char *path, size_t size, struct error *err)
{
	cleanup_file FILE *f = fopen("/proc/self/cgroup", "re");
	char line[4096];

	if (!f)
		return error_set(err, errno, "open /proc/self/cgroup");
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		if ((size_t)snprintf(path, size, "%s", line + 3) >= size)
			return error_say(err, -ENAMETOOLONG,
					 "the supervisor's cgroup has too long a name: %s", line);
		return 0;
	}
	error_say(err, -ENOSYS, "this process is in no cgroup of version 2");
	error_hint(err,
		   "boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2 on " CGROUPFS);
	return -ENOSYS;
}

static uint32_t depth(const char *path)
{
	uint32_t n = 0;

	for (const char *p = path; *p; p++)
		if (*p == '/' && p[1])
			n++;
	return n;
}

static int open_own(const char *own, int *ret, struct error *err)
{
	char path[4096 + sizeof(CGROUPFS)];
	int fd;

	(void)snprintf(path, sizeof(path), CGROUPFS "%s", own);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		int r = error_set(err, errno, "open the supervisor's cgroup %s", path);

		error_hint(err, "posternd needs cgroup2 on " CGROUPFS
				", and its own cgroup to be visible there");
		return r;
	}
	*ret = fd;
	return 0;
}

int cgroup_contexts(int *ret_fd, uint64_t *ret_id, uint32_t *ret_level, struct error *err)
{
	cleanup_close int parent = -EBADF, contexts = -EBADF;
	char own[4096];
	struct stat st;
	int r;

	r = own_cgroup(own, sizeof(own), err);
	if (r < 0)
		return r;
	r = open_own(own, &parent, err);
	if (r < 0)
		return r;
	contexts = cgroup_make(parent, CONTEXTS_NAME, err);
	if (contexts < 0)
		return contexts;
	r = cgroup_end(contexts);
	if (r < 0)
		return error_set(err, r,
				 "kill what an earlier posternd left in cgroup %s/" CONTEXTS_NAME,
				 own);
	/*
	 * A new one, whose id no earlier posternd's programs know: they may decide for some time
	 * yet (pins.c), have none of our tags, and would refuse everything below the cgroup that
	 * was theirs.
	 */
	(void)close(steal_fd(&contexts));
	r = cgroup_remove(parent, CONTEXTS_NAME);
	if (r < 0)
		return error_set(err, r, "remove an earlier posternd's cgroup %s/" CONTEXTS_NAME,
				 own);
	r = cgroup_delegate(parent, err);
	if (r < 0)
		return r;
	contexts = cgroup_make(parent, CONTEXTS_NAME, err);
	if (contexts < 0)
		return contexts;
	r = cgroup_delegate(contexts, err);
	if (r < 0)
		return r;
	/* A cgroup's id is its inode's number (kernfs, 64 bit). */
	if (fstat(contexts, &st) < 0)
		return error_set(err, errno, "identify cgroup " CONTEXTS_NAME);
	*ret_id = st.st_ino;
	*ret_level = depth(own) + 1;
	*ret_fd = steal_fd(&contexts);
	return 0;
}
