/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Watches the parents of rules' directories by inotify.
 *
 * The held directory itself tells nothing: IN_DELETE_SELF comes when its inode goes, which our
 * descriptor and the helper's mount prevent (fs/dcache.c, dentry_unlink_inode()). Paths are walked
 * in a child, which shares the inotify descriptor: the file system may not answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "supervisor/aside.h"
#include "supervisor/clock.h"
#include "supervisor/context.h"
#include "supervisor/instance.h"
#include "supervisor/log.h"
#include "supervisor/reload.h"
#include "supervisor/remade.h"
#include "supervisor/replace.h"

#define WATCHES_MAX 1024 /* directories of one context */
#define SETTLE_US   100000ull
#define RETRY_US    5000000ull
#define EVENTS	    (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR)

/* One directory: the watch on its parent, and its name there. */
struct rule_watch {
	int wd; /* -1: it has none */
	char name[NAME_MAX + 1];
};

struct remade {
	struct supervisor *supervisor;
	int inotify;
	sd_event_source *source, *timer;
	unsigned watching; /* children at work */
};

/* A child's work: the paths are its parent's, the results are shared. */
struct watching {
	struct remade *remade;
	uint32_t context; /* number */
	pid_t helper;
	const char **paths;
	size_t len;
	struct rule_watch *results;
};

static size_t results_bytes(const struct watching *w)
{
	return (w->len + 1) * sizeof(*w->results);
}

static void watching_free(struct watching *w)
{
	if (w->results)
		(void)munmap(w->results, results_bytes(w));
	free(w->paths);
	free(w);
}

/* proc and sysfs are the context's own mounts, and "/" has no parent. */
static bool is_watched(const char *path)
{
	return strcmp(path, "/") != 0 && strncmp(path, "/proc/", 6) != 0 &&
	       strncmp(path, "/sys/", 5) != 0 && strcmp(path, "/proc") != 0 &&
	       strcmp(path, "/sys") != 0;
}

static int watch_one(int inotify, const char *path, struct rule_watch *ret)
{
	char real[PATH_MAX], parent[PATH_MAX];
	const char *name;
	char *slash;

	/* Of one that is not there the parent counts as it is written. */
	if (!realpath(path, real) && snprintf(real, sizeof(real), "%s", path) >= (int)sizeof(real))
		return -ENAMETOOLONG;
	(void)snprintf(parent, sizeof(parent), "%s", real);
	slash = strrchr(parent, '/');
	if (!slash || !slash[1])
		return -EINVAL;
	name = strrchr(real, '/') + 1;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	slash[slash == parent] = '\0';
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	ret->wd = inotify_add_watch(inotify, parent, EVENTS);
	return ret->wd < 0 ? -errno : 0;
}

static int watch_all(void *userdata)
{
	const struct watching *w = userdata;

	for (size_t i = 0; i < w->len; i++)
		(void)watch_one(w->remade->inotify, w->paths[i], &w->results[i]);
	return 0;
}

/* Deleted while it is held. Asks no server (statx(2), AT_STATX_DONT_SYNC). */
static bool is_deleted(int fd)
{
	struct statx stx;

	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_NLINK, &stx) == 0 &&
	       stx.stx_nlink == 0;
}

/* Notes for the status what is in force no longer. Returns whether anything is. */
static bool note_deleted(struct context *c)
{
	bool any = false;

	for (size_t i = 0; i < c->manifest->entrypoints_len; i++) {
		struct ruleset *set = c->rules[i];

		for (size_t j = 0; set && j < set->policy->len; j++) {
			struct rule_state *state = &set->states[j];

			if (state->fd < 0 || !is_deleted(state->fd))
				continue;
			any = true;
			if (state->error)
				continue;
			state->error = -ENOENT;
			log_line(LOG_WARNING,
				 "context %s: directory %s was deleted; what lies in it is denied "
				 "until it is made again",
				 c->manifest->name, set->policy->rules[j].directory);
		}
	}
	return any;
}

static void remake_later(struct context *c, uint64_t us)
{
	struct remade *r = c->supervisor->remade;

	c->remake_at = now_ns() / 1000 + us;
	(void)sd_event_source_set_time(r->timer, c->remake_at);
	(void)sd_event_source_set_enabled(r->timer, SD_EVENT_ON);
}

static void on_watched(void *userdata, int status)
{
	struct watching *w = userdata;
	struct context *c = supervisor_context(w->remade->supervisor, w->context);

	w->remade->watching--;
	if (status == 0 && c && c->helper.pid == w->helper && c->helper.state == HELPER_RUNNING &&
	    !c->draining) {
		uint64_t remake_at = c->remake_at;

		remade_forget(c);
		c->remake_at = remake_at;
		c->watches = calloc(w->len + 1, sizeof(*c->watches));
		c->watches_len = c->watches ? w->len : 0;
		if (c->watches)
			memcpy(c->watches, w->results, w->len * sizeof(*c->watches));
		/* Between its start and the watch. */
		if (note_deleted(c))
			remake_later(c, SETTLE_US);
	}
	watching_free(w);
}

static size_t rules_of(const struct context *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->manifest->entrypoints_len; i++)
		n += c->rules[i] ? c->rules[i]->policy->len : 0;
	return n;
}

/* Each directory once. */
static void collect(const struct context *c, struct watching *w)
{
	for (size_t i = 0; i < c->manifest->entrypoints_len; i++) {
		const struct policy *p = c->rules[i] ? c->rules[i]->policy : NULL;

		for (size_t j = 0; p && j < p->len; j++) {
			bool have = !is_watched(p->rules[j].directory);

			for (size_t k = 0; k < w->len && !have; k++)
				have = strcmp(w->paths[k], p->rules[j].directory) == 0;
			if (!have && w->len < WATCHES_MAX)
				w->paths[w->len++] = p->rules[j].directory;
		}
	}
}

/* Without results when there is nothing to watch. */
static struct watching *watching_new(struct context *c)
{
	struct watching *w = calloc(1, sizeof(*w));
	void *shared;

	if (!w)
		return NULL;
	*w = (struct watching){
		.remade = c->supervisor->remade, .context = c->number, .helper = c->helper.pid};
	w->paths = calloc(rules_of(c) + 1, sizeof(*w->paths));
	if (w->paths)
		collect(c, w);
	if (w->paths && w->len == 0)
		return w;
	shared = w->paths ? mmap(NULL, results_bytes(w), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0)
			  : MAP_FAILED;
	if (shared == MAP_FAILED) {
		watching_free(w);
		return NULL;
	}
	w->results = shared;
	for (size_t i = 0; i < w->len; i++)
		w->results[i].wd = -1;
	return w;
}

void remade_watch(struct context *c)
{
	struct remade *r = c->supervisor->remade;
	cleanup_error struct error err = {};
	struct watching *w;

	if (!r)
		return;
	w = watching_new(c);
	if (w && w->len == 0) {
		watching_free(w);
		return;
	}
	if (!w)
		(void)error_set(&err, ENOMEM, "watch the directories of context %s",
				c->manifest->name);
	else if (aside_run(c->supervisor, watch_all, w, &r->inotify, 1, on_watched, &err) < 0)
		watching_free(w);
	else
		r->watching++;
	if (err.code)
		log_error(LOG_WARNING, "directories that are made again will not be noticed", &err);
}

static bool is_used(const struct supervisor *s, int wd)
{
	for (size_t i = 0; i < s->contexts_len; i++)
		for (size_t j = 0; j < s->contexts[i]->watches_len; j++)
			if (s->contexts[i]->watches[j].wd == wd)
				return true;
	return false;
}

void remade_forget(struct context *c)
{
	struct rule_watch *watches = steal_ptr(c->watches);
	size_t len = c->watches_len;
	const struct remade *r = c->supervisor->remade;

	c->watches_len = 0;
	c->remake_at = 0;
	/* A child at work may be given the same watch for another context. */
	for (size_t i = 0; i < len && r && r->watching == 0; i++)
		if (watches[i].wd >= 0 && !is_used(c->supervisor, watches[i].wd))
			(void)inotify_rm_watch(r->inotify, watches[i].wd);
	free(watches);
}

static void take_event(struct context *c, const struct inotify_event *event)
{
	for (size_t i = 0; i < c->watches_len; i++) {
		const struct rule_watch *w = &c->watches[i];

		if (w->wd != event->wd || event->len == 0 || strcmp(w->name, event->name) != 0)
			continue;
		if (event->mask & (IN_CREATE | IN_MOVED_TO) && event->mask & IN_ISDIR)
			remake_later(c, SETTLE_US);
		else
			(void)note_deleted(c);
	}
}

static int on_inotify(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct supervisor *s = ((struct remade *)userdata)->supervisor;
	char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = read(fd, buffer, sizeof(buffer));

	(void)source;
	(void)events;
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
		const struct inotify_event *event = (const void *)(buffer + at);

		for (size_t i = 0; i < s->contexts_len; i++) {
			if (event->mask & IN_Q_OVERFLOW) {
				if (note_deleted(s->contexts[i]))
					remake_later(s->contexts[i], RETRY_US);
			} else {
				take_event(s->contexts[i], event);
			}
		}
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return 0;
}

static void on_replaced(void *userdata, const char *name, const char *failure)
{
	struct supervisor *s = userdata;
	struct context *c = context_named(s, name);

	if (!failure) {
		log_line(LOG_INFO, "context %s: directories that were made again are in force",
			 name);
	} else {
		log_line(LOG_ERR,
			 "context %s: directories that were made again are not in force: %s", name,
			 failure);
		if (c)
			remake_later(c, RETRY_US);
	}
	reload_next(s);
}

/* The same manifest, bytes and ids. */
static int remake(struct context *c, struct error *err)
{
	cleanup_close int fd = fcntl(c->manifest_fd, F_DUPFD_CLOEXEC, 0);
	struct read_record ids;
	struct manifest *m = NULL;
	int r = fd < 0 ? -errno : 0;

	if (r == 0)
		r = load_again(c->supervisor->directory, c->manifest->name, fd, &m, err);
	if (r == 0)
		r = record_ids(&ids, c->manifest);
	if (r == 0)
		r = record_ids_put(&ids, m);
	if (r < 0) {
		manifest_free(m);
		return r;
	}
	return replace_start(c->supervisor, c, m, steal_fd(&fd), &c->file, on_replaced,
			     c->supervisor, err);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct supervisor *s = ((struct remade *)userdata)->supervisor;
	uint64_t now = now_ns() / 1000, next = 0;

	(void)usec;
	for (size_t i = 0; i < s->contexts_len; i++) {
		struct context *c = s->contexts[i];
		cleanup_error struct error err = {};

		if (!c->remake_at || c->draining || c->pending)
			continue;
		if (now < c->remake_at || reload_busy(s)) {
			next = MAX_OF(c->remake_at, now + SETTLE_US);
			continue;
		}
		c->remake_at = 0;
		if (c->network[0]) {
			instance_drain(c);
			continue;
		}
		log_line(LOG_INFO, "context %s: a directory was made again; replacing its helper",
			 c->manifest->name);
		if (remake(c, &err) < 0) {
			log_error(LOG_ERR, "cannot replace it", &err);
			c->remake_at = next = now + RETRY_US;
		}
	}
	if (!next)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return sd_event_source_set_time(source, next);
}

int remade_start(struct supervisor *s, struct error *err)
{
	struct remade *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return error_set(err, ENOMEM, "watch directories");
	*r = (struct remade){.supervisor = s, .inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
	s->remade = r;
	if (r->inotify < 0)
		return error_set(err, errno, "watch directories");
	e = sd_event_add_io(s->loop, &r->source, r->inotify, EPOLLIN, on_inotify, r);
	if (e >= 0)
		e = sd_event_add_time(s->loop, &r->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, r);
	if (e >= 0)
		e = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	return e < 0 ? error_set(err, e, "watch directories") : 0;
}

void remade_free(struct remade *r)
{
	if (!r)
		return;
	sd_event_source_disable_unref(r->source);
	sd_event_source_disable_unref(r->timer);
	if (r->inotify >= 0)
		(void)close(r->inotify);
	free(r);
}
