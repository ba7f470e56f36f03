/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The call that tests of the client library make. */
#include "echo_call.h"

#include <stdio.h>
#include <string.h>

struct fake_server echo_server;

int echo_server_start(void **state)
{
	(void)state;
	fake_server_start(&echo_server, fake_serve_echo);
	return 0;
}

int echo_server_stop(void **state)
{
	(void)state;
	fake_server_stop(&echo_server);
	return 0;
}

int echo_call(struct postern *p, const char *message, unsigned timeout_ms,
	      struct postern_failure **failure)
{
	struct postern_args *args = postern_args_new();
	struct postern_value *v = NULL;
	const char *s = NULL;
	int r;

	(void)postern_args_string(args, "message", message);
	r = postern_call(p, "echo", args, timeout_ms, &v, failure);
	if (r == 0)
		r = postern_value_string(v, &s, NULL) < 0 || strcmp(s, message) != 0;
	postern_value_free(v);
	postern_args_free(args);
	return r;
}

size_t echo_idle(const struct postern *p)
{
	size_t len = 0;

	for (const struct client_connection *c = p->idle; c; c = c->next)
		len++;
	return len;
}

void *echo_thread(void *crowd)
{
	struct echo_crowd *c = crowd;
	char message[64];

	for (int i = 0; i < ECHO_THREAD_CALLS; i++) {
		(void)snprintf(message, sizeof(message), "%p says %d", (void *)message, i);
		if (echo_call(c->p, message, ECHO_LIMIT_MS, NULL) != 0)
			c->wrong++;
	}
	return NULL;
}
