/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Contexts in the caller's process, as the parts of libpostern-testing share them. */
#ifndef POSTERN_TESTING_IN_PROCESS_H
#define POSTERN_TESTING_IN_PROCESS_H

#include <pthread.h>

#include "helper/argument_check.h"
#include "helper/invocation.h"
#include "lib/postern-testing.h"

struct testing_entrypoint {
	const struct manifest_entrypoint *manifest;
	struct argument_checks *checks;
	postern_function function; /* the module's; NULL: it has none */
	postern_function fake;
	uint8_t *end; /* an ERROR record in place of the function; NULL: none */
	size_t end_len;
	size_t calls;
	/* A worker runs one call at a time. Recursive, since a failed assertion of a test's leaves
	 * a function by longjmp(3): the same thread's next call must not wait for it. */
	pthread_mutex_t turn;
	bool turn_made;
};

struct postern_testing {
	struct postern_testing *next;
	struct manifest *manifest;
	struct testing_entrypoint *entrypoints; /* in the manifest's order */
	struct invocation_caller caller;
	bool rooted;
};

/* The context that a handle names, or NULL. It stays until it is freed. */
struct postern_testing *testing_find(const char *context);

/* Its entrypoint of that exact name, or NULL. */
struct testing_entrypoint *testing_entrypoint(const struct postern_testing *t, const char *name);

/* run.c: answers the CALL in `record` with a RETURN or an ERROR in `reply`.
 * passed: descriptors of the call, and of its result. log: as of a worker. Returns 0, -ETIMEDOUT
 * when another thread's call did not end by `deadline` (CLOCK_MONOTONIC ns), or another negative
 * errno. */
int testing_run(const struct postern_testing *t, struct testing_entrypoint *e, const void *record,
		size_t len, uint64_t deadline, struct passed *passed,
		int (*log)(const void *userdata, const void *record, size_t len, bool last),
		const void *log_userdata, struct invocation_reply *reply);

#endif
