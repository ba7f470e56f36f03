/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing a call's result or failure. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/call_print.h"
#include "cli/exit.h"
#include "cli/jsonl.h"
#include "cli/say.h"
#include "lib/words.h"

/* No deeper than the wire lets lists be (WIRE_DEPTH_MAX). */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void json_value(struct jsonl *j, const char *key, const struct postern_value *v)
{
	const char *text = NULL;
	const void *data = NULL;
	int64_t integer = 0;
	bool boolean = false;
	size_t len = 0;

	switch (postern_value_kind(v)) {
	case POSTERN_KIND_BOOLEAN:
		(void)postern_value_boolean(v, &boolean);
		jsonl_boolean(j, key, boolean);
		break;
	case POSTERN_KIND_INTEGER:
		(void)postern_value_integer(v, &integer);
		jsonl_number(j, key, integer);
		break;
	case POSTERN_KIND_STRING:
		(void)postern_value_string(v, &text, &len);
		jsonl_text(j, key, text, len);
		break;
	case POSTERN_KIND_BYTES:
		(void)postern_value_bytes(v, &data, &len);
		jsonl_bytes(j, key, data, len);
		break;
	case POSTERN_KIND_LIST:
		jsonl_open(j, key, '[');
		for (size_t i = 0; i < postern_value_list_len(v); i++)
			json_value(j, NULL, postern_value_list_item(v, i));
		jsonl_close(j, ']');
		break;
	case POSTERN_KIND_RECORD:
		jsonl_open(j, key, '{');
		for (size_t i = 0; postern_value_record_at(v, i, &text); i++)
			json_value(j, text, postern_value_record_at(v, i, &text));
		jsonl_close(j, '}');
		break;
	case POSTERN_KIND_FD:
	case POSTERN_KIND_NIL:
	default:
		jsonl_null(j, key);
	}
}

static const char *kind_name(enum postern_kind kind)
{
	static const char *const names[] = {
		[POSTERN_KIND_NIL] = "none",	    [POSTERN_KIND_BOOLEAN] = "boolean",
		[POSTERN_KIND_INTEGER] = "integer", [POSTERN_KIND_STRING] = "string",
		[POSTERN_KIND_BYTES] = "bytes",	    [POSTERN_KIND_LIST] = "list",
		[POSTERN_KIND_RECORD] = "record",   [POSTERN_KIND_FD] = "fd",
	};

	return (size_t)kind < ARRAY_SIZE(names) ? names[kind] : "unknown";
}

/* A field's value on the rest of a line, so that no text makes it look like another field. */
/* NOLINTNEXTLINE(misc-no-recursion): fields are scalars, or lists of them */
static void field_value(const struct postern_value *v)
{
	const char *text = NULL;
	const void *data = NULL;
	int64_t integer = 0;
	bool boolean = false;
	size_t len = 0;

	switch (postern_value_kind(v)) {
	case POSTERN_KIND_BOOLEAN:
		(void)postern_value_boolean(v, &boolean);
		printf("%s", boolean ? "true" : "false");
		break;
	case POSTERN_KIND_INTEGER:
		(void)postern_value_integer(v, &integer);
		printf("%" PRId64, integer);
		break;
	case POSTERN_KIND_STRING:
		(void)postern_value_string(v, &text, &len);
		say_escaped(stdout, text, len, 0);
		break;
	case POSTERN_KIND_BYTES:
		(void)postern_value_bytes(v, &data, &len);
		printf("hex:");
		for (size_t i = 0; i < len; i++)
			printf("%02x", ((const unsigned char *)data)[i]);
		break;
	case POSTERN_KIND_LIST:
		for (size_t i = 0; i < postern_value_list_len(v); i++) {
			printf("%s", i ? ", " : "");
			field_value(postern_value_list_item(v, i));
		}
		break;
	case POSTERN_KIND_NIL:
	case POSTERN_KIND_RECORD:
	case POSTERN_KIND_FD:
	default:
		break;
	}
}

static void text_record(const struct postern_value *v)
{
	const struct postern_value *field;
	const char *name = NULL;

	for (size_t i = 0; (field = postern_value_record_at(v, i, &name)); i++) {
		say_escaped(stdout, name, strlen(name), 0);
		printf(": ");
		field_value(field);
		printf("\n");
	}
}

/* line: a line of its own, whatever stdout is. Alone, text gets a newline on a terminal only, and
 * bytes never. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void text_value(const struct postern_value *v, bool line)
{
	const char *text = NULL;
	const void *data = NULL;
	size_t len = 0;

	switch (postern_value_kind(v)) {
	case POSTERN_KIND_BOOLEAN:
	case POSTERN_KIND_INTEGER:
		field_value(v);
		printf("\n");
		break;
	case POSTERN_KIND_STRING:
		(void)postern_value_string(v, &text, &len);
		(void)fwrite(text, 1, len, stdout);
		if (line || ((!len || text[len - 1] != '\n') && isatty(STDOUT_FILENO)))
			printf("\n");
		break;
	case POSTERN_KIND_BYTES:
		(void)postern_value_bytes(v, &data, &len);
		(void)fwrite(data, 1, len, stdout);
		if (line)
			printf("\n");
		break;
	case POSTERN_KIND_LIST:
		for (size_t i = 0; i < postern_value_list_len(v); i++) {
			const struct postern_value *item = postern_value_list_item(v, i);

			if (i > 0 && postern_value_kind(item) == POSTERN_KIND_RECORD)
				printf("\n");
			text_value(item, true);
		}
		break;
	case POSTERN_KIND_RECORD:
		text_record(v);
		break;
	case POSTERN_KIND_FD:
	case POSTERN_KIND_NIL:
	default:
		break;
	}
}

void call_print_result(const struct postern_value *v, bool json)
{
	struct jsonl j = {.to = stdout};

	if (!json) {
		text_value(v, false);
		return;
	}
	jsonl_open(&j, NULL, '{');
	jsonl_string(&j, "result", "ok");
	jsonl_string(&j, "kind", kind_name(postern_value_kind(v)));
	json_value(&j, "value", v);
	jsonl_close(&j, '}');
	jsonl_end(&j);
}

static void json_name(struct jsonl *j, const struct postern_failure *f)
{
	const char *key, *value;

	if (!postern_failure_name(f))
		return;
	jsonl_string(j, "name", postern_failure_name(f));
	jsonl_open(j, "fields", '{');
	for (size_t i = 0; (value = postern_failure_field_at(f, i, &key)); i++)
		jsonl_string(j, key, value);
	jsonl_close(j, '}');
}

void call_print_failure_json(const struct postern_failure *f)
{
	struct jsonl j = {.to = stdout};

	jsonl_open(&j, NULL, '{');
	jsonl_string(&j, "result", postern_failure_result_name(f));
	jsonl_string(&j, "message", postern_failure_message(f));
	if (postern_failure_hint(f))
		jsonl_string(&j, "hint", postern_failure_hint(f));
	if (postern_failure_argument(f))
		jsonl_string(&j, "argument", postern_failure_argument(f));
	if (postern_failure_errno(f)) {
		jsonl_number(&j, "errno", postern_failure_errno(f));
		jsonl_string(&j, "error", strerrorname_np(postern_failure_errno(f)));
	}
	if (postern_failure_signal(f))
		jsonl_number(&j, "signal", postern_failure_signal(f));
	json_name(&j, f);
	if (postern_failure_denied_operation(f)) {
		jsonl_open(&j, "denial", '{');
		jsonl_string(&j, "operation", postern_failure_denied_operation(f));
		jsonl_string(&j, "object", postern_failure_denied_object(f));
		jsonl_string(&j, "rights", postern_failure_denied_rights(f));
		jsonl_string(&j, "rule", postern_failure_denied_rule(f));
		jsonl_close(&j, '}');
	}
	jsonl_close(&j, '}');
	jsonl_end(&j);
}

/* Messages of the library and of the worker often begin with the entrypoint's name, which stands
 * before them already. */
static const char *without_name(const char *message, const char *entrypoint)
{
	size_t len = strlen(entrypoint);

	if (strncmp(message, entrypoint, len) != 0)
		return message;
	if (strncmp(message + len, ": ", 2) == 0)
		return message + len + 2;
	return message[len] == ' ' ? message + len + 1 : message;
}

/* "open of "shadow" needs write, which no rule of motd.update_file grants" */
static void denial_write(const struct call_subject *s, const struct postern_failure *f, FILE *to)
{
	const char *operation = postern_failure_denied_operation(f);
	const char *object = postern_failure_denied_object(f);
	const char *rights = postern_failure_denied_rights(f);
	const char *rule = postern_failure_denied_rule(f);

	if (!operation) {
		(void)fputs("the kernel refused an operation", to);
		return;
	}
	if (rights && strcmp(operation, operation_name(POSTERN_OP_CAPABILITY)) == 0) {
		(void)fprintf(to, "it needs %s, which %s.%s does not hold", rights, s->context,
			      s->entrypoint);
		return;
	}
	(void)fputs(operation, to);
	if (object)
		(void)fprintf(to, " of \"%s\"", object);
	if (rights)
		(void)fprintf(to, " needs %s", rights);
	if (rights && rule && strcmp(rule, reason_text(POSTERN_REASON_NO_RULE)) == 0)
		(void)fprintf(to, ", which no rule of %s.%s grants", s->context, s->entrypoint);
	else if (rule)
		(void)fprintf(to, ": %s", rule);
}

/* What the library and posternd leave unsaid. */
static const char *own_hint(enum postern_result result)
{
	switch (result) {
	case POSTERN_RESULT_NOT_PERMITTED:
		return "`callers` in the context's manifest lists who may call it";
	case POSTERN_RESULT_TIMED_OUT:
		return "--timeout and the entrypoint's `timeout` set how long a call may take";
	case POSTERN_RESULT_WORKER_DIED:
		return "a new worker takes the next call; posternd's journal has the reason";
	case POSTERN_RESULT_BUSY:
		return "try again later; `limits` and `workers` in the manifest set how much it "
		       "takes";
	case POSTERN_RESULT_NOT_AVAILABLE:
		return "postern status shows the contexts, and why one does not start";
	case POSTERN_RESULT_OK:
	case POSTERN_RESULT_FAILED:
	case POSTERN_RESULT_BAD_ARGUMENT:
	case POSTERN_RESULT_DENIED:
	case POSTERN_RESULT_PROTOCOL_ERROR:
	case POSTERN_RESULT_CANCELLED:
	default:
		return NULL;
	}
}

/* Was the name the subject of a sentence ("update_motd takes no argument named x")? */
static bool sentence(const char *whole, const char *message)
{
	return message > whole && message[-1] == ' ' && message - whole > 1 && message[-2] != ':';
}

static void failure_write(const struct call_subject *s, const struct postern_failure *f, FILE *to)
{
	const enum postern_result result = postern_failure_result(f);
	const char *whole = postern_failure_message(f);
	const char *message = without_name(whole, s->entrypoint);
	const bool called = result == POSTERN_RESULT_FAILED || result == POSTERN_RESULT_DENIED;

	if (called) {
		(void)fprintf(to, "%s: %s(", postern_failure_result_name(f), s->entrypoint);
		call_values_show(s->values, to);
		(void)fputs("): ", to);
	} else {
		(void)fprintf(to, "%s: %s.%s%s ", postern_failure_result_name(f), s->context,
			      s->entrypoint, sentence(whole, message) ? "" : ":");
	}
	if (result == POSTERN_RESULT_DENIED) {
		denial_write(s, f, to);
		(void)fprintf(to, " (%s)", message);
	} else {
		(void)fputs(message, to);
	}
	if (postern_failure_signal(f) && !strstr(message, "signal"))
		(void)fprintf(to, " (signal %d)", postern_failure_signal(f));
}

int call_print_failure(const struct call_subject *s, const struct postern_failure *f, bool json)
{
	const char *hint = postern_failure_hint(f);
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *to;

	if (json)
		call_print_failure_json(f);
	to = open_memstream(&text, &len);
	if (to) {
		failure_write(s, f, to);
		(void)fclose(to);
	}
	say_error("%s", text ? text : postern_failure_message(f));
	if (!hint)
		hint = own_hint(postern_failure_result(f));
	if (hint)
		say_hint("%s", hint);
	return CLI_CALL + (int)postern_failure_result(f);
}

int call_print_bad_text(const struct call_subject *s, const struct error *err, bool json)
{
	struct jsonl j = {.to = stdout};

	if (json) {
		jsonl_open(&j, NULL, '{');
		jsonl_string(&j, "result", "bad argument");
		jsonl_string(&j, "message", error_text(err));
		jsonl_close(&j, '}');
		jsonl_end(&j);
	}
	say_error("bad argument: %s.%s: %s", s->context, s->entrypoint, error_text(err));
	if (err->hint)
		say_hint("%s", err->hint);
	return CLI_BAD_ARGUMENT;
}
