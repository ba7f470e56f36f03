/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Modules that somebody else's code took over: under the manifest of a shipped context they send
 * what its own module never would, and tell what became of each.
 */
#ifndef POSTERN_TESTS_INTEGRATION_MODULE_SEIZED_H
#define POSTERN_TESTS_INTEGRATION_MODULE_SEIZED_H

#include <stdint.h>

#include "tests/kernel/message.h"

#include "postern-entrypoint.h"

struct seized_attempt {
	const char *name;
	int protocol;
	/* Puts messages together. They ask for one acknowledgement, or for a dump. */
	void (*make)(struct message *m);
};

/* Tries all, in order, and fails with " NAME=ERRNO" of each: 0 when the kernel took it, and 100
 * more when it was the kernel that refused what Postern let by. */
int seized_try(struct postern_invocation *call, const struct seized_attempt *attempts, size_t len);

/* For attempts: a dump of all links. */
void seized_links(struct message *m);

#endif
