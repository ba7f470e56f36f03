/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function may have changed of its process, put back for the next call. */
#ifndef POSTERN_HELPER_RESTORE_H
#define POSTERN_HELPER_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/output.h"

/* In the helper, once, for its workers: each that asked the C library for it itself would have
 * pages of the library for that alone. */
int restore_watch_forks(struct error *err);

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

/*
 * After a call: puts back what its function was seen to change of working directory, umask, signal
 * mask, standard descriptors and environment, and reaps what it forked and left.
 *
 * What is seen are libc's functions, which are ours in a worker (standard.c), and forks. What goes
 * past them (a bare system call, a walk by fts(3) that was not ended) is put back by
 * restore_before().
 */
void restore_after(const struct output *output);

/* Before a call that another user's came before, or that begins a while after the last look (now:
 * CLOCK_MONOTONIC ns): puts all of these back, changed or not. Three cheap system calls, which a
 * series of calls of one user does without. */
void restore_before(const struct output *output, bool other_user, uint64_t now);

/* These descriptors, first and last, may be others from now on. */
void restore_standard(int first, int last);

/* One of these may have changed. */
void restore_directory(void);
void restore_umask(void);
void restore_signals(void);

/* Has a function left a process that still runs, since this was last asked? */
bool restore_left_behind(void);

#endif
