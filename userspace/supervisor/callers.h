/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who calls. */
#ifndef POSTERN_SUPERVISOR_CALLERS_H
#define POSTERN_SUPERVISOR_CALLERS_H

#include "supervisor/supervisor.h"

/* Reads the peer's credentials from the kernel into the connection. Any failure is a refusal. */
int caller_identify(struct connection *conn, struct error *err);
bool caller_listed(const struct manifest *m, const struct connection *conn);

#endif
