/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function may have changed of its process, put back for the next call. */
#ifndef POSTERN_HELPER_RESTORE_H
#define POSTERN_HELPER_RESTORE_H

#include <stdbool.h>

#include "helper/output.h"

/* In a worker, once, before its first call: remembers the environment, and from here on who forks.
 */
int restore_begin(struct error *err);

/* In a process that the zygote forked for a call: it is nobody's copy but serves. */
void restore_own(void);

/*
 * Was this process forked by a function? If the child returns from it as well, it must not answer
 * in its parent's place, and not serve. Known of fork() only (pthread_atfork(3)): a child that
 * came by vfork() or a bare clone() is the function's own affair.
 */
bool restore_forked(void);

/* Puts back working directory, umask, signal mask and environment, and reaps what it forked and
 * left. Three cheap system calls, made after the answer is sent; more only where there is something
 * to do. */
void restore_all(const struct output *output);

/* These descriptors, first and last, may be others from now on. */
void restore_standard(int first, int last);

/* Has a function left a process that still runs, since this was last asked? */
bool restore_left_behind(void);

#endif
