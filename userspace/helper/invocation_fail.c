/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a function says that it failed. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "helper/call.h"

static int fail(struct postern_invocation *call, int code, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static int fail(struct postern_invocation *call, int code, const char *format, va_list args)
{
	char *said = NULL;
	int n;

	if (code > 0)
		code = -code;
	call->failed = code ? code : -EIO;
	n = vasprintf(&said, format, args);
	if (n < 0)
		return call->failed;
	(void)text_clean(call->text, sizeof(call->text), said, (size_t)n);
	free(said);
	return call->failed;
}

int postern_fail(struct postern_invocation *call, int code, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = fail(call, code, format, args);
	va_end(args);
	call->error_name[0] = '\0';
	return r;
}

/* As with arguments that the manifest lacks: nothing that could be said instead would be right. */
static _Noreturn void mistake(const struct postern_invocation *call, const char *what,
			      const char *name)
{
	(void)fprintf(stderr,
		      "postern: the module of context %s has a mistake: entrypoint %s %s \"%s\"\n",
		      call->target->context, call->target->entrypoint->name, what, name);
	abort();
}

int postern_fail_named(struct postern_invocation *call, const char *name, int code,
		       const char *format, ...)
{
	va_list args;
	int r;

	if (!wire_name_valid(name))
		mistake(call, "fails with what is no name of an error,", name);
	va_start(args, format);
	r = fail(call, code, format, args);
	va_end(args);
	(void)snprintf(call->error_name, sizeof(call->error_name), "%s", name);
	return r;
}

static struct invocation_field *field_for(struct postern_invocation *call, const char *key)
{
	for (size_t i = 0; i < call->fields_len; i++)
		if (strcmp(call->fields[i].key, key) == 0)
			return &call->fields[i];
	if (call->fields_len == REPLY_FIELDS_MAX)
		mistake(call, "says more of an error than there is room for, with", key);
	return &call->fields[call->fields_len++];
}

void postern_fail_field(struct postern_invocation *call, const char *key, const char *value)
{
	struct invocation_field *field;

	if (!wire_name_valid(key))
		mistake(call, "says of an error what has no name,", key);
	field = field_for(call, key);
	(void)snprintf(field->key, sizeof(field->key), "%s", key);
	(void)text_clean(field->value, sizeof(field->value), value, strlen(value));
}

void invocation_fail_name(const struct postern_invocation *call, struct reply_error *e)
{
	if (!call->failed || !call->error_name[0])
		return;
	e->name = call->error_name;
	for (size_t i = 0; i < call->fields_len; i++)
		e->fields[e->fields_len++] =
			(struct reply_field){call->fields[i].key, call->fields[i].value};
}
