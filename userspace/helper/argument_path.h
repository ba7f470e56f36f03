/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths as arguments: their form, and whether they are what an argument wants. Internal to the
 * argument check. */
#ifndef POSTERN_HELPER_ARGUMENT_PATH_H
#define POSTERN_HELPER_ARGUMENT_PATH_H

#include <stdbool.h>

#include "manifest/argument.h"

/*
 * Looks the path up, as `below` and `exists` want it: no symbolic link in it or at its end (below
 * `below`, when that is given). NULL when all is well, else what was expected.
 */
const char *path_look_up(const char *s, const char *below, enum argument_exists exists);

#endif
