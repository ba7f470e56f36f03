/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: how a call went wrong. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "lib/client.h"

struct postern_failure {
	enum postern_result result;
	int error;
	int signal;
	char *message;
	char *hint;
	char *argument;
	char *operation;
	char *object;
	char *rights;
	char *rule;
	char *name;
	struct {
		char *key, *value;
	} fields[REPLY_FIELDS_MAX];
};

/* What stands in when there is no memory for the real one; it is never freed. */
static struct postern_failure no_memory = {
	.result = POSTERN_RESULT_NOT_AVAILABLE,
	.error = ENOMEM,
	.message = (char *)"out of memory",
};

static const char *const result_names[] = {
	[POSTERN_RESULT_OK] = "ok",
	[POSTERN_RESULT_FAILED] = "failed",
	[POSTERN_RESULT_BAD_ARGUMENT] = "bad argument",
	[POSTERN_RESULT_NOT_PERMITTED] = "not permitted",
	[POSTERN_RESULT_DENIED] = "denied",
	[POSTERN_RESULT_TIMED_OUT] = "timed out",
	[POSTERN_RESULT_WORKER_DIED] = "worker died",
	[POSTERN_RESULT_PROTOCOL_ERROR] = "protocol error",
	[POSTERN_RESULT_NOT_AVAILABLE] = "not available",
	[POSTERN_RESULT_BUSY] = "busy",
	[POSTERN_RESULT_CANCELLED] = "cancelled",
};
_Static_assert(sizeof(result_names) / sizeof(result_names[0]) == POSTERN_CODES,
	       "a word for each code");

/* The negative errno that postern_call() returns for a failure. */
static int failure_number(enum postern_code code, int error)
{
	switch (code) {
	case POSTERN_FAILED:
		return error ? -error : -EIO;
	case POSTERN_DENIED:
		return error ? -error : -EACCES;
	case POSTERN_BAD_ARGUMENT:
		return -EINVAL;
	case POSTERN_NOT_PERMITTED:
		return -EACCES;
	case POSTERN_TIMED_OUT:
		return -ETIMEDOUT;
	case POSTERN_WORKER_DIED:
		return -ECONNRESET;
	case POSTERN_NOT_AVAILABLE:
		if (error == ENOMEM)
			return -ENOMEM;
		return !error || error == ENOENT ? -ENOENT : -ECONNREFUSED;
	case POSTERN_BUSY:
		return -EBUSY;
	case POSTERN_CANCELLED:
		return -ECANCELED;
	case POSTERN_OK:
	case POSTERN_PROTOCOL_ERROR:
	case POSTERN_CODES:
	default:
		return -EPROTO;
	}
}

/* A copy that may be shown: the text may come from a worker. NULL when there is none, or no memory
 * for it. */
static char *shown(const char *text, size_t max)
{
	char clean[REPLY_MESSAGE_MAX + 1];

	if (!text)
		return NULL;
	(void)text_clean(clean, max + 1, text, strlen(text));
	return strdup(clean);
}

APART int client_fail_with(struct postern_failure **failure, const struct reply_error *e)
{
	struct postern_failure *f;

	if (!failure)
		return failure_number(e->code, e->error);
	f = calloc(1, sizeof(*f));
	if (!f) {
		*failure = &no_memory;
		return -ENOMEM;
	}
	f->result = (enum postern_result)e->code;
	f->error = e->error;
	f->signal = e->signal;
	f->message = shown(e->message, REPLY_MESSAGE_MAX);
	f->hint = shown(e->hint, REPLY_MESSAGE_MAX);
	f->argument = shown(e->argument, REPLY_WORD_MAX);
	f->operation = shown(e->denial.operation, REPLY_WORD_MAX);
	f->object = shown(e->denial.object, REPLY_OBJECT_MAX);
	f->rights = shown(e->denial.rights, REPLY_WORD_MAX);
	f->rule = shown(e->denial.rule, REPLY_WORD_MAX);
	f->name = shown(e->name, REPLY_WORD_MAX);
	for (size_t i = 0; i < e->fields_len; i++) {
		f->fields[i].key = shown(e->fields[i].key, REPLY_WORD_MAX);
		f->fields[i].value = shown(e->fields[i].value, REPLY_WORD_MAX);
	}
	*failure = f;
	return failure_number(e->code, e->error);
}

APART int client_fail(struct postern_failure **failure, enum postern_code code, int error,
		      const char *hint, const char *format, ...)
{
	char message[REPLY_MESSAGE_MAX + 1];
	struct reply_error e = {.code = code, .error = error < 0 ? -error : error, .hint = hint};
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	e.message = message;
	return client_fail_with(failure, &e);
}

APART int client_fail_cancelled(const struct client_call *call)
{
	return client_fail(call->failure, POSTERN_CANCELLED, ECANCELED, "nothing was called",
			   "%s: the call was cancelled", call->entrypoint);
}

int postern_result_mismatch(struct postern_failure **failure, const char *entrypoint)
{
	return client_fail(failure, POSTERN_PROTOCOL_ERROR, EPROTO,
			   "make the client's code anew from the manifest, with postern gen",
			   "the result of %s is of another type than this program was built for",
			   entrypoint);
}

/* All getters take NULL too: a host program that does not check must not die of it. */
enum postern_result postern_failure_result(const struct postern_failure *f)
{
	return f ? f->result : no_memory.result;
}

const char *postern_failure_result_name(const struct postern_failure *f)
{
	return result_names[postern_failure_result(f)];
}

const char *postern_failure_message(const struct postern_failure *f)
{
	if (!f)
		return no_memory.message;
	return f->message ? f->message : postern_failure_result_name(f);
}

const char *postern_failure_hint(const struct postern_failure *f)
{
	return f ? f->hint : NULL;
}

const char *postern_failure_argument(const struct postern_failure *f)
{
	return f ? f->argument : NULL;
}

int postern_failure_errno(const struct postern_failure *f)
{
	return f ? f->error : no_memory.error;
}

int postern_failure_signal(const struct postern_failure *f)
{
	return f ? f->signal : 0;
}

const char *postern_failure_denied_operation(const struct postern_failure *f)
{
	return f ? f->operation : NULL;
}

const char *postern_failure_denied_object(const struct postern_failure *f)
{
	return f ? f->object : NULL;
}

const char *postern_failure_denied_rights(const struct postern_failure *f)
{
	return f ? f->rights : NULL;
}

const char *postern_failure_denied_rule(const struct postern_failure *f)
{
	return f ? f->rule : NULL;
}

const char *postern_failure_name(const struct postern_failure *f)
{
	return f ? f->name : NULL;
}

const char *postern_failure_field_at(const struct postern_failure *f, size_t i,
				     const char **ret_key)
{
	if (!f || i >= REPLY_FIELDS_MAX || !f->fields[i].key)
		return NULL;
	if (ret_key)
		*ret_key = f->fields[i].key;
	return f->fields[i].value;
}

const char *postern_failure_field(const struct postern_failure *f, const char *key)
{
	const char *found, *value;

	for (size_t i = 0; (value = postern_failure_field_at(f, i, &found)); i++)
		if (strcmp(found, key) == 0)
			return value;
	return NULL;
}

void postern_failure_free(struct postern_failure *f)
{
	if (!f || f == &no_memory)
		return;
	free(f->message);
	free(f->hint);
	free(f->argument);
	free(f->operation);
	free(f->object);
	free(f->rights);
	free(f->rule);
	free(f->name);
	for (size_t i = 0; i < REPLY_FIELDS_MAX; i++) {
		free(f->fields[i].key);
		free(f->fields[i].value);
	}
	free(f);
}
