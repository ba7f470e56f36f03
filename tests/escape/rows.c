/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs rows, and judges them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "lib/words.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"
#include "tests/tap.h"

bool check(bool ok, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return tap(ok, "%s", text);
}

int check_done(void)
{
	return tap_done();
}

static const char *const layer_names[LAYERS] = {
	[LAYER_LSM] = "kernel program",
	[LAYER_SECCOMP] = "system call filter",
	[LAYER_CAPABILITY] = "capabilities and ids",
	[LAYER_MOUNT] = "mount namespace",
	[LAYER_KERNEL] = "kernel",
};

static const char *place(const char *path, const char *directory, char room[512])
{
	if (!path)
		return "";
	if (strncmp(path, "@/", 2) != 0)
		return path;
	(void)snprintf(room, 512, "%s/%s", directory, path + 2);
	return room;
}

static const char *entrypoint_of(const struct row *row)
{
	return row->entrypoint ? row->entrypoint : "attempt";
}

/* A denial must say who, what, on which object, and which line of the manifest to look at. */
static const char *event_mistake(const struct row *row, const struct seen *seen, const char *path)
{
	const struct admin_record *d = seen_operation(seen, row->operation);

	if (!d)
		return "no event of that operation came";
	if (strcmp(d->entrypoint, entrypoint_of(row)) != 0)
		return "the event names another entrypoint";
	if (!d->line || !strstr(d->text, "context.yaml:"))
		return "the event names no line of the manifest";
	if (path[0] && strcmp(d->path, path) != 0)
		return "the event names another path";
	return NULL;
}

static const char *denied_mistake(const struct row *row, const struct call_result *r,
				  const struct seen *seen, const char *path)
{
	if (r->value == 0)
		return "it worked";
	if (r->value == CALL_FAILED || r->value >= ATTEMPT_BROKEN)
		return driver_word(r->value);
	if (row->error && r->value != row->error)
		return "another errno";
	if (row->layer == LAYER_LSM)
		return event_mistake(row, seen, path);
	return seen->len ? "a kernel program denied something" : NULL;
}

static void show(const struct call_result *r, const struct seen *seen)
{
	printf("# result: %s %s\n", driver_word(r->value), r->message);
	for (size_t i = 0; i < seen->len && i < 4; i++)
		printf("# event: %s %s %s (%s)\n", seen->records[i].entrypoint,
		       operation_name(seen->records[i].operation), seen->records[i].path,
		       reason_text(seen->records[i].reason));
}

static void run_denied(const struct row *row, const char *context, const char *directory)
{
	char room[3][512];
	const char *path = place(row->denied.path, directory, room[0]);
	const char *event = row->event ? place(row->event, directory, room[2]) : path;
	static struct seen seen;
	struct call_result r;
	const char *mistake;
	bool kept;

	r = driver_call(context, entrypoint_of(row), row->attempt, path,
			place(row->denied.other, directory, room[1]));
	driver_denials(context, &seen);
	mistake = denied_mistake(row, &r, &seen, event);
	kept = driver_secret_kept(directory);
	if (!check(!mistake && kept, "[%s] %s %s: stopped by %s, %s%s%s", context, row->attempt,
		   path, layer_names[row->layer], driver_word(r.value), mistake ? "; but " : "",
		   mistake ? mistake : ""))
		show(&r, &seen);
}

static void run_allowed(const struct row *row, const char *context)
{
	static struct seen seen;
	struct call_result r;

	r = driver_call(context, entrypoint_of(row), row->attempt, row->allowed.path,
			row->allowed.other ? row->allowed.other : "");
	driver_denials(context, &seen);
	if (!check(r.value == 0 && seen.len == 0, "[%s] %s %s: allowed, %s", context, row->attempt,
		   row->allowed.path, driver_word(r.value)))
		show(&r, &seen);
}

void row_run_here(const struct row *row, const char *context, const char *directory)
{
	if (row->denied.path)
		run_denied(row, context, directory);
	if (row->allowed.path)
		run_allowed(row, context);
}

void row_run(const struct row *row, const char *context, const char *directory)
{
	struct row part = *row;

	driver_files();
	part.allowed.path = NULL;
	row_run_here(&part, context, directory);
	if (!row->allowed.path)
		return;
	driver_files();
	run_allowed(row, context);
}

void row_control(const struct row *row, const char *directory)
{
	char room[2][512];
	int r = driver_unconfined(row->attempt, place(row->denied.path, directory, room[0]),
				  place(row->denied.other, directory, room[1]));

	char first[64];

	(void)snprintf(first, sizeof(first), "%s", driver_word(r));
	(void)check(r != row->error && r < ATTEMPT_BROKEN, "[unconfined] %s %s: %s, not %s",
		    row->attempt, row->denied.other ? row->denied.other : "", first,
		    driver_word(row->error));
}
