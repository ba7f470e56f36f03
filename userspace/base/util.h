/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Scope-bound clean-up and the few macros that every part uses. */
#ifndef POSTERN_BASE_UTIL_H
#define POSTERN_BASE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	  (sizeof(a) / sizeof((a)[0]))
#define MAX_OF(a, b)	  ((a) > (b) ? (a) : (b))
#define MIN_OF(a, b)	  ((a) < (b) ? (a) : (b))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define UNUSED		  __attribute__((unused))
/* Not to become part of its caller, which would have room on its stack for it each time. */
#define APART __attribute__((noinline))
/* What it calls becomes part of it, but for what is APART: where each call goes through many small
 * functions. */
#define IN_ONE __attribute__((flatten))

/* Frees or closes what the variable holds when it leaves its scope. */
#define cleanup(f)    __attribute__((cleanup(f)))
#define cleanup_free  cleanup(cleanup_freep)
#define cleanup_close cleanup(cleanup_closep)
#define cleanup_file  cleanup(cleanup_filep)

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void cleanup_filep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

/* Hands an owned fd or pointer on: the variable no longer owns it. */
static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define steal_ptr(p)                                                                               \
	({                                                                                         \
		__typeof__(p) *where_ = &(p);                                                      \
		__typeof__(p) taken_ = *where_;                                                    \
		*where_ = NULL;                                                                    \
		taken_;                                                                            \
	})

#endif
