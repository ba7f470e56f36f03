/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program needs to start: itself, its interpreter, its shared libraries.
 *
 * The files are only read, by libelf; nothing of the program runs. What a program loads later by
 * itself (plugins, scripts' modules) is not among it.
 */
#ifndef POSTERN_POLICY_PROGRAM_H
#define POSTERN_POLICY_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define PROGRAM_FILES_MAX 1000

struct program_file {
	char *path;   /* absolute; a link on the way counts as a file too */
	bool execute; /* else it is only read */
};

struct program {
	struct program_file *files; /* the program itself comes first */
	size_t len;
	bool missing; /* there is no such file: only its own path is listed */
};

/*
 * Lists the files. path: absolute. trusted: refuse files that others than root could change
 * (manifest/trust.h): what is executed with a context's rights must be root's alone. ret: set on
 * success only; clear with program_clear(). Returns 0 or a negative errno: -ENOENT for an
 * interpreter or library that is not found (the error names it and who needs it), -EPERM for what
 * is not trusted, -ENOEXEC for what is no program, -E2BIG.
 */
int program_look(const char *path, bool trusted, struct program *ret, struct error *err);
void program_clear(struct program *p);

#endif
