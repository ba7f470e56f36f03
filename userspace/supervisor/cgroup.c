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
#include <sys/xattr.h>

#include "supervisor/cgroup.h"

#define EMPTY_WAIT_MS 5000
#define CALLER_XATTR  "trusted.postern.caller"

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

int cgroup_note_caller(int cgroup, uid_t uid)
{
	return fsetxattr(cgroup, CALLER_XATTR, &uid, sizeof(uid), 0) < 0 ? -errno : 0;
}

int cgroup_noted_caller(int cgroup, uid_t *ret)
{
	uid_t uid;
	ssize_t n = fgetxattr(cgroup, CALLER_XATTR, &uid, sizeof(uid));

	if (n != (ssize_t)sizeof(uid))
		return n < 0 ? -errno : -EBADMSG;
	*ret = uid;
	return 0;
}

int cgroup_delegate(int cgroup, struct error *err)
{
	int r = write_file(cgroup, "cgroup.subtree_control", "+pids");

	if (r == 0)
		return 0;
	(void)error_set(err, r,
			"enable the pids controller, which bounds the processes of contexts");
	error_hint(err,
		   r == -EBUSY
			   ? "posternd needs a cgroup that it shares with no other process: start "
			     "it as a unit (`systemctl start postern`, or `systemd-run`)"
			   : "the unit needs Delegate=yes, and the kernel CONFIG_CGROUP_PIDS with "
			     "the controller in cgroup2");
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

/*
 * The kernel keeps an account of pressure (PSI) for each cgroup above a task, at each switch
 * between tasks, and a call has two. The service's own cgroup has one that covers all contexts; of
 * those below it nobody asks. Where the kernel has no such file (before 6.1, or booted with psi=0),
 * there is no account.
 */
static void pressure_off(int cgroup)
{
	(void)write_file(cgroup, "cgroup.pressure", "0");
}

int cgroup_make(int parent, const char *name, struct error *err)
{
	int fd;

	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "make cgroup %s", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_set(err, errno, "open cgroup %s", name);
	pressure_off(fd);
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

bool cgroup_populated(int cgroup)
{
	cleanup_close int fd = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256] = "";

	/* What cannot be read may hold something. */
	return fd < 0 || read(fd, text, sizeof(text) - 1) < 0 || !strstr(text, "populated 0");
}

uint64_t cgroup_used_us(int cgroup)
{
	cleanup_close int fd = openat(cgroup, "cpu.stat", O_RDONLY | O_CLOEXEC);
	char text[512] = "";
	uint64_t us = 0;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0 ||
	    sscanf(text, "usage_usec %" SCNu64, &us) != 1)
		return 0;
	return us;
}

int cgroup_processes(int cgroup, cgroup_process_fn see, void *userdata)
{
	int fd = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	cleanup_file FILE *f = fd >= 0 ? fdopen(fd, "re") : NULL;
	int pid;

	if (!f) {
		int r = -errno;

		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	while (fscanf(f, "%d", &pid) == 1)
		see(userdata, pid);
	return 0;
}

struct wanted {
	pid_t pid;
	bool found;
};

static void look_for(void *userdata, pid_t pid)
{
	struct wanted *w = userdata;

	w->found |= pid == w->pid;
}

bool cgroup_holds(int cgroup, pid_t pid)
{
	struct wanted w = {.pid = pid};

	return cgroup_processes(cgroup, look_for, &w) == 0 && w.found;
}

int cgroup_children(int cgroup, cgroup_child_fn see, void *userdata)
{
	int fd = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!dir) {
		int r = -errno;

		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			see(userdata, dirfd(dir), entry->d_name);
	(void)closedir(dir);
	return 0;
}

/* What still holds a process, or another cgroup, is refused. */
static void remove_empty(void *userdata UNUSED, int parent, const char *name)
{
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

void cgroup_sweep(int cgroup)
{
	(void)cgroup_children(cgroup, remove_empty, NULL);
}
