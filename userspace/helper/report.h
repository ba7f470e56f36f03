/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a set-up child or helper tells the supervisor, and the answers that it waits for. */
#ifndef POSTERN_HELPER_REPORT_H
#define POSTERN_HELPER_REPORT_H

#include "base/error.h"
#include "lib/control.h"

/* Sends a record that has nothing but its type, and up to one descriptor (-1: none). Returns 0 or
 * a negative errno. */
int report_send(enum control_type type, int fd, struct error *err);

/* Waits for one record of that type and refuses any other, and any descriptor with it: the
 * supervisor says nothing else at that point. Returns 0 or a negative errno; -EPIPE when the
 * supervisor is gone. */
int report_expect(enum control_type type, const char *what, struct error *err);

/* Tells the supervisor and the log why the start failed. The caller exits next. */
void report_failure(const struct error *err);

#endif
