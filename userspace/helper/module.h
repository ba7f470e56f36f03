/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads a context's module and finds its entrypoints' functions. */
#ifndef POSTERN_HELPER_MODULE_H
#define POSTERN_HELPER_MODULE_H

#include "base/error.h"
#include "lib/postern-entrypoint.h"
#include "manifest/manifest.h"

/* More entries than this are taken for a table that is none. */
#define MODULE_ENTRIES_MAX 1024

/*
 * Loads m->module for as long as the process lives, and finds the function of each entrypoint by
 * its exact name in the table that the module exports. ret: array of m->entrypoints_len functions
 * in the manifest's order, to be freed by the caller. Returns 0, -ENOEXEC when it cannot be loaded
 * or has no such table, -EBADMSG when an entrypoint is lacking.
 */
int module_load(const struct manifest *m, postern_function **ret, struct error *err);

/*
 * The same for a Python file, which is imported: called by module_load(). Returns as above, with
 * -EBADMSG also for a function that takes other arguments than the manifest declares.
 */
int module_load_python(const struct manifest *m, postern_function **ret, struct error *err);

/* fork() for processes in which functions will run: what they were loaded with is told. */
pid_t module_fork(void);

/* The checks on a table that is loaded already. */
int module_check(const struct postern_module *module, const struct manifest *m,
		 postern_function **ret, struct error *err);

#endif
