/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What instance.c and instance_end.c share. */
#ifndef POSTERN_SUPERVISOR_INSTANCE_PRIVATE_H
#define POSTERN_SUPERVISOR_INSTANCE_PRIVATE_H

#include "supervisor/instance.h"

/* Ends the instance that nobody has called for longest when there are as many as there may be.
 * Returns 1, or -EBUSY when all are in use. */
int instance_make_room(const struct context *template, struct error *err);

/* It was idle, or its network namespace was removed: it ends. */
void instance_end_idle(struct context *c, const char *why);
void instance_removed(struct context *c);

/* Those that waited for a network namespace. */
void instances_serve_all(struct supervisor *s);

#endif
