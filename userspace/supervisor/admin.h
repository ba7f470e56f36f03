/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The admin socket: answers `postern status` and `postern log`. */
#ifndef POSTERN_SUPERVISOR_ADMIN_H
#define POSTERN_SUPERVISOR_ADMIN_H

#include "lib/admin.h"
#include "supervisor/supervisor.h"

struct admin;

/* Listens on POSTERN_ADMIN_SOCKET. ret: set on success only; free with admin_free(). */
int admin_start(struct supervisor *s, struct admin **ret, struct error *err);
void admin_free(struct admin *a);

/* Records that wait to be sent to one reader. */
struct admin_queue {
	struct admin_record *records;
	size_t len, room;
};

/* Appends a record. Returns 0 or -ENOMEM. */
int admin_queue_add(struct admin_queue *q, const struct admin_record *record);

/* status.c: the whole status as records, ended by ADMIN_END. */
int status_records(const struct supervisor *s, struct admin_queue *q);

/* status.c: a record for each hook, ended by ADMIN_END. */
int hooks_records(const struct supervisor *s, struct admin_queue *q);

#endif
