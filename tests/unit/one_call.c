/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One call, and what came of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "lib/client.h"
#include "one_call.h"

struct outcome one_call(struct postern *p, unsigned timeout_ms)
{
	struct postern_args *args = postern_args_new();
	struct postern_failure *f = NULL;
	struct postern_value *v = NULL;
	struct outcome o = {};
	uint64_t start = client_now();

	(void)postern_args_string(args, "message", "hello");
	o.r = postern_call(p, "echo", args, timeout_ms, &v, &f);
	o.took_ms = (client_now() - start) / 1000000;
	if (o.r < 0) {
		assert_non_null(f);
		assert_null(v);
		o.result = postern_failure_result(f);
		o.error = postern_failure_errno(f);
		o.signal = postern_failure_signal(f);
		(void)snprintf(o.message, sizeof(o.message), "%s", postern_failure_message(f));
		(void)snprintf(o.hint, sizeof(o.hint), "%s",
			       postern_failure_hint(f) ? postern_failure_hint(f) : "");
	} else {
		assert_null(f);
	}
	postern_failure_free(f);
	postern_value_free(v);
	postern_args_free(args);
	return o;
}

struct outcome one_call_against(struct fake_server *server,
				void (*serve)(struct fake_server *s, int fd), unsigned timeout_ms)
{
	struct outcome o;
	struct postern *p;

	fake_server_start(server, serve);
	p = postern_new(server->address.sun_path);
	o = one_call(p, timeout_ms);
	assert_null(p->idle);
	postern_free(p);
	fake_server_stop(server);
	return o;
}
