/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is made of a manifest once, and lives as long as the supervisor. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "supervisor/cgroup.h"
#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/log.h"

/* isolation: entrypoint has a process for each of its workers; isolation: call one zygote, with a
 * page for each call at once. */
static size_t count_workers(const struct manifest *m, uint32_t *ret_slots)
{
	size_t workers = 0;

	*ret_slots = 0;
	for (size_t i = 0; i < m->entrypoints_len; i++) {
		const struct manifest_entrypoint *e = &m->entrypoints[i];

		workers += e->isolation == MANIFEST_ISOLATION_CALL ? 1 : e->workers;
		*ret_slots += e->workers;
	}
	return workers;
}

static void lay_out_workers(struct context *c)
{
	uint32_t slot = 0;
	size_t w = 0;

	for (uint32_t i = 0; i < c->manifest->entrypoints_len; i++) {
		const struct manifest_entrypoint *e = &c->manifest->entrypoints[i];
		bool zygote = e->isolation == MANIFEST_ISOLATION_CALL;

		for (unsigned n = 0; n < (zygote ? 1 : e->workers); n++) {
			c->workers[w++] = (struct worker){
				.context = c,
				.entrypoint = i,
				.slot = slot,
				.slots = zygote ? e->workers : 1,
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

int context_new(struct supervisor *s, struct manifest *m, int manifest_fd, struct context **ret,
		struct error *err)
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
		.number = (uint32_t)s->contexts_len,
		.manifest = m,
		.manifest_fd = manifest_fd,
		.pages_fd = -EBADF,
		.listener = -EBADF,
		.cgroup = -EBADF,
		.helper = {.pidfd = -EBADF, .control = -EBADF, .log = -EBADF, .root = -EBADF},
	};
	c->workers_len = count_workers(m, &c->slots);
	c->workers = calloc(c->workers_len + 1, sizeof(*c->workers));
	c->rules = calloc(m->entrypoints_len + 1, sizeof(*c->rules));
	c->denied = calloc(m->entrypoints_len + 1, sizeof(*c->denied));
	if (!c->workers || !c->rules || !c->denied) {
		context_free(c);
		return error_set(err, ENOMEM, "prepare context %s", m->name);
	}
	lay_out_workers(c);
	r = enforcement_pages_make(s->enforcement, c->number, c->slots, &c->pages_fd, &c->pages);
	if (r < 0) {
		(void)error_set(err, r, "make the record pages of context %s", m->name);
		context_free(c);
		return r;
	}
	c->cgroup = cgroup_make(s->contexts_cgroup, m->name, err);
	r = c->cgroup < 0 ? c->cgroup : cgroup_delegate(c->cgroup, err);
	if (r < 0) {
		context_free(c);
		return r;
	}
	log_choices(m);
	*ret = c;
	return 0;
}

void context_free(struct context *c)
{
	if (!c)
		return;
	while (c->connections)
		connection_close(c->connections);
	if (c->pages)
		(void)munmap((void *)c->pages, (size_t)c->slots * sizeof(struct postern_page));
	sd_event_source_unref(c->listener_source);
	for (size_t i = 0; i < 4; i++) {
		const int fds[] = {c->listener, c->pages_fd, c->manifest_fd, c->cgroup};

		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
	manifest_free(c->manifest);
	free(c->workers);
	free(c->rules);
	free(c->denied);
	free(c);
}
