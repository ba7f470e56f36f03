/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A worker's life: from the helper's fork to serving calls. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "helper/capabilities.h"
#include "helper/identity.h"
#include "helper/restore.h"
#include "helper/seccomp.h"
#include "helper/worker.h"

/* Keeps standard input (/dev/null), the log, what is printed and the channel: no other worker's
 * channel, no control socket, no map of pages, of which its own are in its memory. */
static int descriptors_keep(struct worker *w, int channel, struct error *err)
{
	unsigned first_free = w->output.area ? OUTPUT_FIRST_FREE : WORKER_CHANNEL + 1;
	int r = 0;

	if (dup3(channel, WORKER_CHANNEL, O_CLOEXEC) < 0)
		return error_set(err, errno, "take the channel");
	if (w->output.area)
		r = output_install(&w->output);
	if (r < 0)
		return error_set(err, r, "catch what is printed");
	/* Each line at once: in order with what goes to standard error, and not lost by a crash. */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (close_range(first_free, ~0U, 0) < 0)
		return error_set(err, errno, "close the helper's descriptors");
	return 0;
}

static int signals_reset(struct error *err)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t none;

	(void)sigemptyset(&none);
	if (sigaction(SIGPIPE, &ignore, NULL) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return error_set(err, errno, "reset the signals");
	return 0;
}

/* Before START nothing is read: the entrypoint's policy does not hold yet. */
static int start_wait(struct control_record *ret, struct error *err)
{
	int fds[CONTROL_FDS_MAX];
	size_t fds_len = 0;
	int r;

	r = control_receive(WORKER_CHANNEL, ret, fds, &fds_len, 0);
	if (r < 0)
		return error_set(err, r, "wait for START");
	for (size_t i = 0; i < fds_len && r > 0; i++)
		(void)close(fds[i]);
	if (r > 0 && ret->type != CONTROL_START)
		return error_say(err, EPROTO, "the supervisor sent record %u instead of START",
				 ret->type);
	return r;
}

static int opened_tell(const struct connection *c, struct error *err)
{
	const struct control_record record = {.type = CONTROL_OPENED, .connection = c->id};
	int r = control_send(WORKER_CHANNEL, &record, NULL, 0, 0);

	return r < 0 ? error_set(err, r, "tell OPENED") : 0;
}

static int ready_tell(struct error *err)
{
	const struct control_record record = {.type = CONTROL_READY};
	int r = control_send(WORKER_CHANNEL, &record, NULL, 0, 0);

	return r < 0 ? error_set(err, r, "tell READY") : 0;
}

/* From the helper's capabilities, which it has read back, to the entrypoint's. */
static int capabilities_lower(const struct worker *w, struct error *err)
{
	uint64_t held = 0, wanted = w->entrypoint->capabilities;
	int r = identity_capabilities(w->manifest, &held, err);

	if (r == 0)
		r = capabilities_set(held, wanted, err);
	return r < 0 ? r : capabilities_verify(wanted, err);
}

/* Returns 1, 0 when the supervisor closed the channel before START, or a negative errno. */
static int worker_begin(struct worker *w, postern_function function, int channel, struct error *err)
{
	struct control_record start;
	int r;

	(void)prctl(PR_SET_NAME, w->entrypoint->name, 0, 0, 0);
	r = descriptors_keep(w, channel, err);
	if (r == 0)
		r = signals_reset(err);
	if (r == 0)
		r = restore_begin(err);
	if (r < 0)
		return r;
	r = start_wait(&start, err);
	if (r <= 0)
		return r;
	r = capabilities_lower(w, err);
	if (r == 0 && !manifest_has_secrets(w->entrypoint))
		r = identity_may_be_dumped(err);
	if (r == 0)
		r = server_begin(&w->server, w->manifest,
				 (size_t)(w->entrypoint - w->manifest->entrypoints), function, err);
	if (r == 0)
		r = connections_begin(&w->connections, WORKER_CHANNEL,
				      w->manifest->limits.connections, err);
	if (r < 0)
		return r;
	r = seccomp_keep_descriptors(manifest_has_sockets(w->entrypoint) ||
				     w->entrypoint->result.type == ARGUMENT_FD);
	if (r < 0)
		return error_set(err, r, "load a worker's system call filter");
	w->server.target.page = w->pages[0];
	w->server.target.output = &w->output;
	w->server.target.forked = restore_forked;
	r = ready_tell(err);
	return r < 0 ? r : 1;
}

/* A connection from the supervisor: taken, and greeted unless an earlier worker did. */
static int take_over(struct worker *w, const struct control_record *serve, int fd,
		     struct connection **ret, struct error *err)
{
	int r = connections_add(&w->connections, serve, fd, ret);

	if (r == -EUSERS)
		return 1;
	if (r < 0)
		return error_set(err, r, "take a connection");
	if (serve->flags & CONTROL_RESUMED)
		return 1;
	r = server_open(&w->server, *ret);
	if (r < 0) {
		r = connections_close(&w->connections, *ret, r);
		*ret = NULL;
		return r < 0 ? error_set(err, r, "tell CLOSED") : 1;
	}
	r = opened_tell(*ret, err);
	return r < 0 ? r : 1;
}

int worker_receive(struct worker *w, struct connection **ret, struct error *err)
{
	struct control_record record;
	int fds[CONTROL_FDS_MAX];
	size_t fds_len = 0;
	int r;

	*ret = NULL;
	if (worker_retired(w))
		return worker_discard(err);
	r = control_receive(WORKER_CHANNEL, &record, fds, &fds_len, MSG_DONTWAIT);
	if (r == -EAGAIN)
		return 1;
	/* Retired meanwhile: what came was admitted to the next worker's policy already. */
	if (r == -EBADMSG && worker_retired(w))
		return 1;
	if (r < 0)
		return error_set(err, r, "read the channel");
	if (r == 0)
		return 0;
	if (record.type == CONTROL_RETIRE && fds_len == 0) {
		w->retired = true;
		return 1;
	}
	/* From a supervisor that adopted this worker, and cannot know that the one before it had
	 * said so. */
	if (record.type == CONTROL_START && fds_len == 0)
		return 1;
	if (record.type != CONTROL_SERVE || fds_len != 1)
		return error_say(err, EPROTO, "the supervisor sent record %u with %zu descriptors",
				 record.type, fds_len);
	if (!page_opening(w->pages[0], record.connection)) {
		w->retired = true;
		(void)close(fds[0]);
		return 1;
	}
	r = take_over(w, &record, fds[0], ret, err);
	page_opened(w->pages[0]);
	return r;
}

_Noreturn void worker_main(struct worker *w, postern_function function, int channel)
{
	struct error err = {};
	int r;

	r = worker_begin(w, function, channel, &err);
	if (r > 0)
		r = w->entrypoint->isolation == MANIFEST_ISOLATION_CALL ? zygote_run(w, &err)
									: resident_run(w, &err);
	if (r < 0)
		fprintf(stderr, "postern-helper: worker %s: %s\n", w->entrypoint->name,
			error_text(&err));
	(void)fflush(stdout);
	(void)fflush(stderr);
	/* Not exit(): what the helper or the module registered there is not the worker's to run. */
	_exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
