/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The entrypoints that a module exports, read from its file without running any of it. */
#ifndef POSTERN_CLI_CHECK_MODULE_H
#define POSTERN_CLI_CHECK_MODULE_H

#include <stddef.h>

#include "base/error.h"

/*
 * Reads the names in a module's table (POSTERN_MODULE() of lib/postern-entrypoint.h). The file is
 * only read, never loaded: a shared object's constructors run as soon as it is.
 *
 * ret: NULL-terminated array, to be freed with module_names_free(). Returns 0 or a negative errno:
 * that of opening the file, -ENOEXEC for what is no module of this machine and version.
 */
int module_names_read(const char *file, char ***ret, struct error *err);
void module_names_free(char **names);

#endif
