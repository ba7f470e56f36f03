/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Serving one record of one client: read, run, answer. */
#ifndef POSTERN_HELPER_SERVE_H
#define POSTERN_HELPER_SERVE_H

#include "helper/connection.h"
#include "helper/message.h"
#include "helper/page.h"
#include "helper/passed.h"

/* What serving calls takes; made once, so that a call allocates nothing, unless it is of several
 * records and the one before was not. It stays where it is. */
struct server {
	struct invocation_target target;
	unsigned char *record; /* POSTERN_RECORD_MAX + 1 bytes: one more shows that a record is too
				  long, and is room for a text's NUL */
	struct postern_value *values; /* WIRE_VALUES_MAX, untouched until they are needed */
	size_t most;		      /* bytes that a CALL's payload may have */
	struct invocation_reply reply;
	size_t descriptors; /* that the signature takes */
	struct passed passed;
	struct message message; /* of several records; its memory is kept for the next one */
	bool secret;		/* it is not, since arguments are secret */
	uid_t last;		/* whose call was the last one; of no meaning before the first */
};

int server_begin(struct server *s, const struct manifest *m, size_t entrypoint,
		 postern_function function, struct error *err);

/*
 * Reads one record and answers it. Returns 1 when it was answered, 0 when there was none (the event
 * was for nothing), or a negative errno, after which the connection is to be closed: -ENOTCONN the
 * client closed it, -EBADMSG it broke the protocol and was told so, -EAGAIN it does not read its
 * answers, -ETIMEDOUT it did not send all of a call in time and was told so, others; or -EBADFD:
 * the function closed the worker's own descriptors, so that the worker has to end, and the one who
 * sees it end answers.
 */
int server_serve(struct server *s, const struct connection *c);

/* How long to wait for the next call, at most, before server_rest(): ms, -1: without end. */
int server_patience(const struct server *s);
/* Nobody called meanwhile: gives back what was kept ready for a call. */
void server_rest(struct server *s);

/* Sends OPENED. Returns 0 or a negative errno as above. */
int server_open(struct server *s, const struct connection *c);

#endif
