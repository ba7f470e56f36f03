/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The client connections that a worker serves. */
#ifndef POSTERN_HELPER_CONNECTION_H
#define POSTERN_HELPER_CONNECTION_H

#include <sys/epoll.h>

#include "base/error.h"
#include "helper/invocation.h"
#include "lib/control.h"

/* A user with connections to this worker. */
struct client {
	struct client *next;
	uint32_t uid;
	size_t connections;
	uint64_t turn; /* of its last call; larger is later */
};

struct connection {
	struct connection *next, *previous;
	struct client *client;
	uint64_t turn; /* likewise */
	int fd;
	uint64_t id; /* the supervisor's number */
	struct invocation_caller caller;
	uint32_t groups[CONTROL_GROUPS_MAX]; /* what caller.groups points to */
	bool busy;			     /* isolation: call: a process of a call has it */
	bool shut; /* by the supervisor: what is unread is the last, and is to be served */
};

/* All connections of a worker, and an epoll that watches those that may be read from. */
struct connections {
	struct connection *first;
	size_t len;
	size_t most; /* more are refused */
	struct client *clients;
	uint64_t turn; /* the last one that was had */
	int epoll;
	int channel; /* to the supervisor */
};

/* most: the manifest's limit. Returns 0 or a negative errno. */
int connections_begin(struct connections *all, int channel, size_t most, struct error *err);

/* Are there `most`, maybe with some that are closed at the other end? */
bool connections_full(const struct connections *all);

/*
 * Takes a SERVE record's connection; fd is owned from here on, also on failure. Returns 0 and the
 * connection, watched; or a negative errno, -EUSERS when there are `most` already: then the
 * supervisor was told CLOSED, and the client BUSY.
 */
int connections_add(struct connections *all, const struct control_record *serve, int fd,
		    struct connection **ret);

/* Stops watching, and starts again. Returns 0 or a negative errno. */
int connections_watch(struct connections *all, struct connection *c, bool watch);

/*
 * Closes a connection, frees it, and tells the supervisor CLOSED with `status` (0: the client
 * closed it; -EBADMSG, -EAGAIN...: why the worker did). Returns 0, or a negative errno when the
 * supervisor could not be told: then the worker ends.
 */
int connections_close(struct connections *all, struct connection *c, int status);

/* Have several users connections? Then who is ready takes turns (connection_turns.c). */
bool connections_shared(const struct connections *all);

/* Notes who has a connection, or has one less. Returns 0 or -ENOMEM. */
int connections_client_add(struct connections *all, struct connection *c);
void connections_client_remove(struct connections *all, struct connection *c);

/*
 * Whose turn is it, of those that are ready? The user's who waits longest since its last call, and
 * of that user's connections the one that does: so a user with many connections has no more calls
 * than one with one. Notes the turn as had. events: with a connection or NULL each, which is passed
 * over. Returns one of them, or NULL.
 */
struct epoll_event *connections_turn(struct connections *all, struct epoll_event *events,
				     size_t len);

/* events: as epoll_wait(2) gives them. Did the client take back what it may have sent: is its
 * sending side shut down, and does it still read? */
bool connection_cancelled(const struct connection *c, uint32_t events);

/* Answers `cancelled`, and closes it as connections_close() does. */
int connections_cancel(struct connections *all, struct connection *c);

/* Lets go of a connection that somebody else serves on: it is not shut down, and nothing that lies
 * in it is read. */
void connections_forget(struct connections *all, struct connection *c);

/* Sends a record to the client without ever waiting for it. Returns 0 or a negative errno, which
 * means that the client is gone or does not read its answers. */
int connection_send(const struct connection *c, const void *record, size_t len);

/* Takes one record, if there is one. to: room for POSTERN_RECORD_MAX + 1 bytes. Returns its length,
 * which is more than that when it was cut; 0 at the end of the stream; or a negative errno, -EAGAIN
 * when there is none. */
ssize_t connection_receive(const struct connection *c, void *to);

/* connection_send() for what may be lost: -EAGAIN when the client has so much unread that there
 * would be no room for a last line and the answer behind it. */
int connection_send_log(const struct connection *c, const void *record, size_t len);

#endif
