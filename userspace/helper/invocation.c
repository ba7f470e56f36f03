/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One call in a worker: from the CALL's bytes to those of the answer. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/text.h"
#include "helper/call.h"
#include "helper/passed.h"
#include "lib/words.h"

#define DENIAL_TRIES 8			      /* to read it while the kernel does not write it */
#define ERRNO_MAX    4095		      /* include/linux/err.h, MAX_ERRNO */
#define TEXT_KEPT    (REPLY_MESSAGE_MAX - 64) /* so that the errno's own text fits behind */

int invocation_header(const void *record, size_t len, struct postern_header *ret)
{
	int r = wire_header(record, len, ret);

	if (r < 0)
		return r;
	return ret->type == POSTERN_CALL ? 0 : -EBADMSG;
}

static uint64_t denial_sequence(const struct invocation_target *target)
{
	return target->page ? target->page->denial.sequence : 0;
}

/* Copies the page's last denial, if it is a new one that was enforced. The kernel may write the
 * next one meanwhile, for a child of this worker: then it is read again. */
static bool denial_since(const struct invocation_target *target, uint64_t before,
			 struct postern_denial *ret)
{
	volatile const unsigned char *from;
	unsigned char *to = (unsigned char *)ret;

	if (!target->page || denial_sequence(target) == before)
		return false;
	from = (volatile const unsigned char *)&target->page->denial;
	for (int tries = 0; tries < DENIAL_TRIES; tries++) {
		for (size_t i = 0; i < sizeof(*ret); i++)
			to[i] = from[i];
		if (ret->sequence == denial_sequence(target))
			break;
	}
	return ret->audit == 0;
}

/* What fails without a denial has another cause than Postern's rules; an LSM program does not see
 * these, so the errno is all there is to go by. */
static const char *failure_hint(int error)
{
	switch (error) {
	case EROFS:
		return "the path is read-only in the context: no rule of any of its entrypoints "
		       "lets it be written";
	case EACCES:
	case EPERM:
		return "not a denial by Postern: file permissions, or an id that the context does "
		       "not map (ids:)";
	case ENOENT:
		return "the path does not exist in the context's root, which holds only the "
		       "directories that rules name";
	default:
		return NULL;
	}
}

/* A function's return value as a positive errno. */
static int error_of(int returned)
{
	if (returned < -ERRNO_MAX || returned > ERRNO_MAX)
		return EIO;
	return returned < 0 ? -returned : returned;
}

/* The key of an entrypoint under which the right would stand, and its line: the entrypoint's where
 * the manifest does not have the key, or nobody noted where. */
static const char *key_of(const struct manifest_entrypoint *e, uint32_t operation,
			  unsigned *ret_line)
{
	*ret_line = e->place.line;
	switch (operation) {
	case POSTERN_OP_CAPABILITY:
		return "capabilities";
	case POSTERN_OP_NETLINK:
		*ret_line = e->netlink.place.line ? e->netlink.place.line : *ret_line;
		return "netlink";
	case POSTERN_OP_SOCKET:
	case POSTERN_OP_BIND:
	case POSTERN_OP_SEND:
		*ret_line = e->sockets.place.line ? e->sockets.place.line : *ret_line;
		return "sockets";
	case POSTERN_OP_SOCKET_OPTION:
		return "socket_options";
	case POSTERN_OP_MODULE:
		return "kernel_modules";
	case POSTERN_OP_RECEIVE:
		return "arguments";
	default:
		*ret_line = e->paths_place.line ? e->paths_place.line : *ret_line;
		return "paths";
	}
}

APART static size_t answer_denied(const struct postern_invocation *call, struct reply_error *e,
				  const struct postern_denial *d)
{
	const struct manifest_entrypoint *entrypoint = call->target->entrypoint;
	unsigned line;
	const char *key = key_of(entrypoint, d->operation, &line);
	size_t name_len = strnlen(d->name, MIN_OF(d->name_len, sizeof(d->name)));
	char rights[WORDS_RIGHTS_MAX], name[POSTERN_NAME_BYTES + 1], object[sizeof(name)];
	char rule[REPLY_WORD_MAX + 1], hint[REPLY_MESSAGE_MAX + 1];

	rights_text(d->operation, d->rights, rights);
	(void)snprintf(name, sizeof(name), "%.*s", (int)name_len, d->name);
	(void)text_clean(object, sizeof(object), name, name_len);
	(void)snprintf(rule, sizeof(rule), "%s", reason_text(d->reason));
	(void)snprintf(hint, sizeof(hint),
		       "the kernel refused it: the manifest of %s does not grant it to %s (%s, "
		       "line %u); postern log shows the whole event",
		       call->target->context, entrypoint->name, key, line);
	e->code = POSTERN_DENIED;
	e->denial.operation = operation_name(d->operation);
	/* As it was: a secret may hold what is not shown as it is. */
	if (invocation_tells_secret(call, name))
		(void)snprintf(object, sizeof(object), "(secret)");
	e->denial.object = object[0] ? object : NULL;
	e->denial.rights = rights[0] ? rights : NULL;
	e->denial.rule = rule;
	e->hint = d->reason == POSTERN_REASON_NO_RULE ? hint : "postern log shows the whole event";
	return reply_error_write(call->reply->record, call->call, e);
}

APART static size_t answer_failed(const struct postern_invocation *call, int returned,
				  uint64_t before)
{
	struct reply_error e = {.code = POSTERN_FAILED, .error = error_of(returned)};
	char message[REPLY_MESSAGE_MAX + 1];
	struct postern_denial denial;

	if (call->failed && call->text[0]) {
		int keep = (int)text_cut(call->text, strlen(call->text), TEXT_KEPT);

		(void)snprintf(message, sizeof(message), "%.*s: %s", keep, call->text,
			       strerror(e.error));
		e.message = message;
	} else if (call->mistake[0]) {
		e.message = call->mistake;
	} else {
		(void)snprintf(message, sizeof(message), "%s: %s", call->target->entrypoint->name,
			       strerror(e.error));
		e.message = message;
	}
	invocation_fail_name(call, &e);
	if (denial_since(call->target, before, &denial))
		return answer_denied(call, &e, &denial);
	/* What the application has a word for is not guessed at. */
	e.hint = e.name ? NULL : failure_hint(e.error);
	return reply_error_write(call->reply->record, call->call, &e);
}

APART static size_t answer_mistake(const struct postern_invocation *call, const char *mistake)
{
	return reply_error(call->reply->record, call->call, POSTERN_FAILED, mistake,
			   "module and manifest do not fit together", 0, EPROTO);
}

/* The function said that it succeeded. */
static size_t answer_returned(struct postern_invocation *call)
{
	const struct argument *result = &call->target->entrypoint->result;
	struct wire_writer w;

	if (call->mistake[0])
		return answer_mistake(call, call->mistake);
	if (call->reply->len > 0)
		return call->reply->len;
	if (result->type != ARGUMENT_NONE && !result->optional) {
		char mistake[256];

		(void)snprintf(
			mistake, sizeof(mistake),
			"the module's mistake: %s returned 0 without setting the result that "
			"the manifest declares",
			call->target->entrypoint->name);
		return answer_mistake(call, mistake);
	}
	wire_start(&w, call->reply->record, POSTERN_RECORD_MAX, POSTERN_RETURN, call->call, 0);
	wire_put_nil(&w);
	return w.len;
}

APART static size_t answer_bad_argument(const struct postern_invocation *call, const char *name,
					const char *message)
{
	const struct reply_error e = {
		.code = POSTERN_BAD_ARGUMENT,
		.message = message,
		.argument = name,
		.error = EINVAL,
	};

	return reply_error_write(call->reply->record, call->call, &e);
}

/* The decoded tree is this call's own. */
static void default_fill(const struct argument *a, const struct postern_value *v)
{
	if (v->kind == POSTERN_KIND_NIL && a->has_default)
		*(struct postern_value *)v = argument_default(a);
}

/* Holds the arguments against the manifest. Returns 0, or the length of the error that it wrote. */
static size_t check_arguments(const struct postern_invocation *call,
			      struct postern_value *arguments)
{
	const struct manifest_entrypoint *e = call->target->entrypoint;
	char message[REPLY_MESSAGE_MAX + 1], name[ARGUMENT_NAME_MAX + ARGUMENT_WHERE_MAX + 1];
	struct argument_misfit misfit;

	if (arguments->kind != POSTERN_KIND_LIST || arguments->list.len != e->arguments_len) {
		(void)snprintf(message, sizeof(message),
			       "%s takes an array of %zu values, one for each argument that the "
			       "manifest declares",
			       e->name, e->arguments_len);
		return answer_bad_argument(call, NULL, message);
	}
	for (size_t i = 0; i < e->arguments_len; i++) {
		default_fill(&e->arguments[i], &arguments->list.items[i]);
		if (argument_check(call->checks, i, &arguments->list.items[i], &misfit) == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s%s", e->arguments[i].name, misfit.where);
		(void)snprintf(message, sizeof(message), "%s: %s", name, misfit.message);
		return answer_bad_argument(call, name, message);
	}
	return 0;
}

/* Descriptors in the place of their numbers. Returns as above. */
static size_t assign_descriptors(const struct postern_invocation *call,
				 struct postern_value *arguments)
{
	const struct manifest_entrypoint *e = call->target->entrypoint;
	static const struct passed none;
	char message[REPLY_MESSAGE_MAX + 1], what[PASSED_MESSAGE_MAX];
	const struct passed *passed = call->target->passed ? call->target->passed : &none;
	size_t at = 0;

	if (!argument_checks_descriptors(call->checks) && !passed->len && !passed->cut)
		return 0;
	if (arguments->kind != POSTERN_KIND_LIST || arguments->list.len != e->arguments_len ||
	    passed_assign(passed, e, (struct postern_value *)arguments->list.items, &at, what) == 0)
		return 0;
	if (at == e->arguments_len)
		return answer_bad_argument(call, NULL, what);
	(void)snprintf(message, sizeof(message), "%s: %s", e->arguments[at].name, what);
	return answer_bad_argument(call, e->arguments[at].name, message);
}

/* Narrows this process to the values of this call, or ends it: the function must not run with less
 * than that. Returns as above. */
static size_t bind_arguments(const struct postern_invocation *call,
			     const struct postern_value *arguments)
{
	const struct manifest_entrypoint *e = call->target->entrypoint;
	char message[REPLY_MESSAGE_MAX + 1], what[ARGUMENT_MESSAGE_MAX];
	size_t at = 0;
	int r;

	r = slots_bind(e, arguments->list.items, call->target->bind, &at, what);
	if (r == 0)
		return 0;
	(void)snprintf(message, sizeof(message), "%s: %s", e->arguments[at].name, what);
	if (r == -EINVAL)
		return answer_bad_argument(call, e->arguments[at].name, message);
	return reply_error(call->reply->record, call->call, POSTERN_NOT_AVAILABLE, message,
			   "the function was not run; postern log may say more", 0, -r);
}

static size_t run(struct postern_invocation *call, struct postern_value *arguments)
{
	uint64_t before;
	size_t len;
	int r;

	len = assign_descriptors(call, arguments);
	if (len == 0)
		len = check_arguments(call, arguments);
	if (len == 0)
		len = bind_arguments(call, arguments);
	if (len > 0)
		return len;
	call->values = arguments->list.items;
	if (invocation_records_make(call) < 0)
		return reply_error(call->reply->record, call->call, POSTERN_NOT_AVAILABLE,
				   "the worker is out of memory", NULL, 0, ENOMEM);
	before = denial_sequence(call->target);
	invocation_log_begin(call);
	r = call->target->function(call);
	invocation_log_end(call);
	if (call->target->passed && (r || call->mistake[0]))
		passed_drop_result(call->target->passed);
	return r ? answer_failed(call, r, before) : answer_returned(call);
}

static size_t decode_and_run(struct postern_invocation *call, void *payload, size_t len,
			     struct postern_value *values)
{
	size_t reply_len;

	if (wire_decode_in_place(payload, len, WIRE_MAPS, values, WIRE_VALUES_MAX) < 0)
		return reply_error(call->reply->record, call->call, POSTERN_PROTOCOL_ERROR,
				   "the CALL's payload is not one msgpack object within the "
				   "protocol's bounds",
				   NULL, 0, EBADMSG);
	reply_len = run(call, values);
	if (call->records)
		invocation_records_free(call);
	if (call->build)
		invocation_build_free(call);
	return reply_len;
}

void invocation_serve(const struct invocation_target *target,
		      const struct invocation_caller *caller, const struct postern_header *header,
		      void *payload, size_t len, struct postern_value *values,
		      struct invocation_reply *reply)
{
	struct postern_invocation call;
	size_t reply_len;

	call.target = target;
	call.caller = caller;
	call.checks = target->checks;
	call.values = NULL;
	call.call = header->call;
	call.log_level = (int)(header->flags & POSTERN_CALL_LOG) - 1;
	call.log_lost = 0;
	call.reply = reply;
	call.failed = 0;
	call.fields_len = 0;
	call.records = NULL;
	call.build = NULL;
	call.text[0] = call.error_name[0] = call.mistake[0] = '\0';
	reply->len = 0;
	reply_len = decode_and_run(&call, payload, len, values);
	/* An error takes the place of a result that was set before. */
	if (reply_len != reply->len)
		invocation_reply_clear(reply);
	reply->len = reply_len;
}

void invocation_reply_clear(struct invocation_reply *reply)
{
	if (reply->large)
		(void)munmap(reply->large, reply->large_size);
	reply->large = NULL;
	reply->len = 0;
}

static size_t run_copied(const struct invocation_target *target,
			 const struct invocation_caller *caller, const void *record, size_t len,
			 struct invocation_reply *to)
{
	cleanup_free struct postern_value *values = calloc(WIRE_VALUES_MAX, sizeof(*values));
	cleanup_free uint8_t *copy = malloc(len + 1);
	struct argument_checks *temporary = NULL;
	struct invocation_target with = *target;
	struct postern_header h;
	int r = 0;

	if (invocation_header(record, len, &h) < 0 || h.flags & POSTERN_MORE)
		/* cppcheck-suppress memleak ; cleanup_free frees it */
		return reply_error(to->record, 0, POSTERN_PROTOCOL_ERROR,
				   "the record is not a CALL", NULL, 0, EBADMSG);
	if (!target->checks)
		r = argument_checks_new(target->entrypoint, &temporary, NULL);
	if (r < 0 || !values || !copy)
		return reply_error(to->record, h.call, POSTERN_NOT_AVAILABLE,
				   "the manifest's patterns cannot be prepared", NULL, 0,
				   r < 0 ? -r : ENOMEM);
	if (temporary)
		with.checks = temporary;
	memcpy(copy, (const uint8_t *)record + sizeof(h), len - sizeof(h));
	invocation_serve(&with, caller, &h, copy, len - sizeof(h), values, to);
	argument_checks_free(temporary);
	return to->len;
}

void invocation_run_message(const struct invocation_target *target,
			    const struct invocation_caller *caller, const void *message, size_t len,
			    struct invocation_reply *reply)
{
	reply->len = run_copied(target, caller, message, len, reply);
}

void invocation_run(const struct invocation_target *target, const struct invocation_caller *caller,
		    const void *record, size_t len, void *reply, size_t *ret_len)
{
	struct invocation_reply to = {.record = reply, .most = POSTERN_RECORD_MAX};

	invocation_run_message(target, caller, record, len, &to);
	*ret_len = to.len;
}
