/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The directories that every helper needs besides what its manifest declares: the loader's and the
 * libraries', the helper's own, the module's.
 *
 * One table for two readers, so that they cannot drift: the helper binds these directories
 * read-only into the context's root, and the supervisor's start policy lets a helper read and
 * execute below them, and nothing else.
 */
#ifndef POSTERN_BASE_RUNTIME_DIRS_H
#define POSTERN_BASE_RUNTIME_DIRS_H

#include <stddef.h>

#define RUNTIME_DIRS_MAX 8

struct runtime_dirs {
	const char *paths[RUNTIME_DIRS_MAX]; /* absolute, as the host writes them: may be or hold
						symbolic links, and may be missing on a host */
	size_t len;
	char *module_dir; /* owned; one of paths */
};

/*
 * Lists the runtime directories of a context. module: absolute path of the module, NULL for none.
 * ret: set on success only; clear with runtime_dirs_clear(). Returns 0, -EINVAL when module is not
 * absolute or lies directly in "/" (binding its directory would bind the whole host), -ENOMEM.
 */
int runtime_dirs(const char *module, struct runtime_dirs *ret);
void runtime_dirs_clear(struct runtime_dirs *dirs);

#endif
