/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an ELF file says that it needs (elf(5)), read without loading it. */
#ifndef POSTERN_POLICY_ELF_NEEDS_H
#define POSTERN_POLICY_ELF_NEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ELF_NEEDED_MAX 256

struct elf_needs {
	int machine, class;
	char *interpreter; /* PT_INTERP; NULL: none */
	char **needed;	   /* DT_NEEDED */
	size_t needed_len;
	char *rpath, *runpath; /* DT_RPATH, DT_RUNPATH; NULL: none */
};

/* fd: the file, open for reading. ret: set on success only; clear with elf_needs_clear(). Returns
 * 0, -ENOEXEC when it is no program or shared object, or -ENOMEM. */
int elf_needs_read(int fd, const char *path, struct elf_needs *ret, struct error *err);
void elf_needs_clear(struct elf_needs *needs);

#endif
