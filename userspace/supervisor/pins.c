/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pins, in generations: each supervisor pins maps and links into a directory of its own, named by
 * its start, and drops the others only when its own is complete. A link cannot be detached, so the
 * last pin is what ends enforcement.
 *
 * A generation's name begins with how far its supervisor came: new- (some maps), maps- (all maps),
 * full- (all links too). What follows is the time of its start, so that names sort.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

#include "base/fault.h"
#include "policy/hooks.h"
#include "supervisor/enforcement_private.h"
#include "supervisor/pins.h"

#define DROPPER_FD 3	     /* the first behind the standard ones */
#define DECIDE	   "decide_" /* begins the name of what was put into a hook's program */
#define RETIRED	   "retired" /* the map that holds bpf/fallback.bpf.c's variable of that name */
#define NEW	   "new-"
#define MAPS	   "maps-"
#define FULL	   "full-"

/* Returns a positive errno. */
static int mount_in_host(const char *directory)
{
	cleanup_close int host = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (host < 0 || setns(host, CLONE_NEWNS) < 0)
		return errno;
	if (mount("postern", directory, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
		return errno;
	return 0;
}

/* In the first process's mount namespace, since one of posternd's own (PrivateTmp= and the like)
 * would take the pins along when it ends. */
static int mount_for_good(const char *directory)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(mount_in_host(directory));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static int mount_bpffs(const char *directory, struct error *err)
{
	struct statfs fs;
	int r;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return error_set(err, errno, "make %s", directory);
	if (statfs(directory, &fs) < 0)
		return error_set(err, errno, "look at %s", directory);
	if ((uint32_t)fs.f_type == BPF_FS_MAGIC)
		return 0;
	r = mount_for_good(directory);
	if (r < 0)
		return error_set(err, r, "mount a bpffs on %s", directory);
	if (statfs(directory, &fs) < 0)
		return error_set(err, errno, "look at %s", directory);
	if ((uint32_t)fs.f_type == BPF_FS_MAGIC)
		return 0;
	error_say(err, -EXDEV, "the bpffs on %s cannot be seen from posternd's mount namespace",
		  directory);
	error_hint(err, "mounts of the host must reach it: no MountFlags=private in its unit");
	return -EXDEV;
}

/*
 * Tells a generation's programs to let pass what they cannot decide any more: the kernel detaches
 * them some time after their pins are gone (11 s for all, measured), and what decides for them may
 * go earlier. Refusing would then break what their successors allow. It gives away nothing, since
 * the generation ends here, and does nothing to programs that still decide.
 */
static void retire(int generation)
{
	char path[64];
	cleanup_close int map = -EBADF;
	volatile uint32_t *retired;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/" RETIRED, generation);
	map = bpf_obj_get(path);
	if (map < 0)
		return;
	retired = mmap(NULL, sizeof(*retired), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (retired == MAP_FAILED)
		return;
	*retired = 1;
	(void)munmap((void *)retired, sizeof(*retired));
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
	retire(fd);
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

static bool is_kept(const char *name, const char *const *keep)
{
	for (size_t i = 0; keep[i]; i++)
		if (strcmp(name, keep[i]) == 0)
			return true;
	return false;
}

/* Waits for the supervisor's end first when its own pins go: whoever lets go of a link last waits.
 */
static void drop(int parent, struct dirent **names, int n, const char *const *keep, int supervisor)
{
	struct pollfd p = {.fd = DROPPER_FD + 1, .events = POLLIN};

	/* Above all not the lock, which the next supervisor is to get. */
	parent = fcntl(parent, F_DUPFD_CLOEXEC, DROPPER_FD + 2);
	supervisor = fcntl(supervisor, F_DUPFD_CLOEXEC, DROPPER_FD + 2);
	if (dup2(parent, DROPPER_FD) < 0 || dup2(supervisor, DROPPER_FD + 1) < 0 ||
	    close_range(DROPPER_FD + 2, ~0U, 0) < 0)
		return;
	while (!keep[0] && poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	for (int i = 0; i < n; i++)
		if (!is_kept(names[i]->d_name, keep))
			remove_generation(DROPPER_FD, names[i]->d_name);
}

/* Two forks, so that nobody has to wait for the one that drops: after an upgrade in place its
 * parent would be a program that knows nothing of it. */
static void drop_aside(int parent, struct dirent **names, int n, const char *const *keep,
		       int supervisor)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (fork() == 0)
			drop(parent, names, n, keep, supervisor);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/*
 * keep: the generations that stay; when there are none, the supervisor ends. Dropping a link can
 * wait for RCU, for seconds: hence the process. It may outlive this supervisor and meet the pins of
 * the next one, so it removes what is there now, and nothing that comes later.
 */
static void remove_generations(const char *directory, const char *const *keep)
{
	cleanup_close int parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int supervisor = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct dirent **names = NULL;
	bool any = false;
	int n;

	if (parent < 0 || supervisor < 0)
		return;
	n = scandir(directory, &names, is_generation, alphasort);
	for (int i = 0; i < n; i++)
		any |= !is_kept(names[i]->d_name, keep);
	if (any)
		drop_aside(parent, names, n, keep, supervisor);
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

int pins_add_decision(const struct enforcement *e, size_t i, int fd, struct error *err)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s/" DECIDE "%s", e->generation, hooks[i].name) < 0)
		return error_set(err, ENOMEM, "pin the links");
	if (bpf_obj_pin(fd, path) < 0)
		return error_set(err, errno, "pin what decides for hook %s at %s", hooks[i].name,
				 path);
	return 0;
}

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* Behind the word that says how far it came. */
static const char *age(const char *name)
{
	const char *dash = strchr(name, '-');

	return dash ? dash : name;
}

/*
 * The newest generation whose maps are whole, and the newest whose links are, which may be the same
 * one. Either stays empty when there is none.
 */
static int find_generations(const char *directory, char ret_maps[NAME_MAX + 1],
			    char ret_full[NAME_MAX + 1])
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	ret_maps[0] = ret_full[0] = '\0';
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		bool full = begins(entry->d_name, FULL);

		if (!full && !begins(entry->d_name, MAPS))
			continue;
		if (!ret_maps[0] || strcmp(age(entry->d_name), age(ret_maps)) > 0)
			(void)snprintf(ret_maps, NAME_MAX + 1, "%s", entry->d_name);
		if (full && (!ret_full[0] || strcmp(age(entry->d_name), age(ret_full)) > 0))
			(void)snprintf(ret_full, NAME_MAX + 1, "%s", entry->d_name);
	}
	(void)closedir(dir);
	return 0;
}

int pins_prepare(const char *directory, struct error *err)
{
	char maps[NAME_MAX + 1], full[NAME_MAX + 1];
	const char *const keep[] = {maps, full, NULL};
	int r;

	r = mount_bpffs(directory, err);
	if (r < 0)
		return r;
	r = find_generations(directory, maps, full);
	if (r < 0)
		return error_set(err, r, "read %s", directory);
	if (maps[0])
		/* A hook takes 38 programs at most (BPF_MAX_TRAMP_LINKS). */
		remove_generations(directory, keep);
	return 0;
}

/* Would the map be made as the pinned one is? */
static int take_map(struct bpf_map *map, int fd, struct error *err)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int r;

	r = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (r < 0)
		return error_set(err, r, "look at the pinned map %s", bpf_map__name(map));
	if (info.type != (uint32_t)bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
	    info.value_size != bpf_map__value_size(map) ||
	    info.max_entries != bpf_map__max_entries(map) ||
	    info.map_flags != bpf_map__map_flags(map))
		return error_say(err, -ESTALE,
				 "the kernel holds map %s in another form than this posternd's",
				 bpf_map__name(map));
	r = bpf_map__reuse_fd(map, fd);
	return r < 0 ? error_set(err, r, "take the pinned map %s", bpf_map__name(map)) : 0;
}

int pins_reuse(const char *directory, struct enforcement *e, struct error *err)
{
	char maps[NAME_MAX + 1], full[NAME_MAX + 1];
	struct bpf_map *map;
	int r;

	r = find_generations(directory, maps, full);
	if (r < 0)
		return error_set(err, r, "read %s", directory);
	if (!maps[0])
		return 0;
	bpf_object__for_each_map(map, e->skeleton->obj)
	{
		cleanup_free char *path = NULL;
		cleanup_close int fd = -EBADF;

		if (bpf_map__is_internal(map))
			continue;
		if (asprintf(&path, "%s/%s/map_%s", directory, maps, bpf_map__name(map)) < 0)
			return error_set(err, ENOMEM, "take the pinned maps");
		fd = bpf_obj_get(path);
		/* A map that the earlier program did not have is made. */
		if (fd < 0 && errno == ENOENT)
			continue;
		r = fd < 0 ? error_set(err, errno, "open %s", path) : take_map(map, fd, err);
		if (r < 0)
			return r;
	}
	return 1;
}

/* Says how far a generation came. path: changed. */
static int promote(char **path, const char *to, struct error *err)
{
	const char *name = strrchr(*path, '/') + 1;
	char *renamed = NULL;

	if (asprintf(&renamed, "%.*s%s%s", (int)(name - *path), *path, to, age(name) + 1) < 0)
		return error_set(err, ENOMEM, "rename %s", *path);
	if (rename(*path, renamed) < 0) {
		int r = error_set(err, errno, "rename %s to %s", *path, renamed);

		free(renamed);
		return r;
	}
	free(*path);
	*path = renamed;
	return 0;
}

int pins_maps(const char *directory, struct enforcement *e, struct error *err)
{
	cleanup_free char *generation = NULL, *retired = NULL;
	struct timespec now;
	struct bpf_map *map;
	int r;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	/* bpffs refuses names with a dot. */
	if (asprintf(&generation, "%s/" NEW "%012lld-%09ld", directory, (long long)now.tv_sec,
		     now.tv_nsec) < 0)
		return error_set(err, ENOMEM, "pin the maps");
	if (mkdir(generation, 0700) < 0)
		return error_set(err, errno, "make %s", generation);
	bpf_object__for_each_map(map, e->skeleton->obj)
	{
		cleanup_free char *path = NULL;

		if (bpf_map__is_internal(map))
			continue;
		if (asprintf(&path, "%s/map_%s", generation, bpf_map__name(map)) < 0)
			return error_set(err, ENOMEM, "pin the maps");
		/* Not bpf_map__pin(), which pins a map in one place only. */
		if (bpf_obj_pin(bpf_map__fd(map), path) < 0)
			return error_set(err, errno, "pin a map at %s", path);
		fault_point(FAULT_PIN_MAP);
	}
	if (asprintf(&retired, "%s/" RETIRED, generation) < 0)
		return error_set(err, ENOMEM, "pin the maps");
	if (bpf_obj_pin(bpf_map__fd(e->skeleton->maps.bss), retired) < 0)
		return error_set(err, errno, "pin a map at %s", retired);
	r = promote(&generation, MAPS, err);
	if (r < 0)
		return r;
	e->generation = steal_ptr(generation);
	return 0;
}

int pins_links(const char *directory, struct enforcement *e, struct error *err)
{
	int r;

	for (size_t i = 0; i < hooks_len; i++) {
		r = pins_add(e, i, err);
		if (r < 0)
			return r;
		fault_point(FAULT_PIN_LINK);
	}
	r = promote(&e->generation, FULL, err);
	if (r < 0)
		return r;
	fault_point(FAULT_PINNED);
	remove_generations(directory, (const char *const[]){strrchr(e->generation, '/') + 1, NULL});
	return 0;
}

void pins_drop(const char *directory)
{
	remove_generations(directory, (const char *const[]){NULL});
}
