/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: arguments by name into a CALL's array by position, and what to say when they do not
 * fit the signature. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "lib/client.h"

/* "update_motd takes: message, [mode]": optional ones in brackets. */
static void describe_signature(const struct client_call *call, const struct postern_signature *s,
			       char *to, size_t size)
{
	size_t used = (size_t)snprintf(to, size, "%s takes %s", call->entrypoint,
				       s->len ? "" : "no arguments");

	for (size_t i = 0; i < s->len && used < size; i++) {
		const struct postern_parameter *p = &s->parameters[i];

		used += (size_t)snprintf(to + used, size - used, "%s%s%s%s", i ? ", " : "",
					 p->optional ? "[" : "", p->name, p->optional ? "]" : "");
	}
}

static int bad_argument(const struct client_call *call, const char *argument, const char *hint,
			const char *format, ...) __attribute__((format(printf, 4, 5)));

static int bad_argument(const struct client_call *call, const char *argument, const char *hint,
			const char *format, ...)
{
	char message[REPLY_MESSAGE_MAX + 1];
	const struct reply_error e = {
		.code = POSTERN_BAD_ARGUMENT,
		.error = EINVAL,
		.message = message,
		.argument = argument,
		.hint = hint,
	};
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return client_fail_with(call->failure, &e);
}

int client_args_failure(const struct client_call *call, const struct postern_args *args)
{
	const char *name = args->error_name;

	switch (args->error) {
	case -ENOMEM:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ENOMEM, NULL,
				   "out of memory");
	case -E2BIG:
		return bad_argument(call, name, "pass large data by a file",
				    "%s: the arguments are too large: a call holds at most %d KiB",
				    name, POSTERN_RECORD_MAX / 1024);
	case -EEXIST:
		return bad_argument(call, name, NULL, "%s: given twice", name);
	case -EILSEQ:
		return bad_argument(call, name, "pass what is not text as bytes",
				    "%s: the string is not valid UTF-8", name);
	default:
		return bad_argument(call, *name ? name : NULL, NULL,
				    "%s: an argument needs a name and a value",
				    *name ? name : "(no name)");
	}
}

static const struct client_argument *find_argument(const struct postern_args *args,
						   const char *name)
{
	for (size_t i = 0; args && i < args->len; i++)
		if (strcmp(args->items[i].name, name) == 0)
			return &args->items[i];
	return NULL;
}

static int unknown_argument(const struct client_call *call, const struct postern_signature *s,
			    const char *name)
{
	struct nearest nearest = {.text = name, .len = strlen(name)};
	char takes[REPLY_MESSAGE_MAX / 2], hint[REPLY_MESSAGE_MAX];

	for (size_t i = 0; i < s->len; i++)
		nearest_offer(&nearest, s->parameters[i].name);
	describe_signature(call, s, takes, sizeof(takes));
	(void)snprintf(hint, sizeof(hint), "%s%s%s%s", nearest.best ? "did you mean " : "",
		       nearest.best ? nearest.best : "", nearest.best ? "? " : "", takes);
	return bad_argument(call, name, hint, "%s takes no argument named %s", call->entrypoint,
			    name);
}

/* Unknown ones first: a name that is spelt wrong is also missing, and the spelling is the news. */
static int check_names(const struct client_call *call, const struct postern_args *args,
		       const struct postern_signature *s)
{
	char takes[REPLY_MESSAGE_MAX / 2];

	for (size_t i = 0; args && i < args->len; i++) {
		size_t at = 0;

		while (at < s->len && strcmp(s->parameters[at].name, args->items[i].name) != 0)
			at++;
		if (at == s->len)
			return unknown_argument(call, s, args->items[i].name);
	}
	for (size_t i = 0; i < s->len; i++) {
		if (s->parameters[i].optional || find_argument(args, s->parameters[i].name))
			continue;
		describe_signature(call, s, takes, sizeof(takes));
		return bad_argument(call, s->parameters[i].name, takes, "%s needs the argument %s",
				    call->entrypoint, s->parameters[i].name);
	}
	return 0;
}

int client_arrange(const struct client_call *call, const struct postern_args *args,
		   struct client_connection *c, size_t *ret_len)
{
	const struct postern_signature *s = &c->signature->opened.signature;
	uint64_t now = client_now(), wait = 0;
	struct wire_writer w;
	int r;

	r = check_names(call, args, s);
	if (r < 0)
		return r;
	/* The list of arguments and each of them count too (docs/protocol.md, section 3). */
	if (args && args->elements + s->len + 1 > WIRE_VALUES_MAX)
		return bad_argument(call, NULL, "pass large data by a file",
				    "the arguments are too many: a call holds at most %d values",
				    WIRE_VALUES_MAX);
	/* 0 on the wire means "no limit of mine": what is left of a limit is at least 1. */
	if (call->wait_ns)
		wait = now < call->deadline ? call->deadline - now : 1;
	wire_start(&w, c->record, sizeof(c->record), POSTERN_CALL, ++c->last_call, wait);
	wire_set_flags(&w, client_log_flags(call->p));
	wire_put_array(&w, s->len);
	for (size_t i = 0; i < s->len; i++) {
		const struct client_argument *a = find_argument(args, s->parameters[i].name);

		if (a)
			wire_put_part(&w, a->data, a->len);
		else
			wire_put_nil(&w);
	}
	c->used = w.len;
	r = wire_finish(&w, ret_len);
	if (r < 0)
		return bad_argument(call, NULL, "pass large data by a file",
				    "the arguments are too large: a call holds at most %d KiB",
				    POSTERN_RECORD_MAX / 1024);
	return 0;
}
