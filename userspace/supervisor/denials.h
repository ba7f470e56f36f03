/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Denials: taken from the kernel's ring, explained by the manifest, logged, kept, and handed to who
 * follows them. */
#ifndef POSTERN_SUPERVISOR_DENIALS_H
#define POSTERN_SUPERVISOR_DENIALS_H

#include "lib/admin.h"
#include "supervisor/supervisor.h"

#define DENIALS_KEPT 256

/* Called with each denial after it was kept. */
typedef void (*denials_follow_fn)(void *userdata, const struct admin_record *denial);

/* Opens the ring and watches it. */
int denials_start(struct supervisor *s, struct error *err);
void denials_free(struct denials *d);

/* Says in the log what it owes: how many denials it left out, and how many found no room in the
 * ring. To be called now and then. */
void denials_look(struct denials *d);

/* The i-th of those kept, oldest first; NULL behind the last. */
const struct admin_record *denials_kept(const struct denials *d, size_t i);

void denials_follow(struct denials *d, denials_follow_fn follow, void *userdata);

#endif
