/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: arguments by name into a CALL's array by position, and what to say when they do not
 * fit the signature. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/util.h"
#include "lib/client.h"
#include "lib/wire_head.h"

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

APART int client_args_failure(const struct client_call *call, const struct postern_args *args)
{
	const char *name = args->error_name ? args->error_name : "";

	switch (args->error) {
	case -ENOMEM:
		return client_fail(call->failure, POSTERN_NOT_AVAILABLE, ENOMEM, NULL,
				   "out of memory");
	case -E2BIG:
		return bad_argument(call, name, "pass large data by a file",
				    "%s: the arguments are too large: a call holds at most %zu MiB",
				    name, WIRE_PAYLOAD_MAX >> 20);
	case -EEXIST:
		return bad_argument(call, name, NULL, "%s: given twice", name);
	case -EBADF:
		return bad_argument(call, name, NULL, "%s: the descriptor is not open", name);
	case -EMFILE:
		return bad_argument(call, name, NULL, "%s: a call takes at most %d descriptors",
				    name, CLIENT_FDS_MAX);
	case -EILSEQ:
		return bad_argument(call, name, "pass what is not text as bytes",
				    "%s: the string is not valid UTF-8", name);
	default:
		return bad_argument(call, *name ? name : NULL, NULL,
				    "%s: an argument needs a name and a value",
				    *name ? name : "(no name)");
	}
}

/* The place of a name in the signature; s->len: it has none. first: where to look first, since most
 * arguments come in the signature's order. */
static size_t find_parameter(const struct postern_signature *s, const char *name, size_t first)
{
	size_t at = 0;

	if (first < s->len && strcmp(s->parameters[first].name, name) == 0)
		return first;
	while (at < s->len && strcmp(s->parameters[at].name, name) != 0)
		at++;
	return at;
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

static int missing_argument(const struct client_call *call, const struct postern_signature *s,
			    const struct postern_parameter *p)
{
	char takes[REPLY_MESSAGE_MAX / 2];

	describe_signature(call, s, takes, sizeof(takes));
	return bad_argument(call, p->name, takes, "%s needs the argument %s", call->entrypoint,
			    p->name);
}

/* Finds each argument its place; NULL: not given. One walk over both, since most come in the
 * signature's order. Returns whether they did, and fit. */
static inline bool places_in_order(const struct postern_args *args,
				   const struct postern_signature *s,
				   const struct client_argument **given)
{
	size_t at = 0, len = args ? args->len : 0;

	for (size_t i = 0; i < s->len; i++) {
		const struct postern_parameter *p = &s->parameters[i];

		given[i] = NULL;
		if (at < len && strcmp(client_args_at(args, at)->name, p->name) == 0) {
			if ((p->type == REPLY_TYPE_FD) != client_fds_has(&args->fds, at))
				return false;
			given[i] = client_args_at(args, at++);
		} else if (!p->optional) {
			return false;
		}
	}
	return at == len;
}

/* The same for any order, and with the reason when they do not fit. Unknown ones first: a name that
 * is spelt wrong is also missing, and the spelling is the news. */
APART static int find_places(const struct client_call *call, const struct postern_args *args,
			     const struct postern_signature *s,
			     const struct client_argument **given)
{
	for (size_t i = 0; i < s->len; i++)
		given[i] = NULL;
	for (size_t i = 0; args && i < args->len; i++) {
		const struct client_argument *a = client_args_at(args, i);
		const char *name = a->name;
		size_t at = find_parameter(s, name, i);

		if (at == s->len)
			return unknown_argument(call, s, name);
		if ((s->parameters[at].type == REPLY_TYPE_FD) != client_fds_has(&args->fds, i))
			return bad_argument(
				call, name, NULL,
				s->parameters[at].type == REPLY_TYPE_FD
					? "%s: expected a descriptor"
					: "%s: got a descriptor, which it does not take",
				name);
		given[at] = a;
	}
	for (size_t i = 0; i < s->len; i++)
		if (!s->parameters[i].optional && !given[i])
			return missing_argument(call, s, &s->parameters[i]);
	return 0;
}

/* What is known of the values now: a secret once, a secret always. */
static void args_seen(const struct postern_args *args, bool secret)
{
	int *seen = (int *)(uintptr_t)&args->seen;

	if (secret)
		__atomic_store_n(seen, CLIENT_ARGS_SECRET, __ATOMIC_RELAXED);
	else if (__atomic_load_n(seen, __ATOMIC_RELAXED) == CLIENT_ARGS_UNSEEN)
		__atomic_store_n(seen, CLIENT_ARGS_PUBLIC, __ATOMIC_RELAXED);
}

static int too_large(const struct client_call *call, size_t len, size_t most)
{
	return bad_argument(call, NULL, "pass large data by a file",
			    "the arguments are too large: %zu bytes, a call of %s holds at most "
			    "%zu",
			    len, call->entrypoint, most);
}

APART static bool secret_given(const struct postern_signature *s,
			       const struct client_argument *const *given)
{
	for (size_t i = 0; i < s->len; i++)
		if (given[i] && client_parameter_secret(&s->parameters[i]))
			return true;
	return false;
}

int client_arrange(const struct client_call *call, const struct postern_args *args,
		   const struct client_signature *signature, struct client_payload *payload)
{
	const struct postern_signature *s = &signature->opened.signature;
	int r;

	if (!places_in_order(args, s, payload->given)) {
		r = find_places(call, args, s, payload->given);
		if (r < 0)
			return r;
	}
	/* The list of arguments and each of them count too (docs/protocol.md, section 3). */
	if (args && args->elements + s->len + 1 > WIRE_VALUES_MAX)
		return bad_argument(call, NULL, "pass large data by a file",
				    "the arguments are too many: a call holds at most %d values",
				    WIRE_VALUES_MAX);
	payload->head_len = payload->len = wire_array_head(payload->head, s->len);
	payload->given_len = s->len;
	payload->len += s->len;
	if (args) {
		payload->len += args->bytes - args->len; /* one for nil is counted */
		args_seen(args, signature->secret && secret_given(s, payload->given));
	}
	return payload->len > s->most ? too_large(call, payload->len, s->most) : 0;
}

/* Heads are copied whole, which no function is called for; what follows covers the rest. */
void client_payload_write(const struct client_payload *payload, uint8_t *to)
{
	memcpy(to, payload->head, sizeof(payload->head));
	to += payload->head_len;
	for (size_t i = 0; i < payload->given_len; i++) {
		const struct client_argument *a = payload->given[i];

		if (!a) {
			*to++ = WIRE_NIL;
			continue;
		}
		memcpy(to, a->head, sizeof(a->head));
		to += a->head_len;
		if (a->len > 0)
			memcpy(to, a->data, a->len);
		to += a->len;
	}
}
