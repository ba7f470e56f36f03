/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts what contexts have, or have left behind. */
#include "tests/integration/common/leftovers.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <string.h>

#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define SLOW_MS 20000

static size_t count_entries(int map, size_t key_size)
{
	unsigned char key[512], next[512];
	unsigned char value[4096];
	const void *from = NULL;
	size_t n = 0;

	if (key_size > sizeof(key))
		trial_bail("a map's key is too long");
	while (bpf_map_get_next_key(map, from, next) == 0) {
		memcpy(key, next, key_size);
		from = key;
		/* An array has all its keys; what counts is whether they lead anywhere. */
		n += bpf_map_lookup_elem(map, key, value) == 0;
	}
	return n;
}

static void count_maps(struct leftovers *left)
{
	const struct {
		const char *name;
		size_t *count;
	} counted[] = {{"policies", &left->policies},
		       {"directories", &left->directories},
		       {"names", &left->names},
		       {"pages", &left->pages}};
	uint32_t id = 0;

	while (bpf_map_get_next_id(id, &id) == 0) {
		cleanup_close int fd = bpf_map_get_fd_by_id(id);
		struct bpf_map_info info = {};
		uint32_t len = sizeof(info);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(counted); i++)
			if (strcmp(info.name, counted[i].name) == 0)
				*counted[i].count += count_entries(fd, info.key_size);
	}
}

static size_t count_names(const char *directory, bool folders)
{
	const struct dirent *entry;
	DIR *dir = opendir(directory);
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.' && (!folders || entry->d_type == DT_DIR);
	if (dir)
		(void)closedir(dir);
	return n;
}

struct leftovers leftovers_of(pid_t posternd, const char *context)
{
	cleanup_free char *fds = NULL, *cgroup = NULL;
	struct leftovers left = {};

	if (asprintf(&fds, "/proc/%d/fd", (int)posternd) < 0 ||
	    asprintf(&cgroup, TRIAL_CGROUP "/%s", context) < 0)
		trial_bail("out of memory");
	count_maps(&left);
	left.fds = count_names(fds, false);
	left.cgroups = count_names(TRIAL_CGROUP, true);
	left.cgroups += count_names(cgroup, true);
	return left;
}

void leftovers_show(const char *what, const struct leftovers *l)
{
	printf("# %s: %zu policies, %zu directories, %zu names, %zu pages, %zu descriptors, %zu "
	       "cgroups\n",
	       what, l->policies, l->directories, l->names, l->pages, l->fds, l->cgroups);
}

bool leftovers_settle(pid_t posternd, const char *context, const struct leftovers *before,
		      struct leftovers *ret)
{
	for (uint64_t until = trial_ms() + SLOW_MS;; trial_sleep(100)) {
		*ret = leftovers_of(posternd, context);
		if (ret->policies <= before->policies && ret->directories <= before->directories &&
		    ret->names <= before->names && ret->pages <= before->pages &&
		    ret->fds <= before->fds && ret->cgroups <= before->cgroups)
			return true;
		if (trial_ms() > until)
			return false;
	}
}
