/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libpostern: idle connections and known signatures of a handle.
 *
 * One lock for all handles, held for a few pointers' worth of work, never during a system call that
 * could wait. It is taken around fork(), so that the child of a threaded program finds it free and
 * the lists whole; that is why it is not one lock for each handle.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/client.h"

#define CALLED_FRESH_NS UINT64_C(1000000)

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t pool_once = PTHREAD_ONCE_INIT;
static int pool_ready = -ENOMEM;

/* Who is alone takes no lock, and nobody comes to be before it leaves. What was taken is given back
 * by what is noted, since a child of fork() is alone. */
static bool pool_taken;

static void pool_enter(void)
{
	if (__libc_single_threaded)
		return;
	(void)pthread_mutex_lock(&pool_lock);
	pool_taken = true;
}

static void pool_leave(void)
{
	if (!pool_taken)
		return;
	pool_taken = false;
	(void)pthread_mutex_unlock(&pool_lock);
}

/*
 * This process's number, in a page that the kernel empties in every child that gets a copy of it
 * (madvise(2), MADV_WIPEONFORK), whichever call made the child. To look at it costs less than
 * getpid(), which is a system call.
 */
static uint64_t *process_page;
static uint64_t processes;

static int process_prepare(void)
{
	long size = sysconf(_SC_PAGESIZE);
	void *page;

	page = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	if (madvise(page, (size_t)size, MADV_WIPEONFORK) < 0)
		return -errno;
	process_page = page;
	return 0;
}

/* Of two threads that find it empty at once, the first one's number counts. */
uint64_t client_process(void)
{
	uint64_t n = __atomic_load_n(process_page, __ATOMIC_RELAXED), none = 0;

	if (n)
		return n;
	n = __atomic_add_fetch(&processes, 1, __ATOMIC_RELAXED);
	if (__atomic_compare_exchange_n(process_page, &none, n, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		return n;
	return none;
}

static void pool_prepare(void)
{
	pool_ready = process_prepare();
	if (pool_ready == 0)
		pool_ready = -pthread_atfork(pool_enter, pool_leave, pool_leave);
}

int client_pool_init(void)
{
	int r = pthread_once(&pool_once, pool_prepare);

	return r ? -r : pool_ready;
}

APART static void close_all(struct client_connection *c)
{
	while (c) {
		struct client_connection *next = c->next;

		client_connection_close(c);
		c = next;
	}
}

/* In a child, the connections that were inherited are the parent's: they are handed out to be
 * closed. */
static struct client_connection *pool_inherited(struct postern *p)
{
	struct client_connection *inherited = NULL;
	uint64_t process = client_process();

	if (p->process != process) {
		inherited = p->idle;
		p->idle = NULL;
		p->process = process;
	}
	return inherited;
}

static struct client_connection *pool_find(struct postern *p, const char *entrypoint)
{
	for (struct client_connection **at = &p->idle; *at; at = &(*at)->next) {
		struct client_connection *c = *at;

		if (strcmp(c->entrypoint, entrypoint) == 0) {
			*at = c->next;
			c->next = NULL;
			return c;
		}
	}
	return NULL;
}

static void use(struct postern *p, struct client_connection *c)
{
	c->user = p;
	c->previous = NULL;
	c->next = p->in_use;
	if (c->next)
		c->next->previous = c;
	p->in_use = c;
}

static void forget(struct client_connection *c)
{
	if (c->next)
		c->next->previous = c->previous;
	if (c->previous)
		c->previous->next = c->next;
	else
		c->user->in_use = c->next;
	c->user = NULL;
	c->next = c->previous = NULL;
}

void client_pool_use(struct postern *p, struct client_connection *c)
{
	pool_enter();
	use(p, c);
	pool_leave();
}

void client_pool_forget(struct client_connection *c)
{
	if (!c->user)
		return;
	pool_enter();
	forget(c);
	pool_leave();
}

bool client_cancelled(const struct client_call *call)
{
	return __atomic_load_n(&call->p->cancels, __ATOMIC_ACQUIRE) != call->cancels;
}

/* Under the lock, so that no descriptor is another file's by the time that it is shut down. In a
 * child, connections of the parent's calls are not its own. */
void postern_cancel(struct postern *p)
{
	uint64_t process;

	if (!p)
		return;
	process = client_process();
	pool_enter();
	(void)__atomic_add_fetch(&p->cancels, 1, __ATOMIC_RELEASE);
	for (struct client_connection *c = p->in_use; c; c = c->next) {
		if (c->process != process || c->fd < 0)
			continue;
		c->shut = true;
		(void)shutdown(c->fd, SHUT_WR);
	}
	pool_leave();
}

/*
 * Of one that served a call a moment ago the send tells whether it is still there. What may lie in
 * it all the same is an ERROR of call number 0, which says that the call was not begun
 * (docs/protocol.md, section 9).
 */
static bool fit(const struct client_call *call, const struct client_connection *c)
{
	return call->now - c->called < CALLED_FRESH_NS || client_connection_alive(c);
}

struct client_connection *client_pool_take(struct client_call *call)
{
	for (;;) {
		struct client_connection *inherited, *c;

		pool_enter();
		inherited = pool_inherited(call->p);
		c = pool_find(call->p, call->entrypoint);
		if (c)
			use(call->p, c);
		pool_leave();
		if (inherited)
			close_all(inherited);
		if (!c)
			return NULL;
		if (fit(call, c)) {
			c->reused = true;
			return c;
		}
		client_connection_close(c);
	}
}

static bool pool_has_room(const struct postern *p, const char *entrypoint)
{
	size_t len = 0;

	for (const struct client_connection *c = p->idle; c; c = c->next)
		len += strcmp(c->entrypoint, entrypoint) == 0;
	return len < CLIENT_IDLE_MAX;
}

void client_pool_put(struct postern *p, struct client_connection *c)
{
	bool kept = false;

	if (c->signature->secret)
		explicit_bzero(c->record, c->used);
	c->used = 0;
	pool_enter();
	if (c->user)
		forget(c);
	/* In a child that was forked during the call it is the parent's. */
	if (!c->shut && c->process == client_process() && pool_has_room(p, c->entrypoint)) {
		c->next = p->idle;
		p->idle = c;
		kept = true;
	}
	pool_leave();
	if (!kept)
		client_connection_close(c);
}

static const struct client_signature *signature_find(const struct postern *p, const void *payload,
						     size_t len)
{
	for (const struct client_signature *s = p->signatures; s; s = s->next)
		if (s->payload_len == len && memcmp(s->payload, payload, len) == 0)
			return s;
	return NULL;
}

static void signature_free(struct client_signature *s)
{
	reply_opened_clear(&s->opened);
	free(s->payload);
	free(s);
}

static bool fields_secret(const struct postern_parameter *fields, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (fields[i].secret)
			return true;
	return false;
}

bool client_parameter_secret(const struct postern_parameter *p)
{
	return p->secret || fields_secret(p->fields, p->fields_len);
}

static bool signature_secret(const struct postern_signature *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (client_parameter_secret(&s->parameters[i]))
			return true;
	return s->result_secret || fields_secret(s->result_fields, s->result_fields_len);
}

static int signature_new(const void *payload, size_t len, struct client_signature **ret)
{
	struct client_signature *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	r = reply_opened_read(payload, len, &s->opened);
	if (r == 0) {
		s->payload = malloc(len);
		r = s->payload ? 0 : -ENOMEM;
	}
	if (r < 0) {
		signature_free(s);
		return r;
	}
	memcpy(s->payload, payload, len);
	s->payload_len = len;
	s->secret = signature_secret(&s->opened.signature);
	*ret = s;
	return 0;
}

int client_pool_signature(struct postern *p, const void *payload, size_t len,
			  const struct client_signature **ret)
{
	const struct client_signature *known;
	struct client_signature *s;
	int r = 0;

	pool_enter();
	known = signature_find(p, payload, len);
	pool_leave();
	if (known) {
		*ret = known;
		return 0;
	}
	r = signature_new(payload, len, &s);
	if (r < 0)
		return r;
	pool_enter();
	known = signature_find(p, payload, len); /* another thread may have been faster */
	if (!known && p->signatures_len == CLIENT_SIGNATURES_MAX)
		r = -EBADMSG; /* a worker that says something else each time */
	if (!known && r == 0) {
		s->next = p->signatures;
		p->signatures = s;
		p->signatures_len++;
		known = steal_ptr(s);
	}
	pool_leave();
	if (s)
		signature_free(s);
	if (r == 0)
		*ret = known;
	return r;
}

void client_pool_clear(struct postern *p)
{
	struct client_signature *s;

	close_all(p->idle);
	p->idle = NULL;
	while ((s = p->signatures)) {
		p->signatures = s->next;
		signature_free(s);
	}
}
