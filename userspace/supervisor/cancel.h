/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls that their clients take back. */
#ifndef POSTERN_SUPERVISOR_CANCEL_H
#define POSTERN_SUPERVISOR_CANCEL_H

#include "supervisor/supervisor.h"

/*
 * The client shut its sending side down, and reads on: what it called is to end. Ends it now if it
 * is seen to be under way, or by cancel_look(). The connection may be gone afterwards.
 */
void cancel_asked(struct connection *conn);

/* On the coarse timer: the connections of the context whose call is to end. */
void cancel_look(struct context *c);

/* Answers `cancelled` on a connection whose call nobody runs, and closes it. call: 0 when its
 * number is not known. */
void cancel_answer(struct connection *conn, uint64_t call);

#endif
