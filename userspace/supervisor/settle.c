/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ends what reloads left behind, when nothing uses it any more: rules without a task under them,
 * helpers without a worker, contexts without a helper.
 *
 * A timer does it and nothing else, so that no context goes away under somebody's hands.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "supervisor/aside.h"
#include "supervisor/cgroup.h"
#include "supervisor/clock.h"
#include "supervisor/context.h"
#include "supervisor/log.h"
#include "supervisor/network_serve.h"
#include "supervisor/settle.h"

#define PERIOD_US 50000ull

/* How many cgroups of workers a context has, with those whose last processes are still dying. -1:
 * not known. */
static int count_cgroups(const struct context *c)
{
	int fd = openat(c->cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	while ((entry = readdir(dir)))
		n += strncmp(entry->d_name, "worker-", strlen("worker-")) == 0;
	(void)closedir(dir);
	return n;
}

/* Is every process that ever was a worker's either gone or a present worker's? */
static bool only_workers_left(const struct context *c)
{
	int workers = 0;

	for (size_t i = 0; i < c->workers_len; i++)
		workers += c->workers[i].cgroup >= 0;
	cgroup_sweep(c->cgroup);
	return count_cgroups(c) == workers;
}

static bool is_used(const struct context *c, const struct ruleset *set)
{
	for (size_t i = 0; i < c->workers_len; i++)
		if (c->workers[i].state != WORKER_NONE && c->workers[i].rules == set)
			return true;
	return false;
}

/* Returns whether any are left. */
static bool settle_rules(struct context *c)
{
	struct retired_rules **at = &c->retired;

	if (!c->retired || !only_workers_left(c))
		return c->retired;
	while (*at) {
		struct retired_rules *r = *at;

		if (is_used(c, r->set)) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		ruleset_remove(c->supervisor->enforcement, r->set);
		free(r);
	}
	return c->retired;
}

static bool has_worker(const struct context *c)
{
	for (size_t i = 0; i < c->workers_len; i++)
		if (c->workers[i].state != WORKER_NONE)
			return true;
	return false;
}

static int withdraw(void *userdata)
{
	const struct context *c = userdata;

	return enforcement_pages_withdraw(c->supervisor->enforcement, c->number);
}

static void withdrawn(void *userdata, int status)
{
	struct context *c = userdata;
	struct supervisor *s = c->supervisor;
	char network[sizeof(c->network)], name[MANIFEST_NAME_MAX + 1];

	if (status != 0)
		log_line(LOG_WARNING, "context %s: cannot withdraw its record pages: %s",
			 c->manifest->name, strerror(-status));
	for (size_t i = 0; i < s->contexts_len; i++) {
		if (s->contexts[i]->successor == c)
			s->contexts[i]->successor = c->successor;
	}
	for (size_t i = 0; i < s->contexts_len; i++) {
		if (s->contexts[i] != c)
			continue;
		memmove(&s->contexts[i], &s->contexts[i + 1],
			(s->contexts_len - i - 1) * sizeof(struct context *));
		s->contexts_len--;
		break;
	}
	memcpy(network, c->network, sizeof(network));
	(void)snprintf(name, sizeof(name), "%s", c->manifest->name);
	context_free(c);
	if (network[0])
		network_serve_ended(s, name, network);
}

/* Returns whether it is still to be looked at. */
static bool end_context(struct context *c)
{
	const int keep[] = {enforcement_pages_fd(c->supervisor->enforcement)};
	cleanup_error struct error err = {};
	int r;

	if (c->withdrawing)
		return false;
	/* Which workers it has is not known before its helper has said it. */
	if (c->unpublished || c->helper.state == HELPER_ADOPTING)
		return true;
	if (has_worker(c))
		return true;
	if (c->helper.state != HELPER_STOPPED) {
		context_end_helper(c,
				   "its context was replaced or removed, and its calls have ended");
		return true;
	}
	if (c->retired)
		return true;
	r = cgroup_remove(c->supervisor->contexts_cgroup, c->cgroup_name);
	if (r < 0)
		return true;
	c->withdrawing = true;
	if (aside_run(c->supervisor, withdraw, c, keep, ARRAY_SIZE(keep), withdrawn, &err) == 0)
		return false;
	log_error(LOG_WARNING, "cannot end a context", &err);
	c->withdrawing = false;
	return true;
}

static int on_settle(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct supervisor *s = userdata;
	bool more = false;

	for (size_t i = 0; i < s->contexts_len; i++) {
		struct context *c = s->contexts[i];

		more |= settle_rules(c);
		if (c->draining)
			more |= end_context(c);
	}
	(void)usec;
	if (!more)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return sd_event_source_set_time(source, now_ns() / 1000 + PERIOD_US);
}

int retire_start(struct supervisor *s, struct error *err)
{
	int r = sd_event_add_time(s->loop, &s->settle_timer, CLOCK_MONOTONIC, 0, 1000, on_settle,
				  s);

	if (r >= 0)
		r = sd_event_source_set_enabled(s->settle_timer, SD_EVENT_OFF);
	return r < 0 ? error_set(err, r, "make the timer that ends what was retired") : 0;
}

void settle_later(struct supervisor *s)
{
	if (!s->settle_timer)
		return;
	(void)sd_event_source_set_time(s->settle_timer, now_ns() / 1000);
	(void)sd_event_source_set_enabled(s->settle_timer, SD_EVENT_ON);
}
