/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where in a manifest something stands. */
#ifndef POSTERN_MANIFEST_PLACE_H
#define POSTERN_MANIFEST_PLACE_H

/* Where in the file a thing was said; 1-based. Line 0: the manifest does not say it, the default
 * holds. */
struct manifest_place {
	unsigned line;
	unsigned column;
};

#endif
