/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pins of links, in generations: each supervisor pins into a directory of its own, named by its
 * start, and drops the others only when its own is complete. A link cannot be detached, so the last
 * pin is what ends enforcement.
 */
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>

#include "policy/hooks.h"
#include "supervisor/enforcement_private.h"
#include "supervisor/pins.h"

#define DROPPER_FD 3 /* the first behind the standard ones */

static int mount_bpffs(const char *directory, struct error *err)
{
	struct statfs fs;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return error_set(err, errno, "make %s", directory);
	if (statfs(directory, &fs) < 0)
		return error_set(err, errno, "look at %s", directory);
	if ((uint32_t)fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("postern", directory, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
		return error_set(err, errno, "mount a bpffs on %s", directory);
	return 0;
}

/* Removes one generation: files in it, then the directory. */
static void remove_generation(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			(void)unlinkat(fd, entry->d_name, 0);
	(void)closedir(dir);
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

static int is_generation(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Waits for the supervisor's end first when its own pins go: whoever lets go of a link last waits.
 */
static void drop(int parent, struct dirent **names, int n, const char *keep, int supervisor)
{
	struct pollfd p = {.fd = DROPPER_FD + 1, .events = POLLIN};

	/* Above all not the lock, which the next supervisor is to get. */
	parent = fcntl(parent, F_DUPFD_CLOEXEC, DROPPER_FD + 2);
	supervisor = fcntl(supervisor, F_DUPFD_CLOEXEC, DROPPER_FD + 2);
	if (dup2(parent, DROPPER_FD) < 0 || dup2(supervisor, DROPPER_FD + 1) < 0 ||
	    close_range(DROPPER_FD + 2, ~0U, 0) < 0)
		return;
	while (!keep && poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	for (int i = 0; i < n; i++)
		if (!keep || strcmp(names[i]->d_name, keep) != 0)
			remove_generation(DROPPER_FD, names[i]->d_name);
}

/*
 * keep: the generation that stays; NULL: none. Dropping a link can wait for RCU, for seconds: hence
 * the process. It may outlive this supervisor and meet the pins of the next one, so it removes what
 * is there now, and nothing that comes later.
 */
static void remove_generations(const char *directory, const char *keep)
{
	cleanup_close int parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int supervisor = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct dirent **names = NULL;
	int n;

	if (parent < 0 || supervisor < 0)
		return;
	n = scandir(directory, &names, is_generation, alphasort);
	if (n > 0 && fork() == 0) {
		drop(parent, names, n, keep, supervisor);
		_exit(0);
	}
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

int pins_add(const struct enforcement *e, size_t i, struct error *err)
{
	cleanup_free char *path = NULL;
	int r;

	if (!e->links[i])
		return 0;
	if (asprintf(&path, "%s/%s", e->generation, hooks[i].name) < 0)
		return error_set(err, ENOMEM, "pin the links");
	r = bpf_link__pin(e->links[i], path);
	if (r < 0)
		return error_set(err, r, "pin the link of hook %s at %s", hooks[i].name, path);
	return 0;
}

int pins_replace(const char *directory, struct enforcement *e, struct error *err)
{
	cleanup_free char *generation = NULL;
	struct timespec now;
	const char *name;
	int r;

	r = mount_bpffs(directory, err);
	if (r < 0)
		return r;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	/* bpffs refuses names with a dot. */
	if (asprintf(&generation, "%s/links-%lld-%ld", directory, (long long)now.tv_sec,
		     now.tv_nsec) < 0)
		return error_set(err, ENOMEM, "pin the links");
	if (mkdir(generation, 0700) < 0)
		return error_set(err, errno, "make %s", generation);
	name = strrchr(generation, '/') + 1;
	e->generation = steal_ptr(generation);
	for (size_t i = 0; i < hooks_len; i++) {
		r = pins_add(e, i, err);
		if (r < 0)
			return r;
	}
	remove_generations(directory, name);
	return 0;
}

void pins_drop(const char *directory)
{
	remove_generations(directory, NULL);
}
