/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern-testing: what a test changes in a context. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/argument_path.h"
#include "lib/client.h"
#include "manifest/argument_forms.h"
#include "testing/in_process.h"

int postern_testing_fake(struct postern_testing *t, const char *entrypoint,
			 postern_function function)
{
	struct testing_entrypoint *e = testing_entrypoint(t, entrypoint);

	if (!e)
		return -ENOENT;
	e->fake = function;
	return 0;
}

/* Kept as the record that it travels in: nothing else would show that the client understands it. */
static int end_record(const struct postern_testing_end *end, uint8_t **ret, size_t *ret_len)
{
	const struct reply_error e = {
		.code = (enum postern_code)end->result,
		.message = end->message,
		.hint = end->hint,
		.argument = end->argument,
		.error = end->error,
		.signal = end->signal,
		.denial = {.operation = end->denied_operation,
			   .object = end->denied_object,
			   .rights = end->denied_rights},
	};
	uint8_t *record = malloc(REPLY_ERROR_MAX);

	if (!record)
		return -ENOMEM;
	*ret_len = reply_error_write(record, 0, &e);
	*ret = record;
	return 0;
}

int postern_testing_end(struct postern_testing *t, const char *entrypoint,
			const struct postern_testing_end *end)
{
	struct testing_entrypoint *e = testing_entrypoint(t, entrypoint);
	uint8_t *record = NULL;
	size_t len = 0;
	int r = 0;

	if (!e)
		return -ENOENT;
	if (end && ((int)end->result <= POSTERN_OK || (int)end->result >= POSTERN_CODES))
		return -EINVAL;
	if (end)
		r = end_record(end, &record, &len);
	if (r < 0)
		return r;
	free(e->end);
	e->end = record;
	e->end_len = len;
	return 0;
}

void postern_testing_caller(struct postern_testing *t, uid_t uid, gid_t gid, pid_t pid)
{
	t->caller = (struct invocation_caller){.uid = uid, .gid = gid, .pid = pid};
}

static int argument_root(struct argument *a, const char *directory)
{
	char *below;

	if (a->element)
		return argument_root(a->element, directory);
	if (!a->below)
		return 0;
	if (asprintf(&below, "%s%s", directory, a->below[1] ? a->below : "") < 0)
		return -ENOMEM;
	free(a->below);
	a->below = below;
	return 0;
}

/* The checks look at the manifest's own strings, so it is these that change. */
int postern_testing_root(struct postern_testing *t, const char *directory)
{
	int r = 0;

	if (form_path(directory) || !directory[1])
		return -EINVAL;
	if (t->rooted)
		return -EEXIST;
	t->rooted = true;
	for (size_t i = 0; i < t->manifest->entrypoints_len && r == 0; i++) {
		struct manifest_entrypoint *e = &t->manifest->entrypoints[i];

		r = argument_root(&e->result, directory);
		for (size_t j = 0; j < e->arguments_len && r == 0; j++)
			r = argument_root(&e->arguments[j], directory);
	}
	return r;
}

size_t postern_testing_calls(const struct postern_testing *t, const char *entrypoint)
{
	const struct testing_entrypoint *e = testing_entrypoint(t, entrypoint);

	return e ? e->calls : 0;
}
