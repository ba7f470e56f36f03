/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a worker tells of its entrypoint in OPENED: the signature, and how long a CALL may be. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "helper/call.h"

#define VALUE_HEAD_MAX 9
#define TEXT_MOST      PATH_MAX /* of those that are texts by their form */
#define RECORD_PAYLOAD (POSTERN_RECORD_MAX - sizeof(struct postern_header))

static_assert(ARGUMENTS_MAX <= REPLY_ARGUMENTS_MAX, "every manifest's signature can be sent");

/* The most that a value of the type takes on the wire. */
/* NOLINTNEXTLINE(misc-no-recursion): a list has no lists, a record no records */
static uint64_t value_most(const struct argument *a)
{
	uint64_t most = VALUE_HEAD_MAX;

	switch (argument_kind(a->type)) {
	case POSTERN_KIND_NIL:
	case POSTERN_KIND_BOOLEAN:
		return 1;
	case POSTERN_KIND_INTEGER:
	case POSTERN_KIND_FD:
		return VALUE_HEAD_MAX;
	case POSTERN_KIND_LIST:
		return VALUE_HEAD_MAX + a->max_length * value_most(a->element);
	case POSTERN_KIND_RECORD:
		for (size_t i = 0; i < a->fields_len; i++)
			most += VALUE_HEAD_MAX + ARGUMENT_NAME_MAX + value_most(&a->fields[i]);
		return most;
	case POSTERN_KIND_STRING:
	case POSTERN_KIND_BYTES:
	default:
		break;
	}
	if (a->type == ARGUMENT_STRING || a->type == ARGUMENT_BYTES)
		return VALUE_HEAD_MAX + a->max_length;
	return VALUE_HEAD_MAX + TEXT_MOST;
}

size_t invocation_most(const struct manifest_entrypoint *e)
{
	uint64_t most = VALUE_HEAD_MAX;

	for (size_t i = 0; i < e->arguments_len; i++)
		most += value_most(&e->arguments[i]);
	return (size_t)MIN_OF(MAX_OF(most, (uint64_t)RECORD_PAYLOAD), (uint64_t)WIRE_PAYLOAD_MAX);
}

/* What a signature has of an argument or field, without fields. */
static struct postern_parameter parameter_of(const struct argument *a)
{
	return (struct postern_parameter){
		.name = a->name,
		.type = (int)a->type,
		.element = a->element ? (int)a->element->type : 0,
		.fd_kinds = a->fd_kinds,
		.fd_mode = a->fd_mode,
		.optional = a->optional,
		.secret = a->secret,
	};
}

/* Returns how many fields it wrote. */
static size_t describe_fields(const struct argument *a, struct postern_parameter *fields,
			      size_t *ret_len)
{
	const struct argument *record = argument_record(a);

	*ret_len = record ? record->fields_len : 0;
	for (size_t i = 0; i < *ret_len; i++)
		fields[i] = parameter_of(&record->fields[i]);
	return *ret_len;
}

static size_t fields_count(const struct manifest_entrypoint *e)
{
	const struct argument *record = argument_record(&e->result);
	size_t count = record ? record->fields_len : 0;

	for (size_t i = 0; i < e->arguments_len; i++) {
		record = argument_record(&e->arguments[i]);
		count += record ? record->fields_len : 0;
	}
	return count;
}

size_t invocation_opened(const struct invocation_target *target, void *reply)
{
	const struct manifest_entrypoint *e = target->entrypoint;
	cleanup_free struct postern_parameter *fields =
		calloc(fields_count(e) + 1, sizeof(*fields));
	struct postern_parameter parameters[ARGUMENTS_MAX];
	struct postern_signature signature = {
		.parameters = parameters,
		.len = MIN_OF(e->arguments_len, ARRAY_SIZE(parameters)),
		.result = (int)e->result.type,
		.result_element = e->result.element ? (int)e->result.element->type : 0,
		.result_fields = fields,
		.timeout_ns = e->timeout_ns,
		.most = invocation_most(e),
		.result_secret = e->result.secret,
	};
	size_t len = 0, used = 0;

	if (fields)
		used = describe_fields(&e->result, fields, &signature.result_fields_len);
	for (size_t i = 0; fields && i < signature.len; i++) {
		parameters[i] = parameter_of(&e->arguments[i]);
		parameters[i].fields = &fields[used];
		used += describe_fields(&e->arguments[i], &fields[used], &parameters[i].fields_len);
	}
	if (fields && signature.len == e->arguments_len)
		len = reply_opened_write(reply, target->context, e->name, &signature);
	if (!len)
		len = reply_error(reply, 0, POSTERN_NOT_AVAILABLE,
				  "the entrypoint's signature cannot be sent", NULL, 0, EPROTO);
	return len;
}
