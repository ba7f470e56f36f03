/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Takes away the file systems that no context may see. */
#ifndef POSTERN_HELPER_ROOT_STRIP_H
#define POSTERN_HELPER_ROOT_STRIP_H

#include <stdbool.h>

#include "base/error.h"

/* Is this a file system's f_type (statfs(2)) that no context may see? */
bool root_strip_is_forbidden(unsigned long magic);

/*
 * Unmounts every mount of such a type that can be seen from "/", the context's root, which is
 * private: nothing but this process is there yet. After the pivot, because few of the host's mounts
 * are left then; the recursive binds may have brought some along. What lies hidden below another
 * mount stays hidden there. proc_self: an fd of this process's directory in the host's proc. Leaves
 * the current directory at "/". Returns 0 when none is left, or a negative errno.
 */
int root_strip(int proc_self, struct error *err);

/*
 * Reads one line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). The mount point is unescaped in
 * place. Returns 0 or -EBADMSG.
 */
int root_strip_parse(char *line, const char **ret_mount_point, const char **ret_type);

#endif
