/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths as arguments: their form, and whether they are what an argument wants. Internal to the
 * argument check. */
#ifndef POSTERN_HELPER_ARGUMENT_PATH_H
#define POSTERN_HELPER_ARGUMENT_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "manifest/argument.h"

/*
 * Looks the path up, as `below` and `exists` want it: no symbolic link in it or at its end (below
 * `below`, when that is given). NULL when all is well, else what was expected.
 */
const char *path_look_up(const char *s, const char *below, enum argument_exists exists);

/*
 * Opens a path that has the right form, as openat2(2) with these flags and O_CLOEXEC: below `below`
 * (NULL: anywhere), and over no symbolic link. That something exists, or not, holds for what is
 * opened: nothing is made where it must exist, and nothing that is there is opened where it must
 * not. Returns the descriptor or a negative errno (-ELOOP, -EXDEV for links).
 */
int path_open(const char *s, const char *below, enum argument_exists exists, int flags,
	      mode_t mode);

#endif
