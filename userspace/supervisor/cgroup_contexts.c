/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the cgroup of all contexts is, and whether it is kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "supervisor/cgroup.h"

#define CGROUPFS	"/sys/fs/cgroup"
#define CONTEXTS_NAME	"postern-contexts"
#define SUPERVISOR_NAME "postern-supervisor"
#define PATH_BYTES	4096

/* Below which cgroup the contexts' one is to be: the supervisor's own, from the line "0::/path" of
 * /proc/self/cgroup. */
static int own_cgroup(char *path, size_t size, struct error *err)
{
	cleanup_file FILE *f = fopen("/proc/self/cgroup", "re");
	char line[PATH_BYTES], *last;

	if (!f)
		return error_set(err, errno, "open /proc/self/cgroup");
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		if ((size_t)snprintf(path, size, "%s", line + 3) >= size)
			return error_say(err, -ENAMETOOLONG,
					 "the supervisor's cgroup has too long a name: %s", line);
		/* Where it has moved to, itself or, before an upgrade in place, its predecessor. */
		last = strrchr(path, '/');
		if (strcmp(last + 1, SUPERVISOR_NAME) == 0)
			last[last == path] = '\0';
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

static int open_below(const char *path, const char *name)
{
	cleanup_free char *whole = NULL;
	int fd;

	if (asprintf(&whole, CGROUPFS "%s%s%s", path, name ? "/" : "", name ? name : "") < 0)
		return -ENOMEM;
	fd = open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_own(const char *own, int *ret, struct error *err)
{
	int r = open_below(own, NULL);

	if (r < 0) {
		(void)error_set(err, r, "open the supervisor's cgroup " CGROUPFS "%s", own);
		error_hint(err, "posternd needs cgroup2 on " CGROUPFS
				", and its own cgroup to be visible there");
		return r;
	}
	*ret = r;
	return 0;
}

/* The path that an earlier supervisor noted; empty when there is none. */
static void read_record(const char *record, char path[PATH_BYTES])
{
	cleanup_file FILE *f = fopen(record, "re");

	if (!f || !fgets(path, PATH_BYTES, f) || path[0] != '/' || strstr(path, ".."))
		path[0] = '\0';
	path[strcspn(path, "\n")] = '\0';
	/* cppcheck-suppress resourceLeak ; cleanup_file closes it */
}

static int write_record(const char *record, const char *path, struct error *err)
{
	cleanup_free char *new = NULL;
	cleanup_file FILE *f = NULL;

	if (asprintf(&new, "%s.new", record) < 0)
		return error_set(err, ENOMEM, "write %s", record);
	f = fopen(new, "we");
	if (!f || fprintf(f, "%s\n", path) < 0 || fflush(f) != 0 || rename(new, record) < 0)
		return error_set(err, errno, "write %s", record);
	/* cppcheck-suppress resourceLeak ; cleanup_file closes it */
	return 0;
}

static bool runs_at(const char *path)
{
	cleanup_close int fd = open_below(path, CONTEXTS_NAME);

	return fd >= 0 && cgroup_populated(fd);
}

bool cgroup_contexts_run(const char *record)
{
	char own[PATH_BYTES] = "", earlier[PATH_BYTES] = "";

	read_record(record, earlier);
	if (earlier[0] && runs_at(earlier))
		return true;
	return own_cgroup(own, sizeof(own), NULL) == 0 && runs_at(own);
}

/*
 * Ends what runs at `path`, and removes the cgroup: a new one has an id that no earlier posternd's
 * programs know. They may decide for some time yet (pins.c), have none of our tags, and would
 * refuse everything below the cgroup that was theirs.
 */
static int clear(const char *path, struct error *err)
{
	cleanup_close int parent = open_below(path, NULL), contexts = -EBADF;
	int r;

	if (parent < 0)
		return 0;
	contexts = open_below(path, CONTEXTS_NAME);
	if (contexts < 0)
		return 0;
	r = cgroup_end(contexts);
	if (r < 0)
		return error_set(err, r,
				 "kill what an earlier posternd left in cgroup %s/" CONTEXTS_NAME,
				 path);
	(void)close(steal_fd(&contexts));
	r = cgroup_remove(parent, CONTEXTS_NAME);
	return r < 0 ? error_set(err, r, "remove an earlier posternd's cgroup %s/" CONTEXTS_NAME,
				 path)
		     : 0;
}

/* Decides below which cgroup the contexts' one is. path: the supervisor's own; changed. */
static int choose(const char *record, bool keep, char path[PATH_BYTES], struct error *err)
{
	char earlier[PATH_BYTES] = "";
	int r = 0;

	read_record(record, earlier);
	if (keep) {
		if (earlier[0] && strcmp(earlier, path) != 0 && runs_at(earlier))
			memcpy(path, earlier, PATH_BYTES);
		return 0;
	}
	if (earlier[0] && strcmp(earlier, path) != 0)
		r = clear(earlier, err);
	return r < 0 ? r : clear(path, err);
}

int cgroup_step_aside(struct error *err)
{
	cleanup_close int own = -EBADF, leaf = -EBADF;
	char path[PATH_BYTES] = "";
	int r;

	r = own_cgroup(path, sizeof(path), err);
	if (r < 0 || depth(path) == 0)
		return r;
	r = open_own(path, &own, err);
	if (r < 0)
		return r;
	leaf = cgroup_make(own, SUPERVISOR_NAME, err);
	if (leaf < 0)
		return leaf;
	r = cgroup_enter(leaf, getpid());
	return r < 0 ? error_set(err, r, "move posternd into cgroup %s/" SUPERVISOR_NAME, path) : 0;
}

static int release(int cgroup)
{
	cleanup_close int fd = openat(cgroup, "cgroup.subtree_control", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, "-pids", strlen("-pids")) < 0 ? -errno : 0;
}

static void release_child(void *userdata, int parent, const char *name)
{
	cleanup_close int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int *r = userdata;

	if (*r == 0 && fd >= 0)
		*r = release(fd);
}

/* From below: a controller is taken off where no child has it on. */
static int release_contexts(int parent)
{
	cleanup_close int fd = openat(parent, CONTEXTS_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed = 0, r;

	if (fd < 0)
		return 0;
	r = cgroup_children(fd, release_child, &failed);
	if (r == 0)
		r = failed;
	return r < 0 ? r : release(fd);
}

int cgroup_contexts_let_go(const char *record, struct error *err)
{
	cleanup_close int parent = -EBADF;
	char path[PATH_BYTES] = "";
	int r;

	read_record(record, path);
	/* The root cgroup takes processes in any case. */
	if (!path[0] || depth(path) == 0)
		return 0;
	parent = open_below(path, NULL);
	if (parent < 0)
		return 0;
	/* Also when no context runs: what drops the pins of a posternd that was stopped outlives it
	 * (pins.c), and keeps the cgroup. */
	r = release_contexts(parent);
	if (r == 0)
		r = release(parent);
	return r < 0 ? error_set(err, r, "take the pids controller off below cgroup %s", path) : 0;
}

int cgroup_contexts(const char *record, bool keep, int *ret_fd, uint64_t *ret_id,
		    uint32_t *ret_level, struct error *err)
{
	cleanup_close int parent = -EBADF, contexts = -EBADF;
	char path[PATH_BYTES] = "";
	struct stat st;
	int r;

	r = own_cgroup(path, sizeof(path), err);
	if (r == 0)
		r = choose(record, keep, path, err);
	if (r == 0)
		r = open_own(path, &parent, err);
	if (r == 0)
		r = cgroup_delegate(parent, err);
	if (r < 0)
		return r;
	contexts = cgroup_make(parent, CONTEXTS_NAME, err);
	if (contexts < 0)
		return contexts;
	r = cgroup_delegate(contexts, err);
	if (r == 0)
		r = write_record(record, path, err);
	if (r < 0)
		return r;
	/* A cgroup's id is its inode's number (kernfs, 64 bit). */
	if (fstat(contexts, &st) < 0)
		return error_set(err, errno, "identify cgroup " CONTEXTS_NAME);
	*ret_id = st.st_ino;
	*ret_level = depth(path) + 1;
	*ret_fd = steal_fd(&contexts);
	return 0;
}
