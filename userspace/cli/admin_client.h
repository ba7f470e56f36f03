/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asking the supervisor over its admin socket (lib/admin.h). */
#ifndef POSTERN_CLI_ADMIN_CLIENT_H
#define POSTERN_CLI_ADMIN_CLIENT_H

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"
#include "lib/admin.h"

/* How long posternd may take for the next record of an answer. */
#define ADMIN_WAIT_MS 5000

/*
 * Connects and asks. path: NULL for POSTERN_ADMIN_SOCKET. Returns an owned fd, or a negative errno
 * with the next step as the hint.
 */
int admin_ask(const char *path, enum admin_ask ask, uint32_t flags, struct error *err);

/* The same with names of contexts behind the request. -E2BIG: they are too long. */
int admin_ask_names(const char *path, enum admin_ask ask, char *const *names, size_t names_len,
		    struct error *err);

/*
 * Waits for the next record. timeout_ms: -1 without an end. mask: signals while it waits, as
 * ppoll(2) takes them; NULL: as they are. watch: a descriptor whose hanging up ends the wait
 * (-1: none). Returns 1 with the record, whose texts all end; 0 when posternd closed; or a negative
 * errno: -EINTR, -EPIPE when `watch` hung up, -ETIMEDOUT, -EBADMSG for what is no record.
 */
int admin_next(int fd, int timeout_ms, const sigset_t *mask, int watch, struct admin_record *ret);

/* Says what went wrong with an answer: r as admin_next() returned it, 0 or negative; or, with an
 * ADMIN_REFUSED, the record. Returns an enum cli_exit. */
int admin_said(int r, const struct admin_record *record);

/* Does somebody listen at this socket? */
bool admin_listens(const char *path);

/* The word for an enum admin_state. */
const char *admin_state_name(uint32_t state);

#endif
