/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The supervisor's side of reading manifests anew: takes from the child what it read. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "supervisor/aside.h"
#include "supervisor/context.h"
#include "supervisor/log.h"
#include "supervisor/reload_private.h"

#define READ_TIMEOUT_US 20000000ull
#define SAID_MAX	65536

static void incoming_clear(struct incoming *in)
{
	manifest_free(in->manifest);
	if (in->fd >= 0)
		(void)close(in->fd);
	roots_clear(&in->roots);
}

/* The child that still writes gets EPIPE, and ends. */
static void stop_reading(struct reload *r)
{
	sd_event_source_disable_unref(r->source);
	sd_event_source_disable_unref(r->timer);
	r->source = r->timer = NULL;
	if (r->socket >= 0)
		(void)close(r->socket);
	r->socket = -EBADF;
}

void reload_read_stop(struct reload *r)
{
	stop_reading(r);
	for (size_t i = 0; i < r->incoming_len; i++)
		incoming_clear(&r->incoming[i]);
	free(r->incoming);
	r->incoming = NULL;
	r->incoming_len = 0;
}

static void fail(struct reload *r, const char *why)
{
	r->failed = true;
	(void)snprintf(r->failure, sizeof(r->failure), "%s", why);
	log_line(LOG_ERR, "reload: nothing was changed");
	reload_end(r);
}

static int take_context(struct reload *r, const struct read_record *record, int *fds,
			size_t fds_len)
{
	struct incoming *grown =
		reallocarray(r->incoming, r->incoming_len + 1, sizeof(*r->incoming));
	struct incoming *in;
	int e = 0;

	if (!grown)
		return -ENOMEM;
	r->incoming = grown;
	in = &grown[r->incoming_len++];
	*in = (struct incoming){.record = *record, .fd = -EBADF};
	if (record->change == CHANGE_NONE)
		return fds_len == 0 ? 0 : -EPROTO;
	if (fds_len != 1)
		return -EPROTO;
	in->fd = steal_fd(&fds[0]);
	e = load_again(r->supervisor->directory, record->name, in->fd, &in->manifest, NULL);
	if (e == 0)
		e = record_ids_put(record, in->manifest);
	if (e == 0) {
		in->roots.items =
			calloc(in->manifest->entrypoints_len + 1, sizeof(*in->roots.items));
		in->roots.len = in->roots.items ? in->manifest->entrypoints_len : 0;
		e = in->roots.items ? 0 : -ENOMEM;
	}
	return e;
}

static int take_directories(struct reload *r, const struct read_record *record, int *fds,
			    size_t fds_len)
{
	struct incoming *in = r->incoming_len ? &r->incoming[r->incoming_len - 1] : NULL;
	struct read_root *root;
	size_t used = 0;
	int *grown;

	if (!in || record->entrypoint >= in->roots.len || record->len > READ_DIRECTORIES_MAX)
		return -EPROTO;
	root = &in->roots.items[record->entrypoint];
	if (record->first != root->len)
		return -EPROTO;
	grown = reallocarray(root->fds, root->len + record->len + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	root->fds = grown;
	for (uint32_t i = 0; i < record->len; i++) {
		int fd = record->errors[i];

		if (fd >= 0 && used >= fds_len)
			return -EPROTO;
		root->fds[root->len++] = fd < 0 ? fd : steal_fd(&fds[used++]);
	}
	return 0;
}

/* What the child said, line by line. */
static void pass_on(struct reload *r, int said)
{
	static const char prefix[] = "posternd: ";
	cleanup_free char *text = calloc(1, SAID_MAX + 1);
	char *save = NULL;

	if (!text || pread(said, text, SAID_MAX, 0) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, prefix, strlen(prefix)) == 0)
			line += strlen(prefix);
		reload_problem(r, line);
	}
}

/* A name that is neither on disk nor running is a mistake of whoever asks. */
static bool names_known(struct reload *r)
{
	const struct reload_order *o = r->orders;
	bool all = true;

	for (size_t at = 0; at < o->names_len; at += strlen(&o->names[at]) + 1) {
		const char *name = &o->names[at];
		bool known = context_named(r->supervisor, name);
		char line[512];

		for (size_t i = 0; i < r->incoming_len; i++)
			known |= strcmp(r->incoming[i].record.name, name) == 0;
		if (known)
			continue;
		(void)snprintf(line, sizeof(line), "there is no context %s in %s", name,
			       r->supervisor->directory);
		reload_problem(r, line);
		all = false;
	}
	return all;
}

static void take_end(struct reload *r, const struct read_record *record, int said)
{
	stop_reading(r);
	pass_on(r, said);
	if (record->status < 0) {
		fail(r, "the manifests on disk have problems, and nothing of them was taken");
		return;
	}
	if (!names_known(r)) {
		r->failed = true;
		reload_end(r);
		return;
	}
	r->failure[0] = '\0';
	reload_apply(r);
}

/* Returns 1 to go on, 0 when the reload has gone on, or a negative errno. */
static int take_record(struct reload *r)
{
	struct read_record record;
	int fds[READ_DIRECTORIES_MAX], e;
	size_t fds_len = 0;

	e = record_receive(r->socket, &record, fds, &fds_len);
	if (e <= 0)
		return e == 0 ? -EPIPE : e;
	if (record.type == READ_CONTEXT)
		e = take_context(r, &record, fds, fds_len);
	else if (record.type == READ_DIRECTORIES)
		e = take_directories(r, &record, fds, fds_len);
	else if (record.type == READ_END && fds_len == 1)
		take_end(r, &record, fds[0]);
	else
		e = -EPROTO;
	for (size_t i = 0; i < fds_len; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	if (record.type == READ_END && e >= 0)
		return 0;
	return e < 0 ? e : 1;
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct reload *r = userdata;
	char why[128];
	int e;

	(void)source;
	(void)fd;
	(void)events;
	do {
		e = take_record(r);
	} while (e > 0);
	if (e == 0 || e == -EAGAIN)
		return 0;
	(void)snprintf(why, sizeof(why), "the manifests could not be read anew: %s", strerror(-e));
	reload_problem(r, why);
	fail(r, why);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct reload *r = userdata;

	(void)source;
	(void)usec;
	reload_problem(r, "reading the manifests and their directories took longer than 20 s: "
			  "does a file system or a user database not answer?");
	fail(r, "the manifests could not be read in time");
	return 0;
}

/* Its records are what counts; without them its end is seen on the socket. */
static void on_child(void *userdata, int status)
{
	(void)userdata;
	(void)status;
}

int reload_read_start(struct reload *r, struct error *err)
{
	struct supervisor *s = r->supervisor;
	cleanup_close int ours = -EBADF, theirs = -EBADF;
	cleanup_free int *keep = NULL;
	size_t keep_len = 0;
	int pair[2], e;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "make a socket to read manifests");
	ours = pair[0];
	theirs = pair[1];
	r->order = (struct read_order){.supervisor = s, .socket = theirs};
	e = reload_read_keeps(&r->order, &keep, &keep_len);
	if (e < 0)
		return error_set(err, e, "read the manifests");
	e = aside_run(s, reload_read, &r->order, keep, keep_len, on_child, err);
	if (e < 0)
		return e;
	r->socket = steal_fd(&ours);
	e = sd_event_add_io(s->loop, &r->source, r->socket, EPOLLIN, on_socket, r);
	if (e >= 0)
		e = sd_event_add_time_relative(s->loop, &r->timer, CLOCK_MONOTONIC, READ_TIMEOUT_US,
					       0, on_timeout, r);
	return e < 0 ? error_set(err, e, "watch the reading of manifests") : 0;
}
