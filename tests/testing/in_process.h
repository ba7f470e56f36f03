/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The context that the tests of libpostern-testing call. */
#ifndef POSTERN_TESTS_IN_PROCESS_H
#define POSTERN_TESTS_IN_PROCESS_H

#include "lib/postern-testing.h"

#define IN_PROCESS_MANIFEST "tests/testing/context.yaml"
#define LIMIT_MS	    60000 /* only a hang takes so long */

extern const struct postern_entry in_process_entries[];
extern const struct postern_module in_process_module;

/* Made anew for each test, by cmocka's set-up and teardown. */
extern struct postern_testing *testing;
extern struct postern *context;
extern pid_t ran_in; /* the thread in which greet ran; 0: it did not */

int begin(void **state);
int end(void **state);

/* A call with what it ends with. Frees the arguments; the failure's texts are for its caller, who
 * frees it. */
struct postern_failure *fails(enum postern_result result, int error, const char *entrypoint,
			      struct postern_args *args, unsigned timeout_ms);
/* The arguments of greet, and a call with them that succeeds. */
struct postern_args *greeting(const char *name);
void answers(const char *name, const char *expected);

#endif
