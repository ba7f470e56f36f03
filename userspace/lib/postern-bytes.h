/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An element of a list of bytes, for clients and for modules. */
#ifndef POSTERN_BYTES_H
#define POSTERN_BYTES_H

#include <stddef.h>

struct postern_bytes {
	const void *data; /* may be NULL when len is 0 */
	size_t len;
};

#endif
