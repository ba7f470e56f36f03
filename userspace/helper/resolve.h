/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Resolving a directory's path on the host once, component by component: what it is, where it
 * really lies, and which symbolic links lead there.
 */
#ifndef POSTERN_HELPER_RESOLVE_H
#define POSTERN_HELPER_RESOLVE_H

#include <stddef.h>

#include "base/error.h"

struct resolve_link {
	char *path;   /* where the link lies: itself free of links */
	char *target; /* as it stands in the link */
};

struct resolved {
	int fd;	    /* O_PATH; -1 when empty */
	char *path; /* free of links, "." and ".." */
	struct resolve_link *links;
	size_t links_len;
};

/*
 * Resolves an absolute path below root_fd, a directory. Whoever may change a directory on the way
 * can swap what lies behind a name; so each component is opened once and everything later works on
 * what was opened. ret: set on success only; clear with resolved_clear(). Returns 0 or a negative
 * errno; -ENOENT and -ENOTDIR without a text in err when there is no such directory.
 */
int resolve(int root_fd, const char *path, struct resolved *ret, struct error *err);
void resolved_clear(struct resolved *r);

#endif
