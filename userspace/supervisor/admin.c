/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The admin socket. A reader that is too slow loses records and is told how many; it never holds up
 * the supervisor. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "supervisor/admin.h"
#include "supervisor/denials.h"
#include "supervisor/log.h"
#include "supervisor/reload.h"
#include "supervisor/upgrade.h"

#define READERS_MAX	32
#define ASK_TIMEOUT_US	2000000ull /* to send the request */
#define READ_TIMEOUT_US 5000000ull /* to read the answer */
#define FOLLOWED_MAX	512	   /* records that may wait for one reader that follows */

struct reader {
	struct admin *admin;
	int fd; /* -EBADF: free */
	sd_event_source *source, *timer;
	struct admin_queue queue;
	size_t sent;
	bool follows, asked;
	bool waits; /* for the end of a reload */
	uint64_t lost;
};

struct admin {
	struct supervisor *supervisor;
	int listener;
	sd_event_source *source;
	struct reader readers[READERS_MAX];
};

int admin_queue_add(struct admin_queue *q, const struct admin_record *record)
{
	if (q->len == q->room) {
		size_t room = q->room ? q->room * 2 : 16;
		struct admin_record *records = reallocarray(q->records, room, sizeof(*records));

		if (!records)
			return -ENOMEM;
		q->records = records;
		q->room = room;
	}
	q->records[q->len++] = *record;
	return 0;
}

static void reader_close(struct reader *r)
{
	reload_forget(r->admin->supervisor, r);
	sd_event_source_disable_unref(r->source);
	sd_event_source_disable_unref(r->timer);
	(void)close(r->fd);
	free(r->queue.records);
	*r = (struct reader){.admin = r->admin, .fd = -EBADF};
}

/* Sends what can be sent, and watches for room only while something is left. */
static void reader_flush(struct reader *r)
{
	while (r->sent < r->queue.len) {
		ssize_t n = send(r->fd, &r->queue.records[r->sent], sizeof(struct admin_record),
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			(void)sd_event_source_set_io_events(r->source, EPOLLOUT);
			return;
		}
		if (n < 0) {
			reader_close(r);
			return;
		}
		r->sent++;
	}
	r->sent = r->queue.len = 0;
	if (!r->follows && !r->waits) {
		reader_close(r);
		return;
	}
	if (r->lost) {
		struct admin_record lost = {.type = ADMIN_LOST, .count = r->lost};

		r->lost = 0;
		(void)admin_queue_add(&r->queue, &lost);
		reader_flush(r);
		return;
	}
	(void)sd_event_source_set_io_events(r->source, 0);
}

static void on_denial(void *userdata, const struct admin_record *denial)
{
	struct admin *a = userdata;

	for (size_t i = 0; i < READERS_MAX; i++) {
		struct reader *r = &a->readers[i];

		if (r->fd < 0 || !r->follows)
			continue;
		if (r->queue.len >= FOLLOWED_MAX || admin_queue_add(&r->queue, denial) < 0)
			r->lost++;
		else
			reader_flush(r);
	}
}

static void answer_refusal(struct reader *r, const char *text)
{
	struct admin_record record = {.type = ADMIN_REFUSED};

	(void)snprintf(record.text, sizeof(record.text), "%s", text);
	(void)admin_queue_add(&r->queue, &record);
}

static bool is_root(int fd)
{
	socklen_t len = sizeof(struct ucred);
	struct ucred cred;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 && cred.uid == 0;
}

static void answer_log(struct reader *r, const struct admin_request *request)
{
	struct admin_record end = {.type = ADMIN_END};
	const struct admin_record *record;

	/* Denials name paths that others may not be allowed to list. */
	if (!is_root(r->fd)) {
		answer_refusal(r, "only root may read the log of denials");
		return;
	}
	for (size_t i = 0; (record = denials_kept(r->admin->supervisor->denials, i)); i++)
		(void)admin_queue_add(&r->queue, record);
	r->follows = request->flags & ADMIN_FOLLOW;
	if (!r->follows)
		(void)admin_queue_add(&r->queue, &end);
}

static void answer_upgrade(struct reader *r)
{
	struct admin_record end = {.type = ADMIN_END};
	cleanup_error struct error err = {};

	if (!is_root(r->fd))
		answer_refusal(r, "only root may upgrade posternd");
	else if (upgrade_start(r->admin->supervisor, &err) < 0)
		answer_refusal(r, error_text(&err));
	else
		(void)admin_queue_add(&r->queue, &end);
}

static void on_reload(void *userdata, const struct admin_record *record)
{
	struct reader *r = userdata;

	(void)admin_queue_add(&r->queue, record);
	r->waits = record->type != ADMIN_END;
	reader_flush(r);
}

/* names: len bytes. */
static void answer_reload(struct reader *r, const char *names, size_t len)
{
	if (!is_root(r->fd)) {
		answer_refusal(r, "only root may reload");
		return;
	}
	if (len && names[len - 1]) {
		answer_refusal(r, "the request's names do not end");
		return;
	}
	r->waits = true;
	if (reload_order(r->admin->supervisor, names, len, on_reload, r) < 0) {
		r->waits = false;
		answer_refusal(r, "no memory");
	}
}

static void answer(struct reader *r, const struct admin_request *request, const char *names)
{
	r->asked = true;
	if (request->magic != POSTERN_MAGIC ||
	    (request->names_len && request->ask != ADMIN_ASK_RELOAD))
		answer_refusal(r, "this is no request of this version of postern");
	else if (request->ask == ADMIN_ASK_LOG)
		answer_log(r, request);
	else if (request->ask == ADMIN_ASK_RELOAD)
		answer_reload(r, names, request->names_len);
	else if (request->ask == ADMIN_ASK_UPGRADE)
		answer_upgrade(r);
	else if (request->ask == ADMIN_ASK_HOOKS
			 ? hooks_records(r->admin->supervisor, &r->queue) < 0
			 : request->ask != ADMIN_ASK_STATUS ||
				   status_records(r->admin->supervisor, &r->queue) < 0)
		answer_refusal(r, "the request cannot be answered");
	if (r->fd < 0)
		return;
	/* Nobody keeps a place by not reading, but root, who follows or waits for a reload. */
	if (r->follows || r->waits)
		(void)sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	else
		(void)sd_event_source_set_time_relative(r->timer, READ_TIMEOUT_US);
	reader_flush(r);
}

static int on_reader(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct reader *r = userdata;
	struct {
		struct admin_request request;
		char names[ADMIN_NAMES_MAX];
	} asked;
	ssize_t n;

	(void)source;
	if (events & (EPOLLHUP | EPOLLERR)) {
		reader_close(r);
	} else if (events & EPOLLIN && !r->asked) {
		n = recv(fd, &asked, sizeof(asked), MSG_DONTWAIT | MSG_TRUNC);
		if (n >= (ssize_t)sizeof(asked.request) && n <= (ssize_t)sizeof(asked) &&
		    (size_t)n - sizeof(asked.request) == asked.request.names_len)
			answer(r, &asked.request, asked.names);
		else if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			reader_close(r);
	} else if (events & EPOLLOUT) {
		reader_flush(r);
	}
	return 0;
}

static int on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	reader_close(userdata);
	return 0;
}

static void reader_watch(struct reader *r)
{
	sd_event *loop = r->admin->supervisor->loop;

	if (sd_event_add_io(loop, &r->source, r->fd, EPOLLIN, on_reader, r) < 0 ||
	    sd_event_add_time_relative(loop, &r->timer, CLOCK_MONOTONIC, ASK_TIMEOUT_US, 0,
				       on_silence, r) < 0)
		reader_close(r);
}

static int on_listener(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct admin *a = userdata;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t first;

	(void)source;
	(void)events;
	if (client < 0)
		return 0;
	/* The first half is root's, whom nobody else's silence keeps out. */
	first = is_root(client) ? 0 : READERS_MAX / 2;
	for (size_t i = first; i < READERS_MAX; i++) {
		if (a->readers[i].fd >= 0)
			continue;
		a->readers[i].fd = client;
		reader_watch(&a->readers[i]);
		return 0;
	}
	(void)close(client);
	return 0;
}

int admin_start(struct supervisor *s, struct admin **ret, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = POSTERN_ADMIN_SOCKET};
	struct admin *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return error_set(err, ENOMEM, "listen on " POSTERN_ADMIN_SOCKET);
	a->supervisor = s;
	for (size_t i = 0; i < READERS_MAX; i++)
		a->readers[i] = (struct reader){.admin = a, .fd = -EBADF};
	a->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unlink(address.sun_path);
	if (a->listener < 0 ||
	    bind(a->listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(address.sun_path, 0666) < 0 || listen(a->listener, READERS_MAX) < 0) {
		r = error_set(err, errno, "listen on " POSTERN_ADMIN_SOCKET);
		admin_free(a);
		return r;
	}
	r = sd_event_add_io(s->loop, &a->source, a->listener, EPOLLIN, on_listener, a);
	if (r < 0) {
		admin_free(a);
		return error_set(err, r, "watch " POSTERN_ADMIN_SOCKET);
	}
	denials_follow(s->denials, on_denial, a);
	*ret = a;
	return 0;
}

void admin_free(struct admin *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < READERS_MAX; i++)
		if (a->readers[i].fd >= 0)
			reader_close(&a->readers[i]);
	sd_event_source_disable_unref(a->source);
	if (a->listener >= 0)
		(void)close(a->listener);
	free(a);
}
