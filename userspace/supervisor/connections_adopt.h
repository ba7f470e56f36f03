/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections that an earlier supervisor gave to a worker. */
#ifndef POSTERN_SUPERVISOR_CONNECTIONS_ADOPT_H
#define POSTERN_SUPERVISOR_CONNECTIONS_ADOPT_H

#include "supervisor/supervisor.h"

/*
 * Takes a copy of each client connection that the worker holds and the context does not know. Which
 * of its sockets are such, by which number, is read from the kernel's notes (socket storage), which
 * only a supervisor writes; credentials come again from the socket.
 */
void connections_adopt(struct worker *w);

#endif
