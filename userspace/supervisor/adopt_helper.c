/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The half of adoption in which the helper speaks. What it says of a worker counts only as far as
 * the kernel says the same. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/fault.h"
#include "supervisor/adopt.h"
#include "supervisor/cgroup.h"
#include "supervisor/connections_adopt.h"
#include "supervisor/context.h"
#include "supervisor/deadlines.h"
#include "supervisor/helper.h"
#include "supervisor/idle.h"
#include "supervisor/instance.h"
#include "supervisor/log.h"
#include "supervisor/remade.h"
#include "supervisor/retire.h"
#include "supervisor/worker.h"

int adopt_hello(struct context *c, const struct control_record *record, int *fds, struct error *err)
{
	if (record->flags != CONTROL_VERSION)
		return error_say(err, -EPROTO,
				 "it is of version %u, and cannot be adopted by version %d",
				 record->flags, CONTROL_VERSION);
	if (c->helper.log >= 0)
		return error_say(err, -EPROTO, "it said HELLO twice");
	c->kept = 0;
	c->kept_wanted = record->slots;
	c->helper.log = helper_own_log(fds[0]);
	if (c->helper.log < 0)
		return error_set(err, c->helper.log, "take its log");
	fault_point(FAULT_ADOPT_HELLO);
	return helper_watch_log(c, err);
}

static struct worker *worker_at(struct context *c, uint32_t entrypoint, uint32_t slot,
				uint32_t bank)
{
	for (size_t i = 0; i < c->workers_len; i++) {
		struct worker *w = &c->workers[i];

		if (w->entrypoint == entrypoint && w->slot == slot && w->bank == bank &&
		    w->state == WORKER_NONE)
			return w;
	}
	return NULL;
}

/*
 * Where the worker that has this tag belongs, and under which rules it is: those that hold, or
 * those of before a reload, whose workers have the other half of the places. NULL: nowhere.
 */
static struct worker *worker_of_tag(struct context *c, uint32_t entrypoint,
				    const struct postern_tag *tag, const struct ruleset **ret)
{
	struct enforcement *e = c->supervisor->enforcement;
	struct postern_policy policy;

	if (entrypoint >= c->manifest->entrypoints_len)
		return NULL;
	if (c->rules[entrypoint]->id == tag->policy) {
		*ret = c->rules[entrypoint];
		return worker_at(c, entrypoint, tag->slot, c->banks[entrypoint]);
	}
	*ret = retired_find(c, tag->policy);
	if (!*ret || enforcement_policy_get(e, tag->policy, &policy) < 0 ||
	    policy.entrypoint != entrypoint)
		return NULL;
	return worker_at(c, entrypoint, tag->slot, !c->banks[entrypoint]);
}

static void begin_again(struct worker *w, uint32_t number, const struct ruleset *rules)
{
	w->number = number;
	w->timed_out = w->cancelled = w->retired = false;
	w->rules = rules;
	w->timeout_ns = w->context->manifest->entrypoints[w->entrypoint].timeout_ns;
}

/* The cgroup that an earlier supervisor made for it, when the process is in it. */
static int open_cgroup(const struct context *c, uint32_t number, pid_t pid)
{
	cleanup_close int cgroup = -EBADF;
	char name[32];

	(void)snprintf(name, sizeof(name), "worker-%u", number);
	cgroup = openat(c->cgroup, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		return -errno;
	return cgroup_holds(cgroup, pid) ? steal_fd(&cgroup) : -ESRCH;
}

/* One that has its policy: tag, policy and cgroup are the kernel's word for what it is. */
static int adopt_tagged(struct context *c, const struct control_record *record,
			const struct postern_tag *tag, int *fds, struct error *err)
{
	const struct ruleset *rules = NULL;
	struct worker *w = worker_of_tag(c, record->entrypoint, tag, &rules);
	pid_t pid = worker_pid(fds[0]);
	int cgroup = pid > 0 ? open_cgroup(c, record->worker, pid) : -ESRCH, r;

	if (!w || cgroup < 0) {
		if (cgroup >= 0)
			(void)close(cgroup);
		log_line(LOG_WARNING,
			 "context %s: its worker %u is not what its helper says, or has ended",
			 c->manifest->name, record->worker);
		return 0;
	}
	begin_again(w, record->worker, rules);
	w->state = WORKER_READY;
	w->pid = pid;
	w->pidfd = steal_fd(&fds[0]);
	w->channel = steal_fd(&fds[1]);
	w->cgroup = cgroup;
	(void)cgroup_limit_processes(cgroup, c->manifest->limits.processes * w->slots + w->slots);
	connections_adopt(w);
	r = worker_begin(w, err);
	if (r < 0 && r != -EAGAIN)
		return r;
	/* -EAGAIN: it has so much unread that it must have begun. */
	error_clear(err);
	if (rules != c->rules[w->entrypoint])
		worker_retire(w);
	if (worker_is_callers(w) && worker_adopt_caller(w, err) < 0) {
		log_line(LOG_WARNING, "context %s: %s; killing it", c->manifest->name,
			 error_text(err));
		error_clear(err);
		worker_kill(w);
	}
	return 0;
}

int adopt_worker(struct context *c, const struct control_record *record, int *fds,
		 struct error *err)
{
	struct postern_tag tag;
	struct worker *w;
	int r;

	if (++c->kept > c->kept_wanted)
		return error_say(err, -EPROTO, "it has more workers than it said");
	if (record->worker > INT32_MAX)
		return error_say(err, -EPROTO, "it has a worker of number %u", record->worker);
	worker_number_taken(record->worker);
	r = enforcement_tag_read(c->supervisor->enforcement, fds[0], &tag);
	if (r < 0)
		return error_set(err, r, "read the tag of worker %u", record->worker);
	fault_point(FAULT_ADOPT_WORKER);
	if (tag.policy != c->start_rules->id)
		return adopt_tagged(c, record, &tag, fds, err);
	/* The supervisor died between its birth and its admission. */
	w = record->entrypoint < c->manifest->entrypoints_len
		    ? worker_at(c, record->entrypoint, record->slot, c->banks[record->entrypoint])
		    : NULL;
	/* Whose it would have been is not known. */
	if (w && worker_is_callers(w))
		w = NULL;
	if (!w) {
		/* Under the start policy of this context: its own, whoever it is. */
		(void)syscall(SYS_pidfd_send_signal, fds[0], SIGKILL, NULL, 0);
		return 0;
	}
	begin_again(w, record->worker, c->rules[w->entrypoint]);
	w->state = WORKER_SPAWNING;
	return worker_spawned(c, record, steal_fd(&fds[0]), steal_fd(&fds[1]), err);
}

/* Workers that the helper does not have, or whose story does not fit. */
static void end_unknown(void *userdata, int parent, const char *name)
{
	struct context *c = userdata;
	cleanup_close int cgroup = -EBADF;
	unsigned number;
	char end;

	if (sscanf(name, "worker-%u%c", &number, &end) != 1 || worker_find(c, number))
		return;
	cgroup = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		return;
	worker_number_taken(number);
	(void)cgroup_kill(cgroup);
}

int adopt_done(struct context *c, const struct control_record *record UNUSED, int *fds UNUSED,
	       struct error *err)
{
	cleanup_close int cgroup = openat(c->cgroup, "helper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned workers = 0;

	if (c->helper.log < 0 || c->kept != c->kept_wanted)
		return error_say(err, -EPROTO, "it did not say all that it has");
	if (cgroup >= 0)
		(void)cgroup_limit_processes(cgroup,
					     c->manifest->limits.processes + c->workers_len);
	(void)cgroup_children(c->cgroup, end_unknown, c);
	c->helper.state = HELPER_RUNNING;
	sd_event_source_disable_unref(c->helper.timer);
	c->helper.timer = NULL;
	for (size_t i = 0; i < c->workers_len; i++)
		workers += c->workers[i].state != WORKER_NONE;
	log_line(LOG_INFO, "context %s: adopted with %u worker%s and %u connection%s",
		 c->manifest->name, workers, workers == 1 ? "" : "s", c->connections_len,
		 c->connections_len == 1 ? "" : "s");
	deadlines_wake(c->supervisor);
	fault_point(FAULT_ADOPT_DONE);
	if (c->outdated || c->draining) {
		context_drain(c);
	} else {
		remade_watch(c);
		idle_watch(c);
	}
	if (c->retired)
		settle_later(c->supervisor);
	context_serve(c);
	return 0;
}
