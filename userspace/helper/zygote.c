/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A zygote (isolation: call): never reads what clients send, and forks a process for each call.
 *
 * A call is over when its whole process group is dead: the process is a group leader, neither it
 * nor what it forks can leave the group (seccomp.h), and orphans come back to the zygote, their
 * subreaper. Only then are its record page and its connection used again.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "helper/call_end.h"
#include "helper/call_process.h"
#include "helper/module.h"

#define EVENTS	64
#define TICK_NS 100000000U /* how often pages are looked at for a client's own deadline */

struct zygote {
	struct worker *worker;
	struct call *calls; /* one per record page */
	uint32_t len;
	uint32_t running;
	uint64_t looked; /* CLOCK_MONOTONIC ns: when clients were last asked what they still want */
	int signals;
};

/* A call's process maps its own alone, and not the zygote's either. */
static int outputs_make(struct zygote *z, struct error *err)
{
	struct worker *w = z->worker;
	int r = output_keep(&w->output);

	for (uint32_t i = 0; i < z->len && r == 0; i++) {
		z->calls[i].page = w->pages[i];
		r = output_make(&z->calls[i].output, w->manifest->limits.file_size, err);
		if (r < 0)
			return r;
		r = output_keep(&z->calls[i].output);
	}
	return r < 0 ? error_set(err, r, "keep what is printed") : 0;
}

static int zygote_begin(struct zygote *z, struct worker *w, struct error *err)
{
	sigset_t child;
	int r;

	*z = (struct zygote){.worker = w, .len = w->pages_len};
	z->calls = calloc(z->len, sizeof(*z->calls));
	if (!z->calls)
		return error_set(err, ENOMEM, "make room for %u calls", z->len);
	r = outputs_make(z, err);
	if (r < 0)
		return r;
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
	    sigprocmask(SIG_BLOCK, &child, NULL) < 0)
		return error_set(err, errno, "prepare to reap calls");
	z->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (z->signals < 0)
		return error_set(err, errno, "make a signalfd");
	return 0;
}

static struct call *call_free(struct zygote *z, uint32_t *ret_slot)
{
	for (uint32_t i = 0; i < z->len; i++) {
		if (z->calls[i].pid != 0)
			continue;
		*ret_slot = i;
		return &z->calls[i];
	}
	return NULL;
}

static int call_start(struct zygote *z, struct connection *c, struct error *err)
{
	uint64_t timeout = z->worker->entrypoint->timeout_ns, now = page_now();
	uint32_t slot = 0;
	struct call *call = call_free(z, &slot);
	pid_t zygote = getpid(), pid;
	int r;

	if (!call)
		return 0;
	/* Before the fork, so that at no moment the connection looks as if nobody read from it. */
	if (!page_claim(call->page, c->id)) {
		z->worker->retired = true;
		return 0;
	}
	/* A child's copy would write what is in them a second time. */
	(void)fflush(stdout);
	(void)fflush(stderr);
	pid = module_fork();
	if (pid == 0)
		call_process_main(z->worker, c, slot, &call->output, zygote);
	if (pid < 0) {
		page_clear(call->page);
		return call_refuse(&z->worker->connections, c, errno, err);
	}
	/* The child does the same; whoever comes first, the group exists before it is killed. */
	(void)setpgid(pid, pid);
	*call = (struct call){
		.page = call->page, .output = call->output, .pid = pid, .connection = c};
	call->deadline = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
	z->running++;
	r = connections_watch(&z->worker->connections, c, false);
	c->busy = true;
	return r < 0 ? error_set(err, r, "stop watching a connection") : 0;
}

/*
 * How long is the next record? Asked with room for nothing, so that no byte of it enters this
 * process. Returns its length, 0 when the client is gone, or a negative errno.
 */
static ssize_t record_waiting(const struct connection *c)
{
	char none;
	ssize_t n = recv(c->fd, &none, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

static int client_serve(struct zygote *z, const struct epoll_event *e, struct error *err)
{
	struct connections *all = &z->worker->connections;
	struct connection *c = e->data.ptr;
	bool cancelled = connection_cancelled(c, e->events);
	ssize_t waiting = cancelled ? 0 : record_waiting(c);
	int r;

	if (waiting > 0)
		return call_start(z, c, err);
	if (waiting == -EAGAIN || waiting == -EINTR)
		return 0;
	r = cancelled ? connections_cancel(all, c) : connections_close(all, c, (int)waiting);
	return r < 0 ? error_set(err, r, "tell CLOSED") : 0;
}

/* As many as there are pages free, in the order of their turns: those who find none stay ready. */
static int clients_serve(struct zygote *z, struct error *err)
{
	struct connections *all = &z->worker->connections;
	struct epoll_event events[EVENTS];
	bool shared = connections_shared(all);
	uint32_t room = z->len - z->running;
	int n = epoll_wait(all->epoll, events, shared || room > EVENTS ? EVENTS : (int)room, 0);
	int r = 0;

	for (int i = 0; r == 0 && !worker_retired(z->worker) && i < n && z->running < z->len; i++) {
		struct epoll_event *e =
			shared ? connections_turn(all, events, (size_t)n) : &events[i];

		r = client_serve(z, e, err);
		e->data.ptr = NULL;
	}
	return r;
}

static int calls_reap(struct zygote *z, struct error *err)
{
	struct signalfd_siginfo info[8];

	/* The signals only wake: which process ended is asked below. */
	while (read(z->signals, info, sizeof(info)) > 0)
		;
	for (uint32_t i = 0; i < z->len; i++) {
		int r;

		if (z->calls[i].pid == 0)
			continue;
		r = call_reap(&z->calls[i], err);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		r = call_end(z->worker, &z->calls[i], err);
		if (r < 0)
			return r;
		z->running--;
	}
	return 0;
}

/* Kills what is past its deadline; returns in *ret_ms how long to sleep at most. */
static int deadlines_check(struct zygote *z, int *ret_ms, struct error *err)
{
	uint64_t now = page_now(), next = now + TICK_NS;

	*ret_ms = -1;
	for (uint32_t i = 0; i < z->len; i++) {
		uint64_t deadline;
		int r;

		if (z->calls[i].pid == 0)
			continue;
		deadline = call_deadline(&z->calls[i]);
		if (deadline < next)
			next = deadline;
		if (deadline > now)
			continue;
		z->calls[i].timed_out = true;
		r = call_kill(&z->calls[i], err);
		if (r < 0)
			return r;
		next = now + TICK_NS;
	}
	if (z->running > 0)
		*ret_ms = next <= now ? 1 : (int)((next - now) / 1000000U) + 1;
	return 0;
}

/* Kills what clients took back. Asked at the pace of the tick, not with each call. */
static int cancels_check(struct zygote *z, struct error *err)
{
	uint64_t now = page_now();

	if (now - z->looked < TICK_NS)
		return 0;
	z->looked = now;
	for (uint32_t i = 0; i < z->len; i++) {
		struct call *call = &z->calls[i];
		int r;

		if (call->pid == 0 || call->cancelled || !call_taken_back(call))
			continue;
		call->cancelled = true;
		r = call_kill(call, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int zygote_loop(struct zygote *z, struct error *err)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = WORKER_CHANNEL, .events = POLLIN},
			{.fd = z->signals, .events = POLLIN},
			/* No room for a call: what clients send waits. */
			{.fd = z->running < z->len && !z->worker->retired
				       ? z->worker->connections.epoll
				       : -1,
			 .events = POLLIN},
		};
		struct connection *added;
		int timeout, r;

		if (z->worker->retired && z->running == 0)
			return 0;
		r = deadlines_check(z, &timeout, err);
		if (r == 0 && z->running > 0)
			r = cancels_check(z, err);
		if (r < 0)
			return r;
		if (poll(fds, ARRAY_SIZE(fds), timeout) < 0 && errno != EINTR)
			return error_set(err, errno, "wait for calls");
		r = z->running > 0 ? calls_reap(z, err) : 0;
		if (r == 0 && fds[2].revents)
			r = clients_serve(z, err);
		if (r < 0)
			return r;
		if (!fds[0].revents)
			continue;
		r = worker_receive(z->worker, &added, err);
		if (r <= 0)
			return r;
	}
}

int zygote_run(struct worker *w, struct error *err)
{
	struct zygote z;
	int r;

	r = zygote_begin(&z, w, err);
	if (r == 0)
		r = zygote_loop(&z, err);
	/* Whatever ends the zygote ends its calls: nobody would hold them to a deadline. */
	for (uint32_t i = 0; z.calls && i < z.len; i++)
		if (z.calls[i].pid != 0)
			(void)kill(-z.calls[i].pid, SIGKILL);
	free(z.calls);
	return r;
}
