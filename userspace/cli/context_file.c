/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A context's name or path, to its manifest. */
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "cli/context_file.h"

char *context_file(const char *contexts, const char *operand, bool path)
{
	struct stat st;
	char *file;

	if (path && (stat(operand, &st) < 0 || !S_ISDIR(st.st_mode)))
		return strdup(operand);
	if (path)
		return asprintf(&file, "%s/context.yaml", operand) < 0 ? NULL : file;
	return asprintf(&file, "%s/%s/context.yaml", contexts, operand) < 0 ? NULL : file;
}
