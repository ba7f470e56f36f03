/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What clients do to connections that a worker serves. */
#ifndef POSTERN_SUPERVISOR_CLIENTS_H
#define POSTERN_SUPERVISOR_CLIENTS_H

#include "supervisor/supervisor.h"

/* A worker serves the connection from here on, or does no more: then it is watched. */
void connection_served(struct connection *conn, struct worker *w);
void connection_waits(struct connection *conn);

/* On the coarse timer: closes connections whose clients have gone, and sees who cancelled, where
 * the worker cannot because it is in a call. */
void clients_look(struct context *c);

/* Closes all connections whose clients have gone, so that they do not count. */
void clients_forget_gone(struct context *c);

#endif
