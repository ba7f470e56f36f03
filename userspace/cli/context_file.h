/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the manifest is that an operand means. */
#ifndef POSTERN_CLI_CONTEXT_FILE_H
#define POSTERN_CLI_CONTEXT_FILE_H

#include <stdbool.h>

/* contexts: the folder in which a name is looked for. path: it is no name but the path of a
 * manifest or of its folder. Owned by the caller; NULL without memory. */
char *context_file(const char *contexts, const char *operand, bool path);

#endif
