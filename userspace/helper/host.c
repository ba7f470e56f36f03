/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the library that runs Python asks of a call. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "helper/call.h"
#include "helper/host.h"

const char *postern_host_entrypoint(const struct postern_invocation *call)
{
	return call->target->entrypoint->name;
}

const char *postern_host_argument(const struct postern_invocation *call, size_t i,
				  const struct postern_value **ret)
{
	const struct manifest_entrypoint *e = call->target->entrypoint;

	if (i >= e->arguments_len)
		return NULL;
	*ret = &call->values[i];
	return e->arguments[i].name;
}

bool postern_host_secret(const struct postern_invocation *call)
{
	return manifest_has_secrets(call->target->entrypoint);
}

int postern_host_level(const struct postern_invocation *call)
{
	return MAX_OF(call->log_level, call->target->log_level);
}

int postern_host_journal(const struct postern_invocation *call)
{
	return call->target->log_level;
}

void postern_host_tell(const struct postern_invocation *call, int level, const char *text)
{
	char clean[REPLY_MESSAGE_MAX + 1];

	(void)text_clean(clean, sizeof(clean), text, strlen(text));
	invocation_journal(call, level, clean);
}

int postern_host_return(struct postern_invocation *call, const struct postern_value *v)
{
	/* Python has numbers for descriptors; this one is the call's (postern_host.py). */
	if (call->target->entrypoint->result.type == ARGUMENT_FD && v->kind == POSTERN_KIND_INTEGER)
		return postern_return_fd(call, (int)v->integer);
	return invocation_give(call, v);
}

int postern_host_mistake(struct postern_invocation *call, const char *text)
{
	(void)snprintf(call->mistake, sizeof(call->mistake), "the module's mistake: %s: %s",
		       call->target->entrypoint->name, text);
	return -EPROTO;
}
