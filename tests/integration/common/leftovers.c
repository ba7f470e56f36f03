/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts what contexts have, or have left behind. */
#include "tests/integration/common/leftovers.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdint.h>
#include <string.h>

#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define PINS	   "/run/postern/bpf"
#define SLOW_MS	   20000
#define PAGES_MOST 32

/* Of the maps that decide now. Those of a posternd before it, whose last programs the kernel may be
 * freeing still, are not pinned any more. */
size_t leftovers_entries(const char *map)
{
	unsigned char key[512], next[512];
	cleanup_free void *value = NULL;
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	cleanup_close int fd = -EBADF;
	char pattern[128];
	const void *from = NULL;
	size_t n = 0, most = SIZE_MAX;
	glob_t found;

	(void)snprintf(pattern, sizeof(pattern), PINS "/full-*/map_%s", map);
	if (glob(pattern, 0, NULL, &found) == 0)
		fd = bpf_obj_get(found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0 || info.key_size > sizeof(key))
		return 0;
	value = malloc(info.value_size);
	if (!value)
		trial_bail("out of memory");
	/* Looking into a map of maps waits for RCU each time, and contexts' numbers begin at 0. */
	if (info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
		most = PAGES_MOST;
	while (most-- > 0 && bpf_map_get_next_key(fd, from, next) == 0) {
		memcpy(key, next, info.key_size);
		from = key;
		/* An array has all its keys; what counts is whether they lead anywhere. */
		n += bpf_map_lookup_elem(fd, key, value) == 0;
	}
	return n;
}

static size_t count_names(const char *directory, const char *prefix)
{
	const struct dirent *entry;
	DIR *dir = opendir(directory);
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.' && strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	if (dir)
		(void)closedir(dir);
	return n;
}

/* Those of contexts, whatever number is behind their names, and of their workers. The canary's
 * comes and goes. */
static size_t count_cgroups(void)
{
	const struct dirent *entry;
	DIR *dir = opendir(TRIAL_CGROUP);
	size_t n = 0;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = NULL;

		if (entry->d_type != DT_DIR || strchr(".+", entry->d_name[0]))
			continue;
		if (asprintf(&path, TRIAL_CGROUP "/%s", entry->d_name) < 0)
			trial_bail("out of memory");
		n += 1 + count_names(path, "worker-");
	}
	if (dir)
		(void)closedir(dir);
	return n;
}

struct leftovers leftovers_of(pid_t posternd)
{
	cleanup_free char *fds = NULL;

	if (asprintf(&fds, "/proc/%d/fd", (int)posternd) < 0)
		trial_bail("out of memory");
	return (struct leftovers){
		.policies = leftovers_entries("policies"),
		.directories = leftovers_entries("directories"),
		.names = leftovers_entries("names"),
		.pages = leftovers_entries("pages"),
		.fds = count_names(fds, ""),
		.cgroups = count_cgroups(),
	};
}

void leftovers_show(const char *what, const struct leftovers *l)
{
	printf("# %s: %zu policies, %zu directories, %zu names, %zu pages, %zu descriptors, %zu "
	       "cgroups\n",
	       what, l->policies, l->directories, l->names, l->pages, l->fds, l->cgroups);
}

bool leftovers_settle(pid_t posternd, const struct leftovers *before, struct leftovers *ret)
{
	for (uint64_t until = trial_ms() + SLOW_MS;; trial_sleep(100)) {
		*ret = leftovers_of(posternd);
		if (ret->policies <= before->policies && ret->directories <= before->directories &&
		    ret->names <= before->names && ret->pages <= before->pages &&
		    ret->fds <= before->fds && ret->cgroups <= before->cgroups)
			return true;
		if (trial_ms() > until)
			return false;
	}
}
