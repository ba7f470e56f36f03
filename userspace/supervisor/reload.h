/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reload: all manifests are read anew and checked first, then each context that changed goes over
 * to its new policy at one moment. Calls under way finish under the one that they began with.
 *
 * One at a time; who orders one meanwhile gets the next.
 */
#ifndef POSTERN_SUPERVISOR_RELOAD_H
#define POSTERN_SUPERVISOR_RELOAD_H

#include "lib/admin.h"
#include "supervisor/reload_read.h"

/* Listens for SIGHUP. */
int reload_start(struct supervisor *s, struct error *err);
void reload_free(struct reload *r);

/* Called with each record of the answer; the last is ADMIN_END, with state ADMIN_FAILED when not
 * all that was asked for is in force now. */
typedef void (*reload_answer_fn)(void *userdata, const struct admin_record *record);

/*
 * Orders a reload. names: of contexts, NUL-separated, names_len bytes with the last NUL; none: all.
 * answer: NULL: nobody waits. Returns 0 or -ENOMEM.
 */
int reload_order(struct supervisor *s, const char *names, size_t names_len, reload_answer_fn answer,
		 void *userdata);

/* Whoever waits with that userdata went away. */
void reload_forget(struct supervisor *s, const void *userdata);

/* Is a reload, or a replacement of a helper, under way? */
bool reload_busy(const struct supervisor *s);

/* Begins the next one that waits, if there is one. */
void reload_next(struct supervisor *s);

/* Why the last reload changed nothing; NULL: it did not fail. */
const char *reload_failure(const struct supervisor *s);

#endif
