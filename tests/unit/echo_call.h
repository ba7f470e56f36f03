/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The call that tests of the client library make: fake_serve_echo()'s echo. */
#ifndef POSTERN_TESTS_ECHO_CALL_H
#define POSTERN_TESTS_ECHO_CALL_H

#include <stddef.h>

#include "fake_server.h"
#include "lib/client.h"

#define ECHO_LIMIT_MS 10000 /* far above what a call here takes; hanging shows as a failure */

/* The server, for cmocka's set-up and teardown. */
extern struct fake_server echo_server;
int echo_server_start(void **state);
int echo_server_stop(void **state);

/* Calls echo(message). Returns 0 when the answer is the message, 1 when it is not, or the error. */
int echo_call(struct postern *p, const char *message, unsigned timeout_ms,
	      struct postern_failure **failure);
/* The idle connections of a handle. */
size_t echo_idle(const struct postern *p);

/* What threads that call side by side share, and one of them: ECHO_THREAD_CALLS calls. */
#define ECHO_THREAD_CALLS 200
struct echo_crowd {
	struct postern *p;
	_Atomic int wrong;
};
void *echo_thread(void *crowd);

#endif
