/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A ring of io_uring by hand, for one request at a time. */
#ifndef POSTERN_TESTS_ESCAPE_ATTACK_RING_H
#define POSTERN_TESTS_ESCAPE_ATTACK_RING_H

#include <linux/io_uring.h>

struct ring {
	int fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *entries;
};

/* Returns 0, an errno, or ATTEMPT_BROKEN. Nothing of it is given back before the process ends. */
int ring_make(struct ring *r);

/* Submits one entry and waits for its end. Returns what it ended with: negative for an errno, which
 * is also that of io_uring_enter. */
int ring_run(struct ring *r, const struct io_uring_sqe *entry);

#endif
