/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file on FUSE. */
#ifndef POSTERN_TESTS_KERNEL_FUSE_H
#define POSTERN_TESTS_KERNEL_FUSE_H

/*
 * Mounts a file on FUSE over that one, and opens it. It has a server that lets it be opened, and
 * answers no read. device: a block device that belongs to it, as to ntfs-3g's file systems; NULL:
 * none. Returns a descriptor or a negative errno.
 */
int fuse_open(const char *path, const char *device);

#endif
