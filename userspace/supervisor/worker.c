/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Workers: from the helper's fork to a policy of their own, and what they serve. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "supervisor/cgroup.h"
#include "supervisor/clients.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/connections_adopt.h"
#include "supervisor/context.h"
#include "supervisor/deadlines.h"
#include "supervisor/log.h"
#include "supervisor/network.h"
#include "supervisor/retire.h"
#include "supervisor/worker.h"

static uint32_t last_number;

void worker_number_taken(uint32_t number)
{
	last_number = MAX_OF(last_number, number);
}

bool worker_claims(const struct worker *w, uint64_t connection, uint64_t *ret_call)
{
	for (uint32_t i = 0; i < w->slots; i++) {
		volatile struct postern_page *page = &w->context->pages[w->slot + i];

		if (page->connection == connection) {
			*ret_call = page->call;
			return true;
		}
	}
	return false;
}

bool worker_in_call(const struct worker *w)
{
	for (uint32_t i = 0; i < w->slots; i++)
		if (w->context->pages[w->slot + i].connection)
			return true;
	return false;
}

unsigned worker_connections(const struct worker *w)
{
	unsigned n = 0;

	for (const struct connection *conn = w->context->connections; conn; conn = conn->next)
		n += conn->worker == w;
	return n;
}

void worker_clear_pages(struct worker *w)
{
	for (uint32_t i = 0; i < w->slots; i++) {
		volatile struct postern_page *page = &w->context->pages[w->slot + i];

		page->started = 0;
		page->connection = 0;
		page->call = 0;
		page->deadline = 0;
		page->denial.sequence = 0;
		page->opening = 0;
		page->retire = 0;
	}
}

bool worker_spawn(struct worker *w)
{
	struct control_record record = {
		.type = CONTROL_SPAWN,
		.worker = ++last_number,
		.entrypoint = w->entrypoint,
		.slot = w->slot,
		.slots = w->slots,
		.timeout = w->context->manifest->entrypoints[w->entrypoint].timeout_ns,
	};
	int r;

	worker_clear_pages(w);
	r = control_send(w->context->helper.control, &record, NULL, 0, MSG_DONTWAIT);
	if (r < 0) {
		log_line(LOG_WARNING, "context %s: cannot ask the helper for a worker: %s",
			 w->context->manifest->name, strerror(-r));
		return false;
	}
	w->number = record.worker;
	w->timed_out = w->cancelled = false;
	w->retired = false;
	w->rules = w->context->rules[w->entrypoint];
	w->timeout_ns = record.timeout;
	w->state = WORKER_SPAWNING;
	fault_point(FAULT_WORKER_ASKED);
	return true;
}

/*
 * The ready worker with the fewest connections. When all have some and one more is allowed, that
 * one is waited for: it comes within milliseconds, and what another worker is busy with may take
 * long.
 */
struct worker *worker_for(struct connection *conn)
{
	struct context *c = conn->context;
	uint32_t entrypoint = conn->entrypoint;
	struct worker *best = NULL, *unused = NULL;
	unsigned fewest = 0;
	bool coming = false;

	if (c->manifest->entrypoints[entrypoint].isolation == MANIFEST_ISOLATION_CALLER)
		return worker_for_caller(conn);
	for (size_t i = 0; i < c->workers_len; i++) {
		struct worker *w = &c->workers[i];

		if (w->entrypoint != entrypoint || w->bank != c->banks[entrypoint] || w->retired)
			continue;
		if (w->state == WORKER_READY && (!best || worker_connections(w) < fewest)) {
			best = w;
			fewest = worker_connections(w);
		} else if (w->state == WORKER_NONE && !unused) {
			unused = w;
		}
		coming |= w->state == WORKER_SPAWNING || w->state == WORKER_STARTING;
	}
	if (best && fewest == 0)
		return best;
	if (unused && !coming && (!best || now_ns() >= unused->not_before))
		coming = worker_spawn(unused);
	return coming ? NULL : best;
}

struct worker *worker_find(struct context *c, uint32_t number)
{
	for (size_t i = 0; i < c->workers_len; i++)
		if (c->workers[i].state != WORKER_NONE && c->workers[i].number == number)
			return &c->workers[i];
	return NULL;
}

/* The thread group behind a pidfd, in our pid namespace (/proc/self/fdinfo, proc(5)). */
pid_t worker_pid(int pidfd)
{
	char path[64], line[128];
	cleanup_file FILE *f = NULL;
	int pid;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			return pid > 0 ? pid : -ESRCH;
	return -EBADF;
}

/* What the worker of a connection is told, and what the kernel keeps of it, change together. */
static int note_admission(const struct worker *w, const struct connection *conn)
{
	const struct postern_admission admission = {
		.policy = w->rules->id,
		.connection = conn->number,
		.flags = (conn->resumed ? POSTERN_ADMISSION_OPENED : 0) |
			 (conn->shut ? POSTERN_ADMISSION_SHUT : 0),
	};

	return enforcement_admit(w->context->supervisor->enforcement, conn->fd, &admission);
}

static void opened(const struct worker *w, struct connection *conn)
{
	conn->resumed = true;
	/* Without the note a later supervisor would have OPENED sent again, and the client would
	 * close. */
	if (note_admission(w, conn) < 0)
		log_line(LOG_WARNING, "context %s: a connection cannot be marked as opened",
			 w->context->manifest->name);
	fault_point(FAULT_WORKER_OPENED);
}

int worker_take_record(struct worker *w)
{
	int fds[CONTROL_FDS_MAX] = {-EBADF, -EBADF};
	struct control_record record;
	struct connection *conn;
	size_t fds_len = 0;
	int r;

	r = control_receive(w->channel, &record, fds, &fds_len, MSG_DONTWAIT);
	for (size_t i = 0; r > 0 && i < fds_len; i++)
		(void)close(fds[i]);
	if (r <= 0)
		return r;
	if (fds_len > 0)
		return -EPROTO;
	if (record.type == CONTROL_READY && w->state == WORKER_STARTING) {
		w->state = WORKER_READY;
		w->context->helper.served = true;
		fault_point(FAULT_WORKER_READY);
		if (w->retired)
			worker_retire(w);
		context_serve(w->context);
		return 1;
	}
	conn = connection_find(w->context, record.connection);
	/* It was on its way to the worker when the supervisor before this one died. */
	if (!conn && record.type == CONTROL_OPENED && w->context->adopted) {
		connections_adopt(w);
		conn = connection_find(w->context, record.connection);
	}
	if (!conn || conn->worker != w)
		return 1;
	if (record.type == CONTROL_CLOSED)
		connection_close(conn);
	else if (record.type == CONTROL_OPENED)
		opened(w, conn);
	else if (record.type == CONTROL_RELEASED && w->retired && w->state == WORKER_READY)
		worker_released(conn);
	/* CALL_ENDED: the zygote has told the client; its connection goes on. */
	return 1;
}

static int on_channel(sd_event_source *source, int fd UNUSED, uint32_t events, void *userdata)
{
	struct worker *w = userdata;
	int r;

	if (events & EPOLLOUT) {
		(void)sd_event_source_set_io_events(source, EPOLLIN);
		context_serve(w->context);
	}
	r = worker_take_record(w);
	if (r > 0 || r == -EAGAIN)
		return 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	worker_kill(w);
	return 0;
}

/*
 * The helper's word for which process this is counts only so far: a pidfd whose task has this
 * context's start policy. It is under no other policy then, so that no worker is moved from one
 * entrypoint to another.
 */
static int admit(struct worker *w, int pidfd, struct error *err)
{
	struct context *c = w->context;
	struct network_identity network = {};
	struct postern_tag tag;
	char name[32];
	int r;

	r = enforcement_tag_read(c->supervisor->enforcement, pidfd, &tag);
	if (r < 0)
		return error_set(err, r, "read the tag of a new worker");
	if (tag.policy != c->start_rules->id)
		return error_say(
			err, -EPERM,
			"the helper presented a process that is not under its start policy");
	w->pid = worker_pid(pidfd);
	if (w->pid < 0 || w->pid == c->helper.pid)
		return error_say(err, -EPERM,
				 "the helper presented a process that is not its child");
	if (network_of(w->pid, &network) < 0 || !network_same(&network, &c->network_identity))
		return error_say(err, -EPERM,
				 "the helper presented a process of another network namespace");
	(void)snprintf(name, sizeof(name), "worker-%u", w->number);
	cgroup_sweep(c->cgroup);
	w->cgroup = cgroup_make(c->cgroup, name, err);
	if (w->cgroup < 0)
		return w->cgroup;
	if (worker_is_callers(w)) {
		r = cgroup_note_caller(w->cgroup, w->caller);
		if (r < 0)
			return error_set(err, r, "note whose worker it is");
	}
	r = cgroup_limit_processes(w->cgroup, c->manifest->limits.processes * w->slots + w->slots);
	if (r < 0)
		return error_set(err, r, "limit a worker's processes");
	r = cgroup_enter(w->cgroup, w->pid);
	if (r < 0)
		return error_set(err, r, "move a worker into its cgroup");
	fault_point(FAULT_WORKER_PLACED);
	tag = (struct postern_tag){.policy = w->rules->id, .slot = w->slot};
	r = enforcement_tag(c->supervisor->enforcement, pidfd, &tag);
	fault_point(FAULT_WORKER_TAGGED);
	return r < 0 ? error_set(err, r, "tag a worker") : 0;
}

int worker_begin(struct worker *w, struct error *err)
{
	struct control_record start = {.type = CONTROL_START};
	int r = sd_event_add_io(w->context->supervisor->loop, &w->channel_source, w->channel,
				EPOLLIN, on_channel, w);

	if (r >= 0)
		r = control_send(w->channel, &start, NULL, 0, MSG_DONTWAIT);
	fault_point(FAULT_WORKER_STARTED);
	return r < 0 ? error_set(err, r, "start a worker") : 0;
}

int worker_spawned(struct context *c, const struct control_record *record, int pidfd, int channel,
		   struct error *err)
{
	struct worker *w = worker_find(c, record->worker);
	int r;

	if (!w || w->state != WORKER_SPAWNING || record->entrypoint != w->entrypoint) {
		(void)close(pidfd);
		(void)close(channel);
		return error_say(err, -EPROTO,
				 "the helper presented a worker that nobody asked for");
	}
	w->pidfd = pidfd;
	w->channel = channel;
	w->state = WORKER_STARTING;
	r = admit(w, pidfd, err);
	if (r < 0)
		return r;
	return worker_begin(w, err);
}

int worker_serve(struct worker *w, struct connection *conn)
{
	struct control_record record = {
		.type = CONTROL_SERVE,
		.flags = (conn->resumed ? CONTROL_RESUMED : 0) | (conn->shut ? CONTROL_SHUT : 0),
		.connection = conn->number,
		.uid = conn->uid,
		.gid = conn->gid,
		.pid = conn->pid,
		.groups_len = (uint32_t)conn->groups_len,
	};
	int r;

	/* One user's state is no other's to see, whatever led here. */
	if (worker_is_callers(w) && conn->uid != w->caller)
		return -EPERM;
	memcpy(record.groups, conn->groups, conn->groups_len * sizeof(record.groups[0]));
	r = note_admission(w, conn);
	if (r == 0)
		r = control_send(w->channel, &record, &conn->fd, 1, MSG_DONTWAIT);
	if (r == -EAGAIN) {
		/* Its channel is full: the connection waits until the worker has taken some. */
		(void)sd_event_source_set_io_events(w->channel_source, EPOLLIN | EPOLLOUT);
		return r;
	}
	if (r < 0) {
		log_line(LOG_WARNING, "context %s: cannot hand a connection to worker %u: %s",
			 w->context->manifest->name, w->number, strerror(-r));
		return r;
	}
	connection_served(conn, w);
	fault_point(FAULT_WORKER_SERVED);
	deadlines_wake(w->context->supervisor);
	return 0;
}
