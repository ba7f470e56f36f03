/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libpostern-testing: connections that lead to functions of this process.
 *
 * Stands in for lib/client_connection.c and lib/client_transfer.c: all else of the client is
 * libpostern's own. A CALL is answered while it is sent, and what a worker would have sent waits to
 * be received. There is no socket, so that nothing here can reach a posternd.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "helper/passed.h"
#include "lib/client.h"
#include "testing/in_process.h"

struct waiting {
	struct waiting *next;
	size_t len;
	uint8_t record[];
};

/* A connection, and what is to come from it. */
struct local_connection {
	const struct postern_testing *testing;
	struct testing_entrypoint *entrypoint;
	struct waiting *first, **end;
	struct client_connection c;
};

uint64_t client_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static struct local_connection *local_of(struct client_connection *c)
{
	return (struct local_connection *)(void *)((char *)c -
						   offsetof(struct local_connection, c));
}

static int enqueue(struct local_connection *l, const void *record, size_t len)
{
	struct waiting *w = malloc(sizeof(*w) + len);

	if (!w)
		return -ENOMEM;
	w->next = NULL;
	w->len = len;
	memcpy(w->record, record, len);
	*l->end = w;
	l->end = &w->next;
	return 0;
}

static void waiting_free(struct waiting *w)
{
	explicit_bzero(w->record, w->len); /* it may be a secret */
	free(w);
}

static int enqueue_log(const void *userdata, const void *record, size_t len, bool last UNUSED)
{
	struct local_connection *const *l = userdata;

	return enqueue(*l, record, len);
}

/* A function gets copies, as a worker does, and they are closed behind it. */
static int fds_copy(const struct client_fds *from, struct passed *to)
{
	for (size_t i = 0; from && i < from->len; i++) {
		int fd = fcntl(from->fds[i], F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return -errno;
		to->fds[to->len++] = fd;
	}
	return 0;
}

/* Not by passed_close(), which would close the test's own. */
static void fds_close(struct client_connection *c, struct passed *p)
{
	for (size_t i = 0; i < p->len; i++)
		(void)close(p->fds[i]);
	if (p->has_result)
		c->came = p->result + 1;
}

static int answer(struct client_call *call, struct local_connection *l, const void *message,
		  size_t len)
{
	struct invocation_reply reply = {
		.record = malloc(POSTERN_RECORD_MAX),
		.most = WIRE_PAYLOAD_MAX,
	};
	struct passed passed = {};
	int r;

	if (!reply.record)
		return -ENOMEM;
	r = fds_copy(l->c.fds, &passed);
	if (r == 0)
		r = testing_run(l->testing, l->entrypoint, message, len, call->deadline, &passed,
				enqueue_log, &l, &reply);
	fds_close(&l->c, &passed);
	if (r == 0) {
		r = enqueue(l, invocation_reply_data(&reply), reply.len);
		explicit_bzero(invocation_reply_data(&reply), reply.len);
	}
	invocation_reply_clear(&reply);
	free(reply.record);
	return r;
}

/* There are no records here: a message is one piece, however long it is. */
int client_send_call(struct client_call *call, struct client_connection *c,
		     const struct postern_header *header, const struct client_payload *payload,
		     bool *ret_whole)
{
	const struct postern_header le = {
		.type = htole16(header->type),
		.flags = htole16(header->flags),
		.call = htole64(header->call),
		.deadline = htole64(header->deadline),
	};
	size_t len = sizeof(le) + payload->len;
	uint8_t *message = malloc(len + WIRE_HEAD_MAX);
	int r;

	*ret_whole = true;
	if (!message)
		return -ENOMEM;
	memcpy(message, &le, sizeof(le));
	client_payload_write(payload, message + sizeof(le));
	r = answer(call, local_of(c), message, len);
	explicit_bzero(message, len);
	free(message);
	return r;
}

bool client_receive_nil(struct client_call *call UNUSED, struct client_connection *c UNUSED)
{
	return false;
}

int client_receive(struct client_call *call UNUSED, struct client_connection *c,
		   struct client_message *ret)
{
	struct local_connection *l = local_of(c);
	struct waiting *w = l->first;
	struct client_message m = {.payload = c->record + sizeof(m.header)};
	int r;

	if (!w)
		return 0;
	r = wire_header(w->record, w->len, &m.header);
	if (r < 0)
		return r;
	if (w->len > POSTERN_RECORD_MAX) {
		m.large = malloc(w->len + 1);
		if (!m.large)
			return -ENOMEM;
		m.payload = m.large + sizeof(m.header);
	}
	m.len = w->len - sizeof(m.header);
	memcpy(m.payload, w->record + sizeof(m.header), m.len);
	if (!m.large)
		c->used = MAX_OF(c->used, w->len);
	l->first = w->next;
	if (!l->first)
		l->end = &l->first;
	waiting_free(w);
	*ret = m;
	return 1;
}

/* None is ever idle. */
bool client_connection_alive(const struct client_connection *c UNUSED)
{
	return false;
}

void client_connection_close(struct client_connection *c)
{
	struct local_connection *l;

	if (!c)
		return;
	client_pool_forget(c);
	l = local_of(c);
	while (l->first) {
		struct waiting *w = l->first;

		l->first = w->next;
		waiting_free(w);
	}
	(void)client_fd_drop(c);
	explicit_bzero(c->record, c->used);
	free(l);
}

/* What posternd looks at before it gives a connection to a worker, callers left out. */
static int check_network(const struct client_call *call, const struct manifest *m)
{
	const char *name = call->p->network, *misfit;

	if (!manifest_network_template(m)) {
		if (!name)
			return 0;
		return client_fail(call->failure, POSTERN_BAD_ARGUMENT, EINVAL, NULL,
				   "context %s takes no network namespace's name", m->name);
	}
	if (!name)
		return client_fail(call->failure, POSTERN_BAD_ARGUMENT, EINVAL,
				   "postern_new_network()",
				   "context %s wants the name of a network namespace", m->name);
	misfit = manifest_network_misfit(m, name);
	if (misfit)
		return client_fail(call->failure, POSTERN_BAD_ARGUMENT, EINVAL, NULL,
				   "network %s: expected %s", name, misfit);
	return 0;
}

static int no_entrypoint(const struct client_call *call, const struct manifest *m)
{
	char hint[REPLY_MESSAGE_MAX] = "it has:";
	size_t used = strlen(hint);

	for (size_t i = 0; i < m->entrypoints_len && used < sizeof(hint); i++)
		used += (size_t)snprintf(hint + used, sizeof(hint) - used, " %s",
					 m->entrypoints[i].name);
	return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ENOENT, hint,
			   "context %s has no entrypoint %s", m->name, call->entrypoint);
}

/* The signature that a worker would tell. */
static int open_entrypoint(const struct client_call *call, struct local_connection *l)
{
	const struct invocation_target target = {
		.context = l->testing->manifest->name,
		.entrypoint = l->entrypoint->manifest,
	};
	size_t len = invocation_opened(&target, l->c.record);
	struct postern_header h;
	int r;

	l->c.used = len;
	r = wire_header(l->c.record, len, &h);
	if (r == 0 && h.type != POSTERN_OPENED)
		r = -EBADMSG;
	if (r < 0)
		return r;
	r = client_pool_signature(call->p, l->c.record + sizeof(h), len - sizeof(h),
				  &l->c.signature);
	if (r == 0)
		l->c.takes_fd = l->c.signature->opened.signature.result == REPLY_TYPE_FD;
	return r;
}

static int connection_new(const struct client_call *call, const struct postern_testing *t,
			  struct testing_entrypoint *e, struct client_connection **ret)
{
	struct local_connection *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ENOMEM, NULL,
				   "out of memory");
	l->testing = t;
	l->entrypoint = e;
	l->end = &l->first;
	l->c.fd = -EBADF;
	/* No process's: it is not kept for a next call, which may be another context's. */
	l->c.process = 0;
	(void)memcpy(l->c.entrypoint, call->entrypoint, strlen(call->entrypoint));
	r = open_entrypoint(call, l);
	if (r == 0) {
		*ret = &l->c;
		return 0;
	}
	client_connection_close(&l->c);
	return client_fail(call->failure, POSTERN_NOT_AVAILABLE, -r, NULL,
			   "the signature of %s cannot be told", call->entrypoint);
}

int client_connect(struct client_call *call, struct client_connection **ret)
{
	const struct postern_testing *t = testing_find(call->p->context);
	struct testing_entrypoint *e;
	int r;

	if (!t)
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ENOENT,
				   "this program is linked with libpostern-testing: make the "
				   "context by postern_testing_new(), or link with libpostern",
				   "there is no context %s in this process", call->p->context);
	r = check_network(call, t->manifest);
	if (r < 0)
		return r;
	e = testing_entrypoint(t, call->entrypoint);
	if (!e)
		return no_entrypoint(call, t->manifest);
	return connection_new(call, t, e, ret);
}
