/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entrypoints that make and remove network namespaces: the supervisor serves them itself.
 *
 * Their calls carry nothing: the name came with OPEN. So a call's record is of fixed size, a header
 * and an empty list, and nothing of it is parsed.
 */
#ifndef POSTERN_SUPERVISOR_NETWORK_SERVE_H
#define POSTERN_SUPERVISOR_NETWORK_SERVE_H

#include "supervisor/supervisor.h"

/* Answers an OPEN whose entrypoint, name and caller were checked. */
void network_serve_open(struct connection *conn);

/* Takes one record. The connection may be closed by this. */
void network_serve_call(struct connection *conn);

/* The last process of an instance is gone. */
void network_serve_ended(struct supervisor *s, const char *context, const char *network);

#endif
