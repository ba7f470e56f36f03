/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stage "run": a helper loads its module and forks workers, pid 1 of its context. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "helper/children.h"
#include "helper/descriptors.h"
#include "helper/identity.h"
#include "helper/module.h"
#include "helper/report.h"
#include "helper/restore.h"
#include "helper/seccomp.h"
#include "helper/stages.h"
#include "helper/worker.h"
#include "manifest/image.h"

struct helper {
	struct manifest *manifest;
	postern_function *functions;
	struct children children;
	int signals;
};

/* The filter and all that was given up came through execve; it is read again rather than believed,
 * before code that is not ours is loaded. */
static int confined_check(const struct manifest *m, struct error *err)
{
	uint64_t capabilities = 0;
	int r;

	r = identity_not_dumpable(err);
	if (r == 0)
		r = identity_capabilities(m, &capabilities, err);
	if (r == 0)
		r = identity_verify(m, capabilities, err);
	if (r == 0)
		r = seccomp_verify(err);
	return r;
}

static int signals_take(struct helper *h, struct error *err)
{
	sigset_t child;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &child, NULL) < 0)
		return error_set(err, errno, "block SIGCHLD");
	h->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (h->signals < 0)
		return error_set(err, errno, "make a signalfd");
	return 0;
}

static int helper_begin(struct helper *h, struct error *err)
{
	int r;

	(void)prctl(PR_SET_NAME, "postern-helper", 0, 0, 0);
	r = descriptors_check(false, err);
	if (r == 0)
		r = descriptors_die_with_supervisor(err);
	if (r == 0)
		r = descriptors_cloexec(true, err);
	if (r == 0)
		r = descriptors_manifest(&h->manifest, err);
	h->children.manifest = h->manifest;
	if (r == 0)
		r = confined_check(h->manifest, err);
	if (r < 0)
		return error_prefix(err, "check what the helper was left with");
	r = restore_watch_forks(err);
	if (r == 0)
		r = module_load(h->manifest, &h->functions, err);
	if (r == 0)
		r = signals_take(h, err);
	if (r == 0)
		r = report_send(CONTROL_LOADED, -1, err);
	return r < 0 ? r : descriptors_outlive_supervisor(err);
}

/*
 * fork() and pidfd_open(), not clone(CLONE_PIDFD): glibc knows nothing of a process that was made
 * behind its back (its thread's id would be the parent's), and as long as its parent has not reaped
 * it, a child's number is nobody else's.
 */
static int worker_fork(struct helper *h, struct child *c, struct worker *w, int *ret_pidfd,
		       struct error *err)
{
	cleanup_close int ours = -1, theirs = -1;
	int pair[2], pidfd, r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "make a worker's channel");
	ours = pair[0];
	theirs = pair[1];
	r = output_make(&w->output, h->manifest->limits.file_size, err);
	if (r < 0)
		return r;
	(void)fflush(stdout);
	(void)fflush(stderr);
	c->pid = module_fork();
	if (c->pid == 0)
		worker_main(w, h->functions[c->entrypoint], theirs);
	if (c->pid < 0)
		return error_set(err, errno, "fork a worker");
	/* The next worker is not to see what this one prints. */
	if (output_keep(&w->output) < 0)
		output_clear(&w->output);
	output_let_go(&w->output);
	c->output = w->output;
	pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (pidfd < 0) {
		r = error_set(err, errno, "open a worker's pidfd");
		(void)kill(c->pid, SIGKILL);
		return r;
	}
	*ret_pidfd = pidfd;
	c->channel = steal_fd(&ours);
	return 0;
}

/* A worker that cannot be made is told as one that exited with 127, with the reason: the helper
 * itself goes on. */
static int spawn(struct helper *h, const struct control_record *order, struct error *err)
{
	struct child c = {.worker = order->worker,
			  .entrypoint = order->entrypoint,
			  .slot = order->slot,
			  .channel = -1,
			  .status = W_EXITCODE(127, 0)};
	cleanup_error struct error why = {};
	struct worker w = {.manifest = h->manifest};
	cleanup_close int pidfd = -1;
	int r;

	if (!h->manifest || order->entrypoint >= h->manifest->entrypoints_len)
		return error_say(err, EPROTO,
				 "the supervisor asked for entrypoint %u, which does not exist",
				 order->entrypoint);
	if (children_prepare(&h->children) < 0)
		return children_tell_exited(&h->children, &c, "no memory for a worker", err);
	if (order->timeout)
		h->manifest->entrypoints[c.entrypoint].timeout_ns = order->timeout;
	w.entrypoint = &h->manifest->entrypoints[c.entrypoint];
	w.pages_len = order->slots;
	r = page_map(order->slot, order->slots, &w.pages, &why);
	if (r == 0)
		r = worker_fork(h, &c, &w, &pidfd, &why);
	pages_free(w.pages, w.pages_len);
	if (r < 0) {
		output_clear(&w.output);
		return children_tell_exited(&h->children, &c, error_text(&why), err);
	}
	children_add(&h->children, &c);
	return children_tell_spawned(&h->children, &c, CONTROL_SPAWNED, pidfd, err);
}

/* The end of the supervisor is not the end of the helper: the next one comes to the listener. */
static int order_take(struct helper *h, struct error *err)
{
	struct control_record order;
	int fds[CONTROL_FDS_MAX];
	size_t fds_len = 0;
	int r;

	r = control_receive(CONTROL_FD_SUPERVISOR, &order, fds, &fds_len, MSG_DONTWAIT);
	if (r == -EAGAIN)
		return 0;
	if (r == 0 || r == -ECONNRESET) {
		h->children.away = true;
		return 0;
	}
	if (r < 0)
		return error_set(err, r, "read the control socket");
	for (size_t i = 0; i < fds_len; i++)
		(void)close(fds[i]);
	if (order.type != CONTROL_SPAWN)
		return error_say(err, EPROTO, "the supervisor sent record %u", order.type);
	return spawn(h, &order, err);
}

static int children_ended(struct helper *h, struct error *err)
{
	struct signalfd_siginfo info[8];

	while (read(h->signals, info, sizeof(info)) > 0)
		;
	return children_reap(&h->children, err);
}

static int helper_loop(struct helper *h, struct error *err)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = h->children.away ? -1 : CONTROL_FD_SUPERVISOR, .events = POLLIN},
			{.fd = h->signals, .events = POLLIN},
			{.fd = CONTROL_FD_LISTENER, .events = POLLIN},
		};
		int r = 0;

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return error_set(err, errno, "wait for the supervisor");
		if (fds[1].revents)
			r = children_ended(h, err);
		if (r == 0 && fds[0].revents)
			r = order_take(h, err);
		/* What the one before had asked for comes first. */
		else if (r == 0 && fds[2].revents)
			r = children_adopt(&h->children, err);
		if (r < 0)
			return r;
	}
}

int stage_run(struct error *err)
{
	struct helper h = {.signals = -1};
	int r;

	r = helper_begin(&h, err);
	if (r == 0)
		r = helper_loop(&h, err);
	/* The end of pid 1 is the end of all workers: the kernel kills the pid namespace. */
	free(h.functions);
	children_clear(&h.children);
	manifest_image_free(h.manifest);
	if (h.signals >= 0)
		(void)close(h.signals);
	return r;
}
