/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is made of a manifest once, and lives as long as its context. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "supervisor/adopt.h"
#include "supervisor/aside.h"
#include "supervisor/cgroup.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/denials.h"
#include "supervisor/log.h"
#include "supervisor/remade.h"

#define BANKS	     2
#define CONTEXTS_MAX 1024 /* bpf/lib/maps.bpf.h: entries of the map of pages */

/* isolation: entrypoint has a process for each of its workers; isolation: call one zygote, with a
 * page for each call at once. */
static size_t count_workers(const struct manifest *m, uint32_t *ret_slots)
{
	size_t workers = 0;

	*ret_slots = 0;
	for (size_t i = 0; i < m->entrypoints_len; i++) {
		const struct manifest_entrypoint *e = &m->entrypoints[i];

		if (e->does != MANIFEST_DOES_CALL)
			continue;
		workers += e->isolation == MANIFEST_ISOLATION_CALL ? 1 : e->workers;
		*ret_slots += BANKS * e->workers;
	}
	return BANKS * workers;
}

static void lay_out_workers(struct context *c)
{
	uint32_t slot = 0;
	size_t w = 0;

	for (uint32_t n = 0; n < BANKS * c->manifest->entrypoints_len; n++) {
		uint32_t i = n / BANKS;
		const struct manifest_entrypoint *e = &c->manifest->entrypoints[i];
		bool zygote = e->isolation == MANIFEST_ISOLATION_CALL;

		if (e->does != MANIFEST_DOES_CALL)
			continue;
		for (unsigned k = 0; k < (zygote ? 1 : e->workers); k++) {
			c->workers[w++] = (struct worker){
				.context = c,
				.entrypoint = i,
				.slot = slot,
				.slots = zygote ? e->workers : 1,
				.bank = n % BANKS,
				.pidfd = -EBADF,
				.channel = -EBADF,
				.cgroup = -EBADF,
			};
			slot += zygote ? e->workers : 1;
		}
	}
}

/* What a manifest gives up is said at every start, not only where it is written. */
static void log_choices(const struct manifest *m)
{
	if (m->user_namespace == MANIFEST_USER_HOST)
		log_line(LOG_WARNING,
			 "context %s has `namespaces: user: host`: its workers' capabilities count "
			 "on the host, and only "
			 "their number, seccomp and the kernel's rules hold them",
			 m->name);
	for (size_t i = 0; i < m->entrypoints_len; i++)
		if (m->entrypoints[i].mode == MANIFEST_AUDIT)
			log_line(LOG_WARNING,
				 "%s.%s has `mode: audit`: what its rules do not grant is "
				 "reported, not denied",
				 m->name, m->entrypoints[i].name);
}

struct context *supervisor_context(const struct supervisor *s, uint32_t number)
{
	for (size_t i = 0; i < s->contexts_len; i++)
		if (s->contexts[i]->number == number)
			return s->contexts[i];
	return NULL;
}

struct context *context_named(const struct supervisor *s, const char *name)
{
	for (size_t i = 0; i < s->contexts_len; i++)
		if (!s->contexts[i]->pending && !s->contexts[i]->draining &&
		    !s->contexts[i]->network[0] &&
		    strcmp(s->contexts[i]->manifest->name, name) == 0)
			return s->contexts[i];
	return NULL;
}

/* A number is another context's only when the last one's pages are withdrawn, so that no event and
 * no page of the one is taken for the other's. */
static int number_free(const struct supervisor *s, uint32_t *ret)
{
	for (uint32_t n = 0; n < CONTEXTS_MAX; n++) {
		if (supervisor_context(s, n) || adoption_reserved(s, n))
			continue;
		*ret = n;
		return 0;
	}
	return -ENOSPC;
}

/* The context that serves has its name; one that is set up beside it, a name that no manifest can
 * give. */
static int make_cgroup(struct context *c, const char *adopted, struct error *err)
{
	const char *name = c->manifest->name;
	bool beside = c->network[0] || adoption_reserved_cgroup(c->supervisor, name);
	int r;

	for (size_t i = 0; i < c->supervisor->contexts_len; i++)
		beside |= strcmp(c->supervisor->contexts[i]->cgroup_name, name) == 0;
	if (adopted)
		(void)snprintf(c->cgroup_name, sizeof(c->cgroup_name), "%s", adopted);
	else
		(void)snprintf(c->cgroup_name, sizeof(c->cgroup_name), beside ? "%s+%u" : "%s",
			       name, c->number);
	c->cgroup = cgroup_make(c->supervisor->contexts_cgroup, c->cgroup_name, err);
	r = c->cgroup < 0 ? c->cgroup : cgroup_delegate(c->cgroup, err);
	return r;
}

static int make_pages(struct context *c, const struct adoption *adopted)
{
	struct supervisor *s = c->supervisor;
	int r;

	lay_out_workers(c);
	if (adopted) {
		c->number = adopted->number;
		return enforcement_pages_adopt(s->enforcement, c->number, c->slots, &c->pages_fd,
					       &c->pages);
	}
	r = number_free(s, &c->number);
	return r < 0 ? r : enforcement_pages_make(c->slots, &c->pages_fd, &c->pages);
}

/* adopted: one that runs; NULL: a new one. network: "": it is no instance. */
static int make(struct supervisor *s, struct manifest *m, int manifest_fd, const char *network,
		const struct adoption *adopted, struct context **ret, struct error *err)
{
	struct context *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		manifest_free(m);
		(void)close(manifest_fd);
		return error_set(err, ENOMEM, "prepare a context");
	}
	*c = (struct context){
		.supervisor = s,
		.manifest = m,
		.manifest_fd = manifest_fd,
		.image_fd = -EBADF,
		.pages_fd = -EBADF,
		.listener = -EBADF,
		.cgroup = -EBADF,
		.helper = {.pidfd = -EBADF, .control = -EBADF, .log = -EBADF, .root = -EBADF},
	};
	(void)snprintf(c->network, sizeof(c->network), "%s", network);
	c->workers_len = count_workers(m, &c->slots);
	c->workers = calloc(c->workers_len + 1, sizeof(*c->workers));
	c->rules = calloc(m->entrypoints_len + 1, sizeof(*c->rules));
	c->denied = calloc(m->entrypoints_len + 1, sizeof(*c->denied));
	c->rates = calloc(m->entrypoints_len + 1, sizeof(*c->rates));
	r = c->workers && c->rules && c->denied && c->rates ? 0 : -ENOMEM;
	if (r == 0)
		r = make_pages(c, adopted);
	if (r < 0) {
		(void)error_set(err, r, "prepare context %s and its record pages", m->name);
		context_free(c);
		return r;
	}
	r = make_cgroup(c, adopted ? adopted->cgroup : NULL, err);
	if (r < 0) {
		context_free(c);
		return r;
	}
	if (!network[0])
		log_choices(m);
	*ret = c;
	return 0;
}

int context_new(struct supervisor *s, struct manifest *m, int manifest_fd, struct context **ret,
		struct error *err)
{
	return make(s, m, manifest_fd, "", NULL, ret, err);
}

int context_new_instance(struct supervisor *s, struct manifest *m, int manifest_fd,
			 const char *network, struct context **ret, struct error *err)
{
	return make(s, m, manifest_fd, network, NULL, ret, err);
}

int context_append(struct context *c)
{
	struct supervisor *s = c->supervisor;
	struct context **grown =
		reallocarray(s->contexts, s->contexts_len + 1, sizeof(struct context *));

	if (!grown)
		return -ENOMEM;
	s->contexts = grown;
	grown[s->contexts_len++] = c;
	return 0;
}

static int publish(void *userdata)
{
	const struct context *c = userdata;

	return enforcement_pages_publish(c->supervisor->enforcement, c->number, c->pages_fd);
}

int context_publish(struct context *c, void (*done)(void *context, int status), struct error *err)
{
	const int keep[] = {enforcement_pages_fd(c->supervisor->enforcement), c->pages_fd};

	return aside_run(c->supervisor, publish, c, keep, ARRAY_SIZE(keep), done, err);
}

int context_new_adopted(struct supervisor *s, struct adoption *a, struct context **ret,
			struct error *err)
{
	struct manifest *m = steal_ptr(a->manifest.manifest);

	return make(s, m, steal_fd(&a->manifest.fd), a->network, a, ret, err);
}

void context_free(struct context *c)
{
	if (!c)
		return;
	while (c->connections)
		connection_close(c->connections);
	if (c->pages)
		(void)munmap((void *)c->pages, (size_t)c->slots * sizeof(struct postern_page));
	sd_event_source_disable_unref(c->listener_source);
	for (size_t i = 0; i < 5; i++) {
		const int fds[] = {c->listener, c->pages_fd, c->manifest_fd, c->image_fd,
				   c->cgroup};

		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
	manifest_free(c->manifest);
	free(c->workers);
	free(c->rules);
	free(c->denied);
	free(c->rates);
	remade_forget(c);
	free(c);
}
