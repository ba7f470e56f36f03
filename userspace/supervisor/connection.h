/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Clients' connections. */
#ifndef POSTERN_SUPERVISOR_CONNECTION_H
#define POSTERN_SUPERVISOR_CONNECTION_H

#include "supervisor/supervisor.h"

int connection_accept(sd_event_source *source, int fd, uint32_t events, void *context);

/* Takes a connection that an earlier supervisor gave to the worker. fd: taken over. */
void connection_adopt(struct worker *w, int fd, const struct postern_admission *admission);
struct connection *connection_find(struct context *c, uint64_t number);

/* How many a context has of callers who are listed. uid: of that user; NULL: of all. */
unsigned connections_count(const struct context *c, const uid_t *uid);

/* Sends an ERROR; call 0 concerns the connection. Never waits: a client that does not read loses
 * it. */
void connection_error(struct connection *conn, uint64_t call, enum postern_code code,
		      const char *message, const char *hint, int signal);
/* Sends a LOG record, unless so much is unread that an ERROR would find no room behind it. */
void connection_log(struct connection *conn, uint64_t call, int level, const char *text);
void connection_close(struct connection *conn);

/* Refuses it, and closes it. hint may be NULL. */
void connection_refuse(struct connection *conn, enum postern_code code, const char *message,
		       const char *hint);

/* Says of how many callers who are not listed the log was not told, now and then. */
void connections_log_look(struct context *c);

/* Makes it another context's. */
void connection_move(struct connection *conn, struct context *to);

#endif
