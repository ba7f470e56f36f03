/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Postern's own bpffs: what is pinned there stays in force without the supervisor. */
#ifndef POSTERN_SUPERVISOR_PINS_H
#define POSTERN_SUPERVISOR_PINS_H

#include "supervisor/enforcement.h"

/* Mounts a bpffs on `directory` when none is there, and lets go of what supervisors that were
 * killed in the middle of a start pinned there. */
int pins_prepare(const char *directory, struct error *err);

/*
 * Takes the maps that an earlier supervisor pinned, before `e` is loaded. Returns 1 when it did; 0
 * when there are none; -ESTALE when one of them is not what this program would make, with its name
 * in the error; or another negative errno.
 */
int pins_reuse(const char *directory, struct enforcement *e, struct error *err);

/* Pins the maps of `e`, which is loaded, in a generation of its own: e->generation. */
int pins_maps(const char *directory, struct enforcement *e, struct error *err);

/* Pins what was put into the program of hooks[i] beside them. fd: of its link; stays the caller's.
 */
int pins_add_decision(const struct enforcement *e, size_t i, int fd, struct error *err);

/* Pins the links of `e` beside them, and then drops all that is in other generations. */
int pins_links(const char *directory, struct enforcement *e, struct error *err);

/* Pins one link, of hooks[i], if it is attached. */
int pins_add(const struct enforcement *e, size_t i, struct error *err);

/* Removes all pins, in a process of its own. */
void pins_drop(const char *directory);

#endif
