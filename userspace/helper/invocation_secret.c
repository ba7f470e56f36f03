/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does a text tell what an argument is to keep secret? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/call.h"

static bool holds_scalar(const char *text, const struct postern_value *v)
{
	char number[24];

	if (v->kind == POSTERN_KIND_INTEGER) {
		(void)snprintf(number, sizeof(number), "%" PRId64, v->integer);
		return strstr(text, number) != NULL;
	}
	if (v->kind != POSTERN_KIND_STRING && v->kind != POSTERN_KIND_BYTES)
		return false;
	return v->text.len > 0 && memmem(text, strlen(text), v->text.data, v->text.len) != NULL;
}

/* secret: what the value is a part of is. */
static bool tells(const char *text, const struct argument *a, const struct postern_value *v,
		  bool secret)
{
	secret |= a->secret;
	if (v->kind == POSTERN_KIND_LIST) {
		for (size_t i = 0; i < v->list.len; i++)
			if (tells(text, a->element, &v->list.items[i], secret))
				return true;
		return false;
	}
	if (v->kind == POSTERN_KIND_RECORD) {
		for (size_t i = 0; i < a->fields_len; i++) {
			const struct postern_value *field = wire_map_get(v, a->fields[i].name);

			if (field && tells(text, &a->fields[i], field, secret))
				return true;
		}
		return false;
	}
	return secret && holds_scalar(text, v);
}

bool invocation_tells_secret(const struct postern_invocation *call, const char *text)
{
	const struct manifest_entrypoint *e = call->target->entrypoint;

	for (size_t i = 0; i < e->arguments_len; i++)
		if (tells(text, &e->arguments[i], &call->values[i], false))
			return true;
	return false;
}
