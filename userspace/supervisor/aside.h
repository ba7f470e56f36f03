/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Work that may wait (for RCU, for a file system), done by a forked child: the event loop waits for
 * nothing. */
#ifndef POSTERN_SUPERVISOR_ASIDE_H
#define POSTERN_SUPERVISOR_ASIDE_H

#include "supervisor/supervisor.h"

/*
 * Forks. The child closes all but the standard descriptors and `keep`, returns nothing but what
 * `work` returns (0, or a negative errno of at most 255), and dies with the supervisor. `done` is
 * called from the loop when it has ended, with that value (-EINTR: it was killed); unless this
 * fails. userdata goes to both.
 */
int aside_run(struct supervisor *s, int (*work)(void *userdata), void *userdata, const int *keep,
	      size_t keep_len, void (*done)(void *userdata, int status), struct error *err);

#endif
