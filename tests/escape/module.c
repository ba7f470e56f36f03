/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A module whose entrypoints do whatever the test tells them, as a worker under attack would. */
#include <string.h>

#include "lib/postern-entrypoint.h"
#include "tests/escape/attack.h"

/* The same attempts from the code that runs when the module is loaded, in the helper. */
static int constructed_read, constructed_thread;

__attribute__((constructor)) static void on_load(void)
{
	constructed_read = attack_run("open to read", "/srv/area/secret", "");
	constructed_thread = attack_run("thread", "/srv/area/secret", "");
}

/* As an honest function would: fails with what it met. */
static int fail_to_read(struct postern_invocation *call, const char *path)
{
	int r = attack_run("open to read", path, "");

	return r ? postern_fail(call, r, "read %s", path) : postern_return_integer(call, 0);
}

static int attempt(struct postern_invocation *call)
{
	const char *name = postern_arg_string(call, "name");
	int r;

	if (strcmp(name, "fail to read") == 0)
		return fail_to_read(call, postern_arg_string(call, "path"));
	if (strcmp(name, "constructor: open to read") == 0)
		r = constructed_read;
	else if (strcmp(name, "constructor: thread") == 0)
		r = constructed_thread;
	else
		r = attack_run(name, postern_arg_string(call, "path"),
			       postern_arg_string(call, "other"));
	return postern_return_integer(call, r);
}

POSTERN_MODULE({"attempt", attempt}, {"reader", attempt}, {"bare", attempt}, {"powerless", attempt},
	       {"processes", attempt}, {"each", attempt}, {"audited", attempt},
	       {"sentinel", attempt}, {"whole", attempt}, {"tools", attempt});
