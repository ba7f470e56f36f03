/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the library that runs Python asks of a call. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "helper/argument_path.h"
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

static const struct argument *path_argument(const struct argument *a, const struct postern_value *v,
					    const char *path);

/* NOLINTNEXTLINE(misc-no-recursion): records hold no records */
static const struct argument *path_field(const struct argument *field,
					 const struct postern_value *v, const char *path)
{
	struct postern_value filled;

	if (v && v->kind != POSTERN_KIND_NIL)
		return path_argument(field, v, path);
	if (!field->has_default)
		return NULL;
	filled = argument_default(field);
	return path_argument(field, &filled, path);
}

/* What the manifest says of the argument, element or field of type path that has that value; NULL:
 * there is none. */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static const struct argument *path_argument(const struct argument *a, const struct postern_value *v,
					    const char *path)
{
	const struct argument *found = NULL;

	if (v->kind == POSTERN_KIND_LIST) {
		for (size_t i = 0; i < v->list.len && !found; i++)
			found = path_argument(a->element, &v->list.items[i], path);
	} else if (v->kind == POSTERN_KIND_RECORD) {
		for (size_t i = 0; i < a->fields_len && !found; i++)
			found = path_field(&a->fields[i], wire_map_get(v, a->fields[i].name), path);
	} else if (a->type == ARGUMENT_PATH && v->kind == POSTERN_KIND_STRING &&
		   strcmp(v->text.data, path) == 0) {
		found = a;
	}
	return found;
}

int postern_host_path_open(const struct postern_invocation *call, const char *path, int flags,
			   mode_t mode)
{
	const struct manifest_entrypoint *e = call->target->entrypoint;
	const struct argument *a = NULL;

	for (size_t i = 0; i < e->arguments_len && !a; i++)
		a = path_argument(&e->arguments[i], &call->values[i], path);
	return a ? path_open(path, a->below, a->exists, flags, mode) : -ESRCH;
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
