/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages of several records, at a worker's end of a connection. */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "helper/message.h"
#include "helper/page.h"
#include "lib/wire.h"

#define HEAD	     sizeof(struct postern_header)
#define PART_MAX     (POSTERN_RECORD_MAX - HEAD)
#define NS_PER_MS    UINT64_C(1000000)
#define WAIT_MS_MOST 60000
/* Memory of a message that is kept for the next one: whole pages. */
#define KEPT_MAX ((size_t)2 * 1024 * 1024)

/* Returns 0 when it may be tried again, or -ETIMEDOUT, or a negative errno. */
static int wait_for(const struct connection *c, short events, uint64_t until)
{
	struct pollfd p = {.fd = c->fd, .events = events};
	uint64_t now = page_now(), ms;

	if (now >= until)
		return -ETIMEDOUT;
	ms = (until - now) / NS_PER_MS + 1;
	if (poll(&p, 1, (int)MIN_OF(ms, (uint64_t)WAIT_MS_MOST)) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static int next_record(const struct connection *c, uint8_t *to, uint64_t until, size_t *ret_len)
{
	for (;;) {
		ssize_t n = connection_receive(c, to);
		int r;

		if (n > POSTERN_RECORD_MAX)
			return -EBADMSG;
		if (n == 0)
			return -ENOTCONN;
		if (n > 0) {
			*ret_len = (size_t)n;
			return 0;
		}
		if (n != -EAGAIN)
			return (int)n;
		r = wait_for(c, POLLIN, until);
		if (r < 0)
			return r;
	}
}

/* One record behind what is there. It is received so that its payload comes to lie where it
 * belongs: its header stands for a moment in place of the last bytes before. */
static int append(const struct connection *c, struct message *m, struct postern_header *header,
		  uint64_t until)
{
	uint8_t covered[HEAD], *at = m->payload + m->len - HEAD;
	struct postern_header h;
	size_t n = 0;
	int r;

	memcpy(covered, at, HEAD);
	r = next_record(c, at, until, &n);
	if (r < 0)
		return r;
	if (wire_header(at, n, &h) < 0 || h.type != header->type || h.call != header->call ||
	    h.deadline || h.flags & ~POSTERN_MORE || n == HEAD)
		return -EBADMSG;
	memcpy(at, covered, HEAD);
	m->len += n - HEAD;
	header->flags = h.flags;
	return 0;
}

/* What no byte comes for takes no memory. */
static int room_make(struct message *m, size_t size)
{
	void *memory;

	if (m->memory)
		return 0;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	m->memory = memory;
	m->size = size;
	return 0;
}

int message_receive(const struct connection *c, const void *first, size_t len, size_t most,
		    uint64_t until, struct message *m)
{
	struct postern_header header;
	int r = wire_header(first, len, &header);

	if (r < 0)
		return r;
	if (most <= PART_MAX || len - HEAD > most)
		return -E2BIG;
	if (len == HEAD)
		return -EBADMSG;
	r = room_make(m, HEAD + most + POSTERN_RECORD_MAX + 1);
	if (r < 0)
		return r;
	m->payload = m->memory + HEAD;
	m->len = len - HEAD;
	memcpy(m->memory, first, len);
	while (r == 0 && header.flags & POSTERN_MORE) {
		r = append(c, m, &header, until);
		if (r == 0 && m->len > most)
			r = -E2BIG;
	}
	return r;
}

void message_end(struct message *m)
{
	/* A record that was too much lies behind what counts. */
	size_t used = HEAD + m->len + POSTERN_RECORD_MAX + 1;

	if (!m->memory || used <= KEPT_MAX || m->size <= KEPT_MAX)
		return;
	if (madvise(m->memory + KEPT_MAX, m->size - KEPT_MAX, MADV_DONTNEED) < 0)
		message_clear(m);
}

void message_clear(struct message *m)
{
	if (m->memory)
		(void)munmap(m->memory, m->size);
	*m = (struct message){};
}

static int send_part(const struct connection *c, const void *record, size_t len, uint64_t until)
{
	for (;;) {
		int r = connection_send(c, record, len);

		if (r != -EAGAIN)
			return r;
		r = wait_for(c, POLLOUT, until);
		if (r < 0)
			return r == -ETIMEDOUT ? -EAGAIN : r;
	}
}

int message_send(const struct connection *c, void *data, size_t len, uint64_t until)
{
	struct postern_header header;
	uint8_t *at = data;

	if (len <= POSTERN_RECORD_MAX)
		return connection_send(c, data, len);
	memcpy(&header, data, HEAD);
	len -= HEAD;
	while (len > 0) {
		size_t part = MIN_OF(len, PART_MAX);
		int r;

		len -= part;
		/* In place of the last bytes of the part before, which was sent. */
		header.flags = htole16(len > 0 ? POSTERN_MORE : 0);
		memcpy(at, &header, HEAD);
		r = send_part(c, at, HEAD + part, until);
		if (r < 0)
			return r;
		at += part;
	}
	return 0;
}
