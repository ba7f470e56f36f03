/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A context: what is made of its manifest once, and how its helper comes and goes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "supervisor/cgroup.h"
#include "supervisor/log.h"
#include "supervisor/supervisor.h"

#define BACKLOG		 512
#define RETRY_FIRST_US	 500000ull
#define RETRY_LONGEST_US 30000000ull

uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

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
	if (c->cgroup < 0) {
		r = c->cgroup;
		context_free(c);
		return r;
	}
	log_choices(m);
	*ret = c;
	return 0;
}

/* A socket that systemd holds for us (a socket unit), by its name. */
static int inherited_listener(const char *path)
{
	int n = sd_listen_fds(0);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++)
		if (sd_is_socket_unix(fd, SOCK_SEQPACKET, 1, path, 0) > 0)
			return fd;
	return -ENOENT;
}

static int make_listener(const char *path, struct error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (fd < 0)
		return error_set(err, errno, "make socket %s", path);
	if (strlen(path) >= sizeof(address.sun_path))
		return error_say(err, -ENAMETOOLONG, "%s is too long for a socket's path", path);
	(void)strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	(void)unlink(path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set(err, errno, "bind socket %s", path);
	/* Everyone may connect: who may call is decided by credentials, and the refusal is told in
	 * words. */
	if (chmod(path, 0666) < 0 || listen(fd, BACKLOG) < 0)
		return error_set(err, errno, "listen on %s", path);
	return steal_fd(&fd);
}

int context_listen(struct context *c, struct error *err)
{
	char path[sizeof(POSTERN_SOCKET_DIR) + MANIFEST_NAME_MAX + 16];
	int r;

	(void)snprintf(path, sizeof(path), POSTERN_SOCKET_DIR "/%s.sock", c->manifest->name);
	c->listener = inherited_listener(path);
	if (c->listener < 0)
		c->listener = make_listener(path, err);
	if (c->listener < 0)
		return c->listener;
	r = sd_event_add_io(c->supervisor->loop, &c->listener_source, c->listener, EPOLLIN,
			    connection_accept, c);
	return r < 0 ? error_set(err, r, "watch socket %s", path) : 0;
}

static void refuse_waiting(struct context *c, const char *message)
{
	struct connection *next;

	for (struct connection *conn = c->connections; conn; conn = next) {
		next = conn->next;
		if (conn->state != CONNECTION_WAITING)
			continue;
		connection_error(conn, 0, POSTERN_NOT_AVAILABLE, message,
				 "`postern status` and the journal say more", 0);
		connection_close(conn);
	}
}

static bool anyone_waits(const struct context *c)
{
	for (const struct connection *conn = c->connections; conn; conn = conn->next)
		if (conn->state == CONNECTION_WAITING)
			return true;
	return false;
}

static void start_failed(struct context *c, const char *why)
{
	uint64_t wait = RETRY_FIRST_US << (c->failures < 6 ? c->failures : 6);
	char message[400];

	c->failures++;
	c->not_before = now_ns() / 1000 + MIN_OF(wait, RETRY_LONGEST_US);
	if (why != c->failure)
		(void)snprintf(c->failure, sizeof(c->failure), "%s", why);
	log_line(LOG_ERR, "context %s: %s", c->manifest->name, c->failure);
	(void)snprintf(message, sizeof(message), "context %s cannot be started: %s",
		       c->manifest->name, c->failure);
	refuse_waiting(c, message);
}

static void ensure_helper(struct context *c)
{
	cleanup_error struct error err = {};

	if (c->helper.state != HELPER_STOPPED)
		return;
	if (now_ns() / 1000 < c->not_before) {
		char message[400];

		(void)snprintf(message, sizeof(message),
			       "context %s failed to start a moment ago: %s", c->manifest->name,
			       c->failure);
		refuse_waiting(c, message);
		return;
	}
	c->starts++;
	if (helper_start(c, &err) < 0) {
		helper_close(&c->helper);
		start_failed(c, error_text(&err));
	}
}

void context_serve(struct context *c)
{
	struct connection *next;

	if (!anyone_waits(c))
		return;
	if (c->helper.state != HELPER_RUNNING) {
		ensure_helper(c);
		return;
	}
	for (struct connection *conn = c->connections; conn; conn = next) {
		struct worker *w;
		int r;

		next = conn->next;
		if (conn->state != CONNECTION_WAITING)
			continue;
		w = worker_for(c, conn->entrypoint);
		r = w ? worker_serve(w, conn) : 0;
		if (r < 0 && r != -EAGAIN)
			worker_kill(w);
	}
}

void context_end_helper(struct context *c, const char *why)
{
	if (c->helper.state == HELPER_STOPPED || c->helper.state == HELPER_ENDING)
		return;
	log_line(LOG_WARNING, "context %s: ending its helper: %s", c->manifest->name, why);
	if (c->helper.state < HELPER_RUNNING)
		(void)snprintf(c->failure, sizeof(c->failure), "%s", why);
	c->helper.state = HELPER_ENDING;
	/* The helper is the first process of its pid namespace: with it all others go. */
	(void)kill(c->helper.pid, SIGKILL);
	(void)cgroup_kill(c->cgroup);
}

void context_helper_gone(struct context *c, const char *why)
{
	/* Its end may have been seen on its control socket first, so that the state tells nothing.
	 * One that never came to serve would only be followed by another one like it. */
	bool served = c->helper.served;

	(void)cgroup_kill(c->cgroup);
	for (size_t i = 0; i < c->workers_len; i++)
		if (c->workers[i].state != WORKER_NONE)
			worker_gone(&c->workers[i], -1);
	helper_close(&c->helper);
	for (size_t i = 0; i < c->manifest->entrypoints_len; i++) {
		ruleset_remove(c->supervisor->enforcement, c->rules[i]);
		c->rules[i] = NULL;
	}
	ruleset_remove(c->supervisor->enforcement, c->start_rules);
	c->start_rules = NULL;
	if (served) {
		log_line(LOG_WARNING, "context %s: its helper ended: %s", c->manifest->name, why);
		context_serve(c);
	} else {
		start_failed(c, c->failure[0] ? c->failure : why);
	}
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
