/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds a context that outlived its supervisor, by the kernel's word: cgroup, tag, policy, root. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "supervisor/adopt.h"
#include "supervisor/cgroup.h"
#include "supervisor/kept.h"

/* Is it the first process of a pid namespace: the last number of its line NSpid (proc(5))? */
static bool is_first(pid_t pid)
{
	char path[64], line[256];
	cleanup_file FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		const char *last = strrchr(line, '\t');

		if (strncmp(line, "NSpid:", strlen("NSpid:")) == 0)
			return last && strcmp(last, "\t1\n") == 0;
	}
	return false;
}

static void look_for_first(void *userdata, pid_t pid)
{
	pid_t *found = userdata;

	if (is_first(pid))
		*found = pid;
}

/* The cgroup's number for the process and the pidfd mean the same one when it is there before and
 * after. */
static int find_helper(int cgroup, struct adoption *a, struct error *err)
{
	cleanup_close int helper = openat(cgroup, "helper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (helper < 0 || cgroup_processes(helper, look_for_first, &a->pid) < 0)
		return error_set(err, errno, "look for its helper");
	if (a->pid == 0)
		return error_say(err, -ESRCH, "its helper is gone");
	a->pidfd = (int)syscall(SYS_pidfd_open, a->pid, 0);
	if (a->pidfd < 0)
		return error_set(err, errno, "open its helper's pidfd");
	if (!cgroup_holds(helper, a->pid))
		return error_say(err, -ESRCH, "its helper is gone");
	return 0;
}

static int read_policy(struct supervisor *s, struct adoption *a, struct postern_policy *ret,
		       struct error *err)
{
	struct postern_tag tag = {};
	int r;

	r = enforcement_tag_read(s->enforcement, a->pidfd, &tag);
	if (r == 0)
		r = enforcement_policy_get(s->enforcement, tag.policy, ret);
	if (r < 0)
		return error_set(err, r, "read its helper's tag and policy");
	if (!(tag.flags & POSTERN_TAG_START) || ret->entrypoint != ~0u)
		return error_say(err, -EPERM, "its helper is not under a start policy");
	a->start_policy = tag.policy;
	a->number = ret->context;
	return 0;
}

/* The root that the policy was made for, and no other. */
static int open_root(struct supervisor *s, struct adoption *a, const struct postern_policy *policy,
		     struct error *err)
{
	struct pollfd alive = {.fd = a->pidfd, .events = POLLIN};
	struct postern_identity id = {};
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)a->pid);
	a->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->root < 0)
		return error_set(err, errno, "open its root");
	if (poll(&alive, 1, 0) != 0)
		return error_say(err, -ESRCH, "its helper is gone");
	r = enforcement_identify(s->enforcement, &a->root, 1, &id);
	if (r < 0)
		return error_set(err, r, "ask the kernel about its root");
	if (id.mount != policy->root_mount || id.dentry != policy->root_dentry ||
	    id.mount_namespace != policy->mount_namespace)
		return error_say(err, -EPERM, "its root is not the one of its policy");
	return 0;
}

/* Cgroups of a context: its name, or with a number behind it after a reload that made another
 * helper. */
struct search {
	const char *name;
	char found[MANIFEST_NAME_MAX + 16];
	struct timespec since;
};

bool adoption_is_of(const char *cgroup, const char *name)
{
	size_t len = strlen(name);

	return strncmp(cgroup, name, len) == 0 && (cgroup[len] == '\0' || cgroup[len] == '+');
}

/*
 * Of two, the one that was there first serves: the other was about to take its place. One whose
 * place was taken has no manifest any more that is kept for it.
 */
static void look_for_context(void *userdata, int parent, const char *cgroup)
{
	cleanup_close int fd = openat(parent, cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct search *search = userdata;
	char network[POSTERN_WIRE_NAME];
	struct timespec since;

	if (fd < 0 || kept_network(cgroup, network) || !adoption_is_of(cgroup, search->name) ||
	    !cgroup_populated(fd) || kept_since(cgroup, &since) < 0)
		return;
	if (search->found[0] &&
	    (since.tv_sec > search->since.tv_sec ||
	     (since.tv_sec == search->since.tv_sec && since.tv_nsec > search->since.tv_nsec)))
		return;
	search->since = since;
	(void)snprintf(search->found, sizeof(search->found), "%s", cgroup);
}

/* In that cgroup, and no other. */
static int find_in(struct supervisor *s, const char *name, const char *file, struct adoption *a,
		   struct error *err)
{
	struct postern_policy policy = {};
	cleanup_close int cgroup =
		openat(s->contexts_cgroup, a->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (cgroup < 0)
		return 0;
	r = find_helper(cgroup, a, err);
	if (r == 0)
		r = read_policy(s, a, &policy, err);
	if (r == 0)
		r = open_root(s, a, &policy, err);
	if (r == 0)
		r = kept_load(a->cgroup, name, file, &a->manifest, &a->module, err);
	if (r < 0) {
		adoption_clear(a);
		return r;
	}
	a->found = true;
	return 1;
}

int adoption_find(struct supervisor *s, const struct manifest *disk, struct adoption *ret,
		  struct error *err)
{
	struct adoption a = {.pidfd = -EBADF, .root = -EBADF, .manifest = {.fd = -EBADF}};
	struct search search = {.name = disk->name};
	int r;

	/* One with instances has no helper of its own. */
	if (disk->network_namespace == MANIFEST_NETWORK_NAMED)
		return 0;
	if (cgroup_children(s->contexts_cgroup, look_for_context, &search) < 0 || !search.found[0])
		return 0;
	(void)snprintf(a.cgroup, sizeof(a.cgroup), "%s", search.found);
	r = find_in(s, disk->name, disk->file, &a, err);
	if (r > 0)
		*ret = a;
	return r;
}

int adoption_find_instance(struct supervisor *s, const struct manifest *disk, const char *cgroup,
			   struct adoption *ret, struct error *err)
{
	struct adoption a = {.pidfd = -EBADF, .root = -EBADF, .manifest = {.fd = -EBADF}};
	int r;

	if (!kept_network(cgroup, a.network) ||
	    (size_t)snprintf(a.cgroup, sizeof(a.cgroup), "%s", cgroup) >= sizeof(a.cgroup))
		return 0;
	r = find_in(s, disk->name, disk->file, &a, err);
	if (r > 0)
		*ret = a;
	return r;
}

int adoption_find_draining(struct supervisor *s, const char *cgroup, struct adoption *ret,
			   struct error *err)
{
	struct adoption a = {
		.pidfd = -EBADF, .root = -EBADF, .manifest = {.fd = -EBADF}, .draining = true};
	size_t len = strcspn(cgroup, "+");
	cleanup_free char *name = strndup(cgroup, len), *file = NULL;
	int r;

	if (!name || asprintf(&file, "%s/%s/context.yaml", s->directory, name) < 0)
		return error_set(err, ENOMEM, "look at %s", cgroup);
	if ((size_t)snprintf(a.cgroup, sizeof(a.cgroup), "%s", cgroup) >= sizeof(a.cgroup))
		return 0;
	(void)kept_network(cgroup, a.network);
	r = find_in(s, name, file, &a, err);
	if (r > 0)
		*ret = a;
	return r;
}

void adoption_clear(struct adoption *a)
{
	if (a->pidfd >= 0)
		(void)close(a->pidfd);
	if (a->root >= 0)
		(void)close(a->root);
	loaded_clear(&a->manifest);
	*a = (struct adoption){.pidfd = -EBADF, .root = -EBADF, .manifest = {.fd = -EBADF}};
}
