/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two lives of a helper, each a program: the first is linked statically, since it is executed
 * for a millisecond. */
#ifndef POSTERN_HELPER_STAGES_H
#define POSTERN_HELPER_STAGES_H

#include "base/error.h"

#define STAGE_SETUP "set-up"
#define STAGE_RUN   "run"

/*
 * From root of the host in fresh mount, pid and ipc namespaces to a confined process that waits for
 * the supervisor, and then executes postern-helper. Returns only on failure.
 */
int stage_setup(struct error *err);

/*
 * Loads the module and forks workers, for one supervisor after another. Returns a negative errno
 * when it could not begin or go on.
 */
int stage_run(struct error *err);

#endif
