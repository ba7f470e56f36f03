/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of the module's API that are about descriptors. */
#include <errno.h>
#include <unistd.h>

#include "helper/call.h"
#include "helper/passed.h"

int postern_arg_fd(const struct postern_invocation *call, const char *name)
{
	size_t i = invocation_argument(call, name);

	if (call->target->entrypoint->arguments[i].type != ARGUMENT_FD)
		invocation_abort(call, name, "as a descriptor, which the manifest does not say");
	return call->values[i].kind == POSTERN_KIND_FD ? (int)call->values[i].integer : -1;
}

int postern_return_fd(struct postern_invocation *call, int fd)
{
	const struct postern_value v = {.kind = POSTERN_KIND_FD, .integer = fd};
	struct passed *passed = call->target->passed;
	int r = invocation_give(call, &v);

	if (r == 0 && passed) {
		passed_give(passed, fd);
		return 0;
	}
	if (fd >= 0)
		(void)close(fd);
	return r < 0 ? r : -ENOTCONN;
}
