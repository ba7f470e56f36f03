/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shapes that the tables of the context and of the entrypoint share. Internal to
 * userspace/manifest. */
#ifndef POSTERN_MANIFEST_ENTRYPOINT_H
#define POSTERN_MANIFEST_ENTRYPOINT_H

#include "manifest/reader.h"

extern const struct shape description_shape;  /* char * */
extern const struct shape capabilities_shape; /* struct capabilities */
extern const struct shape entrypoints_shape;  /* struct draft */

#endif
