/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A manifest as one block of bytes, for helpers: what was read and checked once is not read again
 * by each of them.
 *
 * It holds what a helper needs: of netlink, sockets and ioctls no more than how many there are, and
 * no descriptions, groups, programs and callers. It is good for the same build alone.
 *
 * Nobody but the supervisor writes one, into a memfd that it seals, and a helper takes it before a
 * module's code runs. What taking it checks is for a build that is another, or a cut file, and not
 * for an enemy: pieces of a made-up one could lie over each other.
 */
#ifndef POSTERN_MANIFEST_IMAGE_H
#define POSTERN_MANIFEST_IMAGE_H

#include "manifest/manifest.h"

#define MANIFEST_IMAGE_MAX ((size_t)16 * 1024 * 1024)

/* ret: owned by the caller, free(). Returns 0, -E2BIG or -ENOMEM. */
int manifest_image_make(const struct manifest *m, void **ret, size_t *ret_len);

/* The same in a sealed memfd. ret: owned by the caller. */
int manifest_image_seal(const struct manifest *m, int *ret, struct error *err);

/*
 * Turns an image, which malloc() gave, into the manifest that it holds: ret lies in it, and is
 * freed by manifest_image_free() alone. Returns 0, -EBADMSG when it is none, or -ESTALE when
 * another build made it; then `data` is the caller's still, and worth nothing.
 */
int manifest_image_take(void *data, size_t len, struct manifest **ret);
void manifest_image_free(struct manifest *m);

#endif
