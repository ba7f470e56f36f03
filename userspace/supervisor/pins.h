/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Postern's own bpffs: what is pinned there stays in force without the supervisor. */
#ifndef POSTERN_SUPERVISOR_PINS_H
#define POSTERN_SUPERVISOR_PINS_H

#include "supervisor/enforcement.h"

/* Pins the links of `e` below `directory` (mounting a bpffs there when none is), then drops those
 * of an earlier supervisor. */
int pins_replace(const char *directory, struct enforcement *e, struct error *err);

/* Pins the link of hooks[i] into the generation that pins_replace() made; nothing when there is
 * none. */
int pins_add(const struct enforcement *e, size_t i, struct error *err);

/* Removes all pins, in a process of its own. */
void pins_drop(const char *directory);

#endif
