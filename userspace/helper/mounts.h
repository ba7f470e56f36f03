/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mount system calls that building a root takes, on descriptors only.
 *
 * No function here takes a path that could be resolved to another object than the one that was
 * checked (CVE-2024-42472 and its like). Every attribute that is asked for and cannot be set is an
 * error, never a warning.
 */
#ifndef POSTERN_HELPER_MOUNTS_H
#define POSTERN_HELPER_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* Makes every mount of this mount namespace private, so that nothing below propagates to the host.
 * Returns 0 or a negative errno, like all functions here. */
int mounts_make_private(void);

/* A new, not yet attached file system of that type. options: NULL-terminated pairs of key and
 * value, or NULL. attributes: MOUNT_ATTR_*. ret_fd: its root, owned by the caller. */
int mounts_new(const char *type, const char *const *options, uint64_t attributes, int *ret_fd);

/* A copy of the tree at `fd` (with all mounts below it when recursive), not yet attached, private,
 * with the given attributes added to those that it has: a host's nosuid is never taken away. */
int mounts_clone(int fd, bool recursive, uint64_t attributes, int *ret_fd);

/* Attaches an unattached tree at the directory `onto`. */
int mounts_attach(int tree_fd, int onto_fd);

/* Adds attributes to one mount. */
int mounts_restrict(int mount_fd, uint64_t attributes);

/* Makes the attached mount at `fd` the root of this mount namespace, and takes the old one away
 * with everything in it. */
int mounts_pivot(int fd);

/* Takes away the mount whose root is `fd`, with everything below. Leaves the current directory
 * there: the caller changes it. */
int mounts_detach(int fd);

#endif
