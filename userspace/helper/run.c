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

#include "base/units.h"
#include "helper/descriptors.h"
#include "helper/identity.h"
#include "helper/module.h"
#include "helper/report.h"
#include "helper/seccomp.h"
#include "helper/stages.h"
#include "helper/worker.h"

struct child {
	pid_t pid;
	uint32_t worker; /* the supervisor's number */
	uint32_t entrypoint;
};

struct helper {
	struct manifest *manifest;
	postern_function *functions;
	struct child *children;
	size_t children_len;
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

/* No user database lies in the context's root, so the ids that a worker needs came by the command
 * line. */
static int manifest_take(struct helper *h, const char *user, const char *group, struct error *err)
{
	uint64_t uid, gid;
	int r;

	if (units_parse_unsigned(user, &uid) != 0 || units_parse_unsigned(group, &gid) != 0 ||
	    uid >= UINT32_MAX || gid >= UINT32_MAX)
		return error_say(err, -EINVAL, "stage run was given no ids: %s, %s", user, group);
	r = descriptors_manifest(MANIFEST_NAMES_UNKNOWN, &h->manifest, err);
	if (r < 0)
		return r;
	h->manifest->user = (uid_t)uid;
	h->manifest->group = (gid_t)gid;
	return 0;
}

static int helper_begin(struct helper *h, const char *user, const char *group, struct error *err)
{
	int r;

	(void)prctl(PR_SET_NAME, "postern-helper", 0, 0, 0);
	r = descriptors_check(false, err);
	if (r == 0)
		r = descriptors_die_with_supervisor(err);
	if (r == 0)
		r = descriptors_cloexec(true, err);
	if (r == 0)
		r = manifest_take(h, user, group, err);
	if (r == 0)
		r = confined_check(h->manifest, err);
	if (r < 0)
		return error_prefix(err, "check what the helper was left with");
	r = module_load(h->manifest, &h->functions, err);
	if (r == 0)
		r = signals_take(h, err);
	if (r == 0)
		r = report_send(CONTROL_LOADED, -1, err);
	return r;
}

static int exited_tell(const struct child *c, int status, const char *text, struct error *err)
{
	struct control_record record = {
		.type = CONTROL_EXITED,
		.worker = c->worker,
		.entrypoint = c->entrypoint,
		.status = status,
	};
	int r;

	(void)snprintf(record.text, sizeof(record.text), "%s", text);
	r = control_send(CONTROL_FD_SUPERVISOR, &record, NULL, 0, 0);
	return r < 0 ? error_set(err, r, "tell EXITED") : 0;
}

/* Children of the module's, and orphans of the whole pid namespace, end here too: reaped, and
 * nobody's business. */
static int children_reap(struct helper *h, struct error *err)
{
	struct signalfd_siginfo info[8];
	int status, r;
	pid_t pid;

	while (read(h->signals, info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < h->children_len; i++) {
			struct child c = h->children[i];

			if (c.pid != pid)
				continue;
			h->children[i] = h->children[--h->children_len];
			r = exited_tell(&c, status, "", err);
			if (r < 0)
				return r;
			break;
		}
	}
	return 0;
}

/*
 * fork() and pidfd_open(), not clone(CLONE_PIDFD): glibc knows nothing of a process that was made
 * behind its back (its thread's id would be the parent's), and as long as its parent has not reaped
 * it, a child's number is nobody else's.
 */
static int worker_fork(struct helper *h, struct child *c, struct worker *w, int *ret_pidfd,
		       int *ret_channel, struct error *err)
{
	cleanup_close int ours = -1, theirs = -1;
	int pair[2], pidfd;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "make a worker's channel");
	ours = pair[0];
	theirs = pair[1];
	(void)fflush(stdout);
	(void)fflush(stderr);
	c->pid = fork();
	if (c->pid == 0)
		worker_main(w, h->functions[c->entrypoint], theirs);
	if (c->pid < 0)
		return error_set(err, errno, "fork a worker");
	pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (pidfd < 0) {
		int r = error_set(err, errno, "open a worker's pidfd");

		(void)kill(c->pid, SIGKILL);
		return r;
	}
	*ret_pidfd = pidfd;
	*ret_channel = steal_fd(&ours);
	return 0;
}

static int spawned_tell(const struct child *c, int pidfd, int channel, struct error *err)
{
	const struct control_record record = {
		.type = CONTROL_SPAWNED,
		.worker = c->worker,
		.entrypoint = c->entrypoint,
		.pid = c->pid,
	};
	const int fds[] = {pidfd, channel};
	int r = control_send(CONTROL_FD_SUPERVISOR, &record, fds, 2, 0);

	return r < 0 ? error_set(err, r, "tell SPAWNED") : 0;
}

/* A worker that cannot be made is told as one that exited with 127, with the reason: the helper
 * itself goes on. */
static int spawn(struct helper *h, const struct control_record *order, struct error *err)
{
	struct child c = {.worker = order->worker, .entrypoint = order->entrypoint};
	cleanup_error struct error why = {};
	cleanup_close int pidfd = -1, channel = -1;
	struct worker w = {.manifest = h->manifest};
	struct child *grown;
	int r;

	if (!h->manifest || order->entrypoint >= h->manifest->entrypoints_len)
		return error_say(err, EPROTO,
				 "the supervisor asked for entrypoint %u, which does not exist",
				 order->entrypoint);
	grown = reallocarray(h->children, h->children_len + 1, sizeof(*grown));
	if (!grown)
		return exited_tell(&c, W_EXITCODE(127, 0), "no memory for a worker", err);
	h->children = grown;
	if (order->timeout)
		h->manifest->entrypoints[c.entrypoint].timeout_ns = order->timeout;
	w.entrypoint = &h->manifest->entrypoints[c.entrypoint];
	w.pages_len = order->slots;
	r = page_map(order->slot, order->slots, &w.pages, &why);
	if (r == 0)
		r = worker_fork(h, &c, &w, &pidfd, &channel, &why);
	pages_free(w.pages, w.pages_len);
	if (r < 0)
		return exited_tell(&c, W_EXITCODE(127, 0), error_text(&why), err);
	h->children[h->children_len++] = c;
	return spawned_tell(&c, pidfd, channel, err);
}

/* Returns 1, 0 when the supervisor is gone, or a negative errno. */
static int order_take(struct helper *h, struct error *err)
{
	struct control_record order;
	int fds[CONTROL_FDS_MAX];
	size_t fds_len = 0;
	int r;

	r = control_receive(CONTROL_FD_SUPERVISOR, &order, fds, &fds_len, MSG_DONTWAIT);
	if (r == -EAGAIN)
		return 1;
	if (r <= 0)
		return r < 0 ? error_set(err, r, "read the control socket") : 0;
	for (size_t i = 0; i < fds_len; i++)
		(void)close(fds[i]);
	if (order.type != CONTROL_SPAWN)
		return error_say(err, EPROTO, "the supervisor sent record %u", order.type);
	r = spawn(h, &order, err);
	return r < 0 ? r : 1;
}

static int helper_loop(struct helper *h, struct error *err)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = CONTROL_FD_SUPERVISOR, .events = POLLIN},
			{.fd = h->signals, .events = POLLIN},
		};
		int r = 0;

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return error_set(err, errno, "wait for the supervisor");
		if (fds[1].revents)
			r = children_reap(h, err);
		if (r < 0)
			return r;
		if (!fds[0].revents)
			continue;
		r = order_take(h, err);
		if (r <= 0)
			return r;
	}
}

int stage_run(const char *user, const char *group, struct error *err)
{
	struct helper h = {.signals = -1};
	int r;

	r = helper_begin(&h, user, group, err);
	if (r == 0)
		r = helper_loop(&h, err);
	/* The end of pid 1 is the end of all workers: the kernel kills the pid namespace. */
	free(h.functions);
	free(h.children);
	manifest_free(h.manifest);
	if (h.signals >= 0)
		(void)close(h.signals);
	return r;
}
