/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of directories that every helper needs. */
#include <errno.h>
#include <string.h>

#include "base/runtime_dirs.h"
#include "base/util.h"

#ifndef POSTERN_LIBEXECDIR
#error "POSTERN_LIBEXECDIR: the directory that holds postern-helper"
#endif

/*
 * ld.so(8): without /etc/ld.so.cache, which lies outside of them, the loader searches /lib,
 * /usr/lib, their 64-bit twins, and on Debian the multiarch directories below them.
 */
static const char *const directories[] = {
	"/usr/lib", "/lib", "/usr/lib64", "/lib64", POSTERN_LIBEXECDIR,
};

_Static_assert(ARRAY_SIZE(directories) < RUNTIME_DIRS_MAX, "the module's directory needs a place");

int runtime_dirs(const char *module, struct runtime_dirs *ret)
{
	struct runtime_dirs dirs = {};
	const char *slash;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		dirs.paths[dirs.len++] = directories[i];
	if (module) {
		slash = strrchr(module, '/');
		if (module[0] != '/' || slash == module)
			return -EINVAL;
		dirs.module_dir = strndup(module, (size_t)(slash - module));
		if (!dirs.module_dir)
			return -ENOMEM;
		dirs.paths[dirs.len++] = dirs.module_dir;
	}
	*ret = dirs;
	return 0;
}

void runtime_dirs_clear(struct runtime_dirs *dirs)
{
	free(dirs->module_dir);
	*dirs = (struct runtime_dirs){};
}
