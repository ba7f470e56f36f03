/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A result that grows a line at a time: a list of texts. */
#ifndef POSTERN_CONTEXTS_COMMON_LINES_H
#define POSTERN_CONTEXTS_COMMON_LINES_H

#include <stddef.h>

#include "postern-entrypoint.h"

struct lines {
	char **line;
	size_t len;
	int error; /* -ENOMEM, once there was no memory for one */
};

void lines_add(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Gives them as the result of the call. Returns 0 or a negative errno. */
int lines_return(struct postern_invocation *call, const struct lines *lines);
void lines_free(struct lines *lines);
#define cleanup_lines __attribute__((cleanup(lines_free)))

#endif
