/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opening a file that nobody but root could have changed. */
#ifndef POSTERN_MANIFEST_TRUST_H
#define POSTERN_MANIFEST_TRUST_H

#include "base/error.h"

/*
 * Opens a regular file for reading when it and every directory from / down to it is owned by root
 * and writable by nobody else. Each component is opened once, without following symlinks, and what
 * was checked is what is gone on from and read: there is no second resolution to win a race
 * against. file: absolute, or relative to the working directory (which is then checked as well).
 * Returns an owned fd (O_CLOEXEC), or a negative errno: -EPERM for what is not trusted, with the
 * object, its owner and mode in the error and the command that mends it as the hint; -ELOOP for a
 * symlink; -EINVAL for what is no regular file.
 */
int trust_open(const char *file, struct error *err);

#endif
