/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The half of adoption that waits for nobody: contexts are made of what runs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fault.h"
#include "supervisor/adopt.h"
#include "supervisor/cgroup.h"
#include "supervisor/context.h"
#include "supervisor/helper.h"
#include "supervisor/kept.h"
#include "supervisor/log.h"
#include "supervisor/network.h"
#include "supervisor/retire.h"

/* From the connection to its last word. A helper answers within milliseconds, unless it is stopped.
 */
#define ADOPT_TIMEOUT_US 5000000ull

bool adoption_reserved(const struct supervisor *s, uint32_t number)
{
	for (size_t i = 0; i < s->adoptions_len; i++)
		if (s->adoptions[i].found && s->adoptions[i].number == number)
			return true;
	return false;
}

bool adoption_reserved_cgroup(const struct supervisor *s, const char *cgroup)
{
	for (size_t i = 0; i < s->adoptions_len; i++)
		if (s->adoptions[i].found && strcmp(s->adoptions[i].cgroup, cgroup) == 0)
			return true;
	return false;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct context *c = userdata;

	(void)source;
	(void)usec;
	if (c->helper.state == HELPER_ADOPTING)
		context_end_helper(c, "it did not say within 5 s what it has, and cannot be "
				      "adopted");
	return 0;
}

static void unmake(struct context *c)
{
	for (size_t i = 0; i < c->manifest->entrypoints_len; i++)
		ruleset_remove(c->supervisor->enforcement, c->rules[i]);
	ruleset_remove(c->supervisor->enforcement, c->start_rules);
	retired_remove(c);
	helper_close(&c->helper);
	context_free(c);
}

/* a: taken over. */
static int adopt(struct supervisor *s, struct adoption *a, struct context **ret, struct error *err)
{
	struct context *c;
	int r;

	r = context_new_adopted(s, a, &c, err);
	if (r < 0) {
		adoption_clear(a);
		return r;
	}
	c->adopted = true;
	c->module = a->module;
	c->helper.state = HELPER_ADOPTING;
	c->helper.served = true;
	c->helper.pid = a->pid;
	c->helper.pidfd = steal_fd(&a->pidfd);
	c->helper.root = steal_fd(&a->root);
	r = network_of(c->helper.pid, &c->network_identity);
	r = r < 0 ? error_set(err, r, "look at its network namespace")
		  : adopt_rules(c, a->start_policy, err);
	fault_point(FAULT_ADOPT_RULES);
	if (r == 0)
		r = c->helper.control = kept_connect(c->cgroup_name, err);
	if (r >= 0)
		r = helper_watch(c, ADOPT_TIMEOUT_US, on_timeout, err);
	if (r < 0) {
		unmake(c);
		return r;
	}
	*ret = c;
	return 0;
}

static bool same_bytes(int a, int b)
{
	void *at = MAP_FAILED, *bt = MAP_FAILED;
	struct stat as, bs;
	bool same = false;

	if (fstat(a, &as) < 0 || fstat(b, &bs) < 0 || as.st_size != bs.st_size)
		return false;
	if (as.st_size == 0)
		return true;
	at = mmap(NULL, (size_t)as.st_size, PROT_READ, MAP_PRIVATE, a, 0);
	bt = mmap(NULL, (size_t)as.st_size, PROT_READ, MAP_PRIVATE, b, 0);
	if (at != MAP_FAILED && bt != MAP_FAILED)
		same = memcmp(at, bt, (size_t)as.st_size) == 0;
	if (at != MAP_FAILED)
		(void)munmap(at, (size_t)as.st_size);
	if (bt != MAP_FAILED)
		(void)munmap(bt, (size_t)as.st_size);
	return same;
}

void adopt_changed(struct context *c, struct loaded *disk)
{
	log_line(LOG_WARNING,
		 "context %s runs on by the manifest that it was started with; %s was changed "
		 "since: `postern reload` takes it",
		 c->manifest->name, c->manifest->file);
	(void)snprintf(c->note, sizeof(c->note),
		       "what runs is older than what is on disk: posternd was started again, and "
		       "the manifest was changed since");
	loaded_clear(disk);
}

/* Returns 1 when it was adopted, 0 when a new one is to be made. */
static int try_adopt(struct supervisor *s, struct adoption *a, struct loaded *disk,
		     struct context **ret)
{
	cleanup_error struct error err = {};

	if (!a->found)
		return 0;
	if (adopt(s, a, ret, &err) == 0) {
		if (same_bytes((*ret)->manifest_fd, disk->fd)) {
			(*ret)->file = disk->file;
			loaded_clear(disk);
		} else {
			adopt_changed(*ret, disk);
		}
		return 1;
	}
	log_line(LOG_WARNING, "context %s cannot be adopted, and is ended: %s",
		 disk->manifest->name, error_text(&err));
	return 0;
}

/* Beside the contexts that serve under their own names: instances, and those that finish their
 * calls. */
struct others {
	struct supervisor *supervisor;
	const struct loaded *loaded;
	size_t len;
	size_t room; /* in the supervisor's adoptions */
};

static void find_other(void *userdata, int parent UNUSED, const char *cgroup)
{
	const struct others *all = userdata;
	struct supervisor *s = all->supervisor;
	struct adoption *a = &s->adoptions[s->adoptions_len];
	cleanup_error struct error err = {};
	const struct manifest *m = NULL;
	size_t of = 0;
	int r = 0;

	if (s->adoptions_len == all->room)
		return;
	while (of < all->len && !adoption_is_of(cgroup, all->loaded[of].manifest->name))
		of++;
	if (of < all->len)
		m = all->loaded[of].manifest;
	if (kept_drains(cgroup))
		r = adoption_find_draining(s, cgroup, a, &err);
	else if (m && m->network_namespace == MANIFEST_NETWORK_NAMED)
		r = adoption_find_instance(s, m, cgroup, a, &err);
	a->manifest_index = m ? of : ADOPTION_OF_NONE;
	s->adoptions_len += r > 0;
	if (r < 0)
		log_line(LOG_WARNING, "%s cannot be adopted, and is ended: %s", cgroup,
			 error_text(&err));
}

static void find_all(struct supervisor *s, const struct loaded *loaded, size_t len, size_t room)
{
	struct others all = {.supervisor = s, .loaded = loaded, .len = len, .room = room};

	for (size_t i = 0; i < len; i++) {
		const char *name = loaded[i].manifest->name;
		cleanup_error struct error err = {};

		if (adoption_find(s, loaded[i].manifest, &s->adoptions[i], &err) >= 0)
			continue;
		log_line(LOG_WARNING, "context %s cannot be adopted, and is ended: %s", name,
			 error_text(&err));
	}
	(void)cgroup_children(s->contexts_cgroup, find_other, &all);
	fault_point(FAULT_ADOPT_FOUND);
}

static void end_unknown(void *userdata, int parent, const char *name)
{
	struct supervisor *s = userdata;
	cleanup_close int cgroup = -EBADF;

	bool known = false;

	for (size_t i = 0; i < s->contexts_len; i++) {
		if (strcmp(s->contexts[i]->cgroup_name, name) != 0)
			continue;
		if (s->contexts[i]->adopted)
			return;
		known = true;
	}
	cgroup = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		return;
	if (cgroup_populated(cgroup))
		log_line(LOG_WARNING,
			 "%s: what runs there belongs to no context any more, and is ended", name);
	(void)cgroup_kill(cgroup);
	kept_forget(name);
	if (!known)
		(void)cgroup_remove(parent, name);
}

static int make_new(struct supervisor *s, struct loaded *loaded, struct context **ret,
		    struct error *err)
{
	struct context *c;
	int r = context_new(s, loaded->manifest, loaded->fd, &c, err);

	if (r < 0)
		return r;
	c->file = loaded->file;
	r = enforcement_pages_publish(s->enforcement, c->number, c->pages_fd);
	if (r < 0) {
		(void)error_set(err, r, "publish the record pages of context %s",
				c->manifest->name);
		context_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

/* One that ran by another manifest ends after its calls; the next call starts its successor. */
static void adopt_other(struct supervisor *s, struct adoption *a)
{
	struct context *serves =
		a->manifest_index < ADOPTION_OF_NONE ? s->contexts[a->manifest_index] : NULL;
	char cgroup[sizeof(a->cgroup)];
	cleanup_error struct error err = {};
	struct context *c;

	memcpy(cgroup, a->cgroup, sizeof(cgroup));
	if (adopt(s, a, &c, &err) < 0) {
		log_line(LOG_WARNING, "%s cannot be adopted, and is ended: %s", cgroup,
			 error_text(&err));
		return;
	}
	c->draining = a->draining;
	if (a->draining && !c->network[0])
		c->successor = serves;
	if (serves && !a->draining) {
		c->file = serves->file;
		c->outdated = !same_bytes(c->manifest_fd, serves->manifest_fd);
	}
	s->contexts[s->contexts_len++] = c;
}

static int make_all(struct supervisor *s, struct loaded *loaded, size_t len, struct error *err)
{
	for (size_t i = 0; i < len; i++) {
		struct context **c = &s->contexts[s->contexts_len];
		int r = try_adopt(s, &s->adoptions[i], &loaded[i], c);

		if (r == 0)
			r = make_new(s, &loaded[i], c, err);
		if (r < 0)
			return r;
		s->contexts_len++;
	}
	for (size_t i = len; i < s->adoptions_len; i++)
		adopt_other(s, &s->adoptions[i]);
	return 0;
}

static void count(void *userdata, int parent, const char *name)
{
	(void)parent;
	(void)name;
	++*(size_t *)userdata;
}

int adopt_contexts(struct supervisor *s, struct loaded *loaded, size_t len, struct error *err)
{
	size_t room = len;
	int r;

	if (enforcement_reuses(s->enforcement))
		(void)cgroup_children(s->contexts_cgroup, count, &room);
	s->contexts = calloc(room + 1, sizeof(struct context *));
	s->adoptions = calloc(room + 1, sizeof(struct adoption));
	if (!s->contexts || !s->adoptions)
		return error_set(err, ENOMEM, "prepare contexts");
	s->adoptions_len = len;
	for (size_t i = 0; i < room; i++)
		s->adoptions[i] = (struct adoption){
			.pidfd = -EBADF, .root = -EBADF, .manifest = {.fd = -EBADF}};
	if (enforcement_reuses(s->enforcement))
		find_all(s, loaded, len, room);
	r = make_all(s, loaded, len, err);
	if (r == 0 && enforcement_reuses(s->enforcement)) {
		(void)cgroup_children(s->contexts_cgroup, end_unknown, s);
		r = adopt_rules_sweep(s);
		if (r < 0)
			(void)error_set(err, r, "clear the kernel's maps of what ended");
		fault_point(FAULT_ADOPT_SWEPT);
	}
	for (size_t i = 0; i < s->adoptions_len; i++)
		adoption_clear(&s->adoptions[i]);
	free(steal_ptr(s->adoptions));
	s->adoptions_len = 0;
	return r;
}
