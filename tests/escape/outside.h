/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For test_outside.c: what /proc says of a process, and the mounts of helpers. */
#ifndef POSTERN_TESTS_ESCAPE_OUTSIDE_H
#define POSTERN_TESTS_ESCAPE_OUTSIDE_H

#include <sys/types.h>

/* A whole file of /proc/PID, until the next call. Empty: it cannot be read. */
char *proc_content(pid_t pid, const char *file);

/* The root of context attack holds what is declared, as it is declared, and nothing else. */
void check_declared_mounts(void);

/* With the host's whole tree in the root, what leads out of any context is not. */
void check_stripped(const char *context);

#endif
