/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages of several records, at a worker's end of a connection. */
#ifndef POSTERN_HELPER_MESSAGE_H
#define POSTERN_HELPER_MESSAGE_H

#include "helper/connection.h"

/* The payloads of a message's records, put together. Its memory can be used for the next message as
 * well. */
struct message {
	uint8_t *payload; /* with room for a byte behind */
	size_t len;
	uint8_t *memory; /* NULL: none */
	size_t size;
};

/*
 * Puts a CALL together. first: its first record, whose header says that more follow, and len its
 * length. most: bytes that the payload may have, the same in all uses of a message. until:
 * CLOCK_MONOTONIC ns, when to give up. m: what it takes is its own afterwards, whatever it returns.
 *
 * Returns 0; -E2BIG when it is longer, -EBADMSG when what follows does not go on with it,
 * -ETIMEDOUT, -ENOTCONN at the end of the stream, -ENOMEM, or another negative errno.
 */
int message_receive(const struct connection *c, const void *first, size_t len, size_t most,
		    uint64_t until, struct message *m);

/* Gives the message's memory back, but for a bounded part, in which the next message finds its
 * pages ready. */
void message_end(struct message *m);
/* Gives all of it back. */
void message_clear(struct message *m);

/*
 * Sends a message, by as many records as it takes. data: its header and payload, which is
 * overwritten when there are several. Waits for the client to read, until then, only between the
 * records of one message. Returns 0, -EAGAIN when the client does not read, or a negative errno.
 */
int message_send(const struct connection *c, void *data, size_t len, uint64_t until);

#endif
