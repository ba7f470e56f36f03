/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of texts. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "contexts/common/lines.h"

void lines_add(struct lines *lines, const char *format, ...)
{
	char **line = reallocarray(lines->line, lines->len + 1, sizeof(*line));
	va_list args;
	int n = -1;

	if (line) {
		lines->line = line;
		va_start(args, format);
		n = vasprintf(&line[lines->len], format, args);
		va_end(args);
	}
	if (n < 0)
		lines->error = -ENOMEM;
	else
		lines->len++;
}

int lines_return(struct postern_invocation *call, const struct lines *lines)
{
	if (lines->error)
		return lines->error;
	return postern_return_strings(call, (const char *const *)lines->line, lines->len);
}

void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->len; i++)
		free(lines->line[i]);
	free(lines->line);
}
