/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which directories a context's root must hold, and how each is mounted. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "helper/root_plan.h"
#include "manifest/rule_path.h"

#define RIGHTS_THAT_WRITE                                                                          \
	(1u << MANIFEST_WRITE | 1u << MANIFEST_APPEND | 1u << MANIFEST_CREATE |                    \
	 1u << MANIFEST_DELETE | 1u << MANIFEST_METADATA | 1u << MANIFEST_LINK)

bool root_plan_holds(const char *directory, const char *path)
{
	size_t len = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return path[0] == '/';
	return strncmp(directory, path, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static void directory_clear(struct root_directory *d)
{
	free(d->path);
	if (d->fd >= 0)
		(void)close(d->fd);
	*d = (struct root_directory){.fd = -1};
}

static void directory_join(struct root_directory *to, const struct root_directory *from)
{
	to->access |= from->access;
	to->below |= from->below;
	to->creates = to->creates || from->creates;
	/* A directory that another rule asks for by itself is one whatever a `top` rule says. */
	to->top = to->top && from->top;
	if (from->fd < 0)
		return;
	if (to->fd < 0)
		to->fd = from->fd;
	else
		(void)close(from->fd);
}

int root_plan_add(struct root_plan *plan, const struct root_directory *d)
{
	struct root_directory *grown;
	struct root_directory copy = *d;
	int r = -ENOMEM;

	for (size_t i = 0; i < plan->len; i++) {
		if (plan->directories[i].kind == d->kind &&
		    strcmp(plan->directories[i].path, d->path) == 0) {
			directory_join(&plan->directories[i], d);
			return 0;
		}
	}
	copy.path = strdup(d->path);
	if (plan->len >= ROOT_DIRECTORIES_MAX) {
		r = -E2BIG;
	} else if (copy.path) {
		grown = reallocarray(plan->directories, plan->len + 1, sizeof(*grown));
		if (grown) {
			plan->directories = grown;
			grown[plan->len++] = copy;
			return 0;
		}
	}
	directory_clear(&copy);
	return r;
}

static unsigned access_of(const struct manifest_path *rule)
{
	unsigned access = 0;

	if (rule->rights & RIGHTS_THAT_WRITE)
		access |= ROOT_WRITABLE;
	if (rule->rights & 1u << MANIFEST_EXECUTE)
		access |= ROOT_EXECUTABLE;
	if (root_plan_holds("/dev", rule->path) || rule->device.kind != MANIFEST_DEVICE_ANY)
		access |= ROOT_DEVICES;
	return access;
}

/*
 * The directory that a rule needs. A subtree needs itself; one entry needs its parent, because a
 * bind of the entry would stay with the old file when the entry is replaced. An entry of "/" is
 * the exception: its parent would be the whole host. A pattern needs the directory above it, with
 * all below when more components follow.
 */
static int place_of(const struct manifest_path *rule, struct root_directory *d, char **ret_owned)
{
	size_t literal = rule_path_literal(rule->path), len = strlen(rule->path);
	const char *slash = strrchr(rule->path, '/');

	if (literal < len) {
		if (rule->subtree || (size_t)(slash - rule->path) > literal)
			d->below = d->access;
		*ret_owned = literal ? strndup(rule->path, literal) : strdup("/");
	} else if (rule->subtree || len == 1) {
		d->below = d->access;
		return 0;
	} else if (slash == rule->path) {
		d->top = true;
		d->creates = rule->rights & 1u << MANIFEST_CREATE;
		return 0;
	} else {
		*ret_owned = strndup(rule->path, (size_t)(slash - rule->path));
	}
	d->path = *ret_owned;
	return d->path ? 0 : -ENOMEM;
}

static int rule_add(struct root_plan *plan, const struct manifest_path *rule)
{
	struct root_directory d = {.path = rule->path, .kind = ROOT_BIND, .fd = -1};
	cleanup_free char *owned = NULL;
	int r;

	d.access = access_of(rule);
	r = place_of(rule, &d, &owned);
	if (r < 0)
		return r;
	/* Both are one mount each, however much of it the rules name. */
	if (root_plan_holds("/proc", rule->path)) {
		d = (struct root_directory){
			.path = (char *)"/proc", .kind = ROOT_PROC, .access = d.access, .fd = -1};
	} else if (root_plan_holds("/sys", rule->path)) {
		d = (struct root_directory){
			.path = (char *)"/sys", .kind = ROOT_SYS, .access = d.access, .fd = -1};
	}
	return root_plan_add(plan, &d);
}

/* With the host's tree in the root, its /proc shows the host's processes, and its /sys the host's
 * network: the context gets its own in their place. */
static int whole_tree_add(struct root_plan *plan)
{
	struct root_directory d = {.path = (char *)"/proc", .kind = ROOT_PROC, .fd = -1};
	int r = 0;

	for (size_t i = 0; i < plan->len; i++) {
		if (strcmp(plan->directories[i].path, "/") != 0)
			continue;
		d.access = plan->directories[i].access;
		r = root_plan_add(plan, &d);
		if (r == 0 && plan->own_sysfs) {
			d.path = (char *)"/sys";
			d.kind = ROOT_SYS;
			r = root_plan_add(plan, &d);
		}
		break;
	}
	return r;
}

static int rules_add(struct root_plan *plan, const struct manifest *m)
{
	int r = 0;

	for (size_t i = 0; i < m->entrypoints_len; i++)
		for (size_t j = 0; r == 0 && j < m->entrypoints[i].paths_len; j++)
			r = rule_add(plan, &m->entrypoints[i].paths[j]);
	return r;
}

int root_plan_from_manifest(const struct manifest *m, const struct runtime_dirs *runtime,
			    struct root_plan *ret, struct error *err)
{
	struct root_plan plan = {.own_sysfs = m->network_namespace != MANIFEST_NETWORK_HOST};
	int r;

	r = rules_add(&plan, m);
	for (size_t i = 0; r == 0 && i < runtime->len; i++) {
		const struct root_directory d = {.path = (char *)runtime->paths[i],
						 .kind = ROOT_BIND,
						 .access = ROOT_EXECUTABLE,
						 .below = ROOT_EXECUTABLE,
						 .fd = -1};

		r = root_plan_add(&plan, &d);
	}
	if (r == 0)
		r = whole_tree_add(&plan);
	if (r < 0) {
		root_plan_clear(&plan);
		return error_set(err, r, "plan the root: at most %d directories",
				 ROOT_DIRECTORIES_MAX);
	}
	*ret = plan;
	return 0;
}

static size_t depth(const char *path)
{
	size_t n = 0;

	if (strcmp(path, "/") == 0)
		return 0;
	for (; *path; path++)
		n += *path == '/';
	return n;
}

static int compare(const void *a, const void *b)
{
	const struct root_directory *x = a, *y = b;
	size_t i = depth(x->path), j = depth(y->path);

	if (i != j)
		return i < j ? -1 : 1;
	return strcmp(x->path, y->path);
}

static bool is_covered(const struct root_plan *plan, const struct root_directory *d)
{
	const struct root_directory *nearest = NULL;

	if (d->kind == ROOT_PROC || (d->kind == ROOT_SYS && plan->own_sysfs))
		return false;
	/* Sorted by depth, so the last one that holds it is the nearest. */
	for (size_t i = 0; i < plan->len; i++)
		if (root_plan_holds(plan->directories[i].path, d->path))
			nearest = &plan->directories[i];
	return nearest && (nearest->access & d->access) == d->access;
}

void root_plan_reduce(struct root_plan *plan)
{
	struct root_directory *all = plan->directories;
	size_t len = plan->len;

	if (len == 0)
		return;
	qsort(all, len, sizeof(*all), compare);
	/* A mount below another hides it: it has to allow what rules above it ask for here. */
	for (size_t i = 0; i < len; i++) {
		for (size_t j = 0; j < i; j++) {
			if (all[i].kind != ROOT_BIND || !root_plan_holds(all[j].path, all[i].path))
				continue;
			all[i].access |= all[j].below;
			all[i].below |= all[j].below;
		}
	}
	plan->len = 0;
	for (size_t i = 0; i < len; i++) {
		struct root_directory d = all[i];

		if (is_covered(plan, &d))
			directory_clear(&d);
		else
			plan->directories[plan->len++] = d;
	}
}

uint64_t root_plan_attributes(const struct root_directory *d)
{
	uint64_t attributes = MOUNT_ATTR_NOSUID;

	if (!(d->access & ROOT_WRITABLE))
		attributes |= MOUNT_ATTR_RDONLY;
	if (!(d->access & ROOT_EXECUTABLE))
		attributes |= MOUNT_ATTR_NOEXEC;
	if (!(d->access & ROOT_DEVICES))
		attributes |= MOUNT_ATTR_NODEV;
	return attributes;
}

void root_plan_clear(struct root_plan *plan)
{
	for (size_t i = 0; i < plan->len; i++)
		directory_clear(&plan->directories[i]);
	free(plan->directories);
	*plan = (struct root_plan){};
}
