/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a helper remembers of its workers. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/text.h"
#include "helper/children.h"

int children_prepare(struct children *all)
{
	struct child *grown = reallocarray(all->items, all->len + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	all->items = grown;
	return 0;
}

void children_add(struct children *all, const struct child *child)
{
	all->items[all->len++] = *child;
}

static void forget(struct children *all, size_t i)
{
	if (all->items[i].channel >= 0)
		(void)close(all->items[i].channel);
	output_clear(&all->items[i].output);
	all->items[i] = all->items[--all->len];
}

/* The workers go on without a supervisor; the next one is waited for. */
static int say(struct children *all, const struct control_record *record, const int *fds,
	       size_t fds_len, const char *what, struct error *err)
{
	int r = all->away ? -EPIPE : control_send(CONTROL_FD_SUPERVISOR, record, fds, fds_len, 0);

	if (r == -EPIPE || r == -ECONNRESET) {
		all->away = true;
		return 0;
	}
	return r < 0 ? error_set(err, r, "tell %s", what) : 0;
}

int children_tell_spawned(struct children *all, const struct child *child, enum control_type type,
			  int pidfd, struct error *err)
{
	const struct control_record record = {
		.type = type,
		.worker = child->worker,
		.entrypoint = child->entrypoint,
		.slot = child->slot,
		.pid = child->pid,
	};
	const int fds[] = {pidfd, child->channel};

	return say(all, &record, fds, 2, "SPAWNED", err);
}

int children_tell_exited(struct children *all, const struct child *child, const char *text,
			 struct error *err)
{
	struct control_record record = {
		.type = CONTROL_EXITED,
		.worker = child->worker,
		.entrypoint = child->entrypoint,
		.status = child->status,
	};

	(void)snprintf(record.text, sizeof(record.text), "%s", text);
	return say(all, &record, NULL, 0, "EXITED", err);
}

/* Those that ended and were not told yet. */
static int tell_ended(struct children *all, struct error *err)
{
	for (size_t i = 0; i < all->len;) {
		int r;

		if (!all->items[i].ended) {
			i++;
			continue;
		}
		r = children_tell_exited(all, &all->items[i], "", err);
		if (r < 0 || all->away)
			return r;
		forget(all, i);
	}
	return 0;
}

struct last_words {
	struct children *all;
	const struct child *child;
	int said; /* what telling the supervisor came to */
	struct error *err;
};

/* To the journal, and by way of the supervisor to the client whose call it was, if that wants it.
 */
static void last_words(void *userdata, int level, const char *text, size_t len)
{
	struct control_record record = {.type = CONTROL_SAID, .status = level};
	struct last_words *l = userdata;
	const struct child *c = l->child;
	int part;

	output_journal(STDERR_FILENO, l->all->manifest->entrypoints[c->entrypoint].name, level,
		       text);
	if (l->said < 0 || l->all->away || level > c->output.area->wanted)
		return;
	record.worker = c->worker;
	for (; len > 0 && l->said == 0; len -= (size_t)part, text += part) {
		part = (int)text_cut(text, len, sizeof(record.text) - 1);
		(void)snprintf(record.text, sizeof(record.text), "%.*s", part, text);
		l->said = say(l->all, &record, NULL, 0, "SAID", l->err);
	}
}

static int ended(struct children *all, struct child *c, int status, struct error *err)
{
	struct last_words l = {.all = all, .child = c, .err = err};

	c->ended = true;
	c->status = status;
	if (output_waits(&c->output))
		output_take(&c->output, last_words, &l);
	return l.said;
}

/* Children of the module's, and orphans of the whole pid namespace, end here too: reaped, and
 * nobody's business. */
int children_reap(struct children *all, struct error *err)
{
	int status, r = 0;
	pid_t pid;

	while (r == 0 && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < all->len; i++) {
			if (all->items[i].pid != pid || all->items[i].ended)
				continue;
			r = ended(all, &all->items[i], status, err);
			break;
		}
	}
	return r < 0 ? r : tell_ended(all, err);
}

static int tell_kept(struct children *all, struct error *err)
{
	struct control_record hello = {.type = CONTROL_HELLO, .flags = CONTROL_VERSION};
	const int log = CONTROL_FD_LOG;
	int r;

	for (size_t i = 0; i < all->len; i++)
		hello.slots += !all->items[i].ended;
	r = say(all, &hello, &log, 1, "HELLO", err);
	for (size_t i = 0; i < all->len && r == 0 && !all->away; i++) {
		cleanup_close int pidfd = -EBADF;

		if (all->items[i].ended)
			continue;
		/* Not reaped: the number is its own. */
		pidfd = (int)syscall(SYS_pidfd_open, all->items[i].pid, 0);
		if (pidfd < 0)
			return error_set(err, errno, "open a worker's pidfd");
		r = children_tell_spawned(all, &all->items[i], CONTROL_KEPT, pidfd, err);
	}
	return r;
}

int children_adopt(struct children *all, struct error *err)
{
	const struct control_record end = {.type = CONTROL_THAT_IS_ALL};
	cleanup_close int fd = accept4(CONTROL_FD_LISTENER, NULL, NULL, SOCK_CLOEXEC);
	int r;

	/* It may have gone again. */
	if (fd < 0)
		return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED
			       ? 0
			       : error_set(err, errno, "accept a supervisor");
	if (dup3(fd, CONTROL_FD_SUPERVISOR, O_CLOEXEC) < 0)
		return error_set(err, errno, "take a supervisor's connection");
	all->away = false;
	r = tell_kept(all, err);
	if (r == 0)
		r = tell_ended(all, err);
	return r < 0 ? r : say(all, &end, NULL, 0, "THAT_IS_ALL", err);
}

void children_clear(struct children *all)
{
	while (all->len > 0)
		forget(all, all->len - 1);
	free(all->items);
	all->items = NULL;
}
