/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same attempts on any file system: allowed below ok/, refused beside it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/places.h"
#include "tests/tap.h"

#define PROGRAM "/usr/local/lib/postern-escape/program"

/* In paths, # stands for the row's number, so that each has files that are still below. */
struct row {
	const char *attempt;
	uint32_t operation;
	const char *denied, *denied_other;
	const char *allowed, *allowed_other;
	const char *refused_at; /* name that the event ends with; NULL: that of `denied` */
};

/* clang-format off */
static const struct row rows[] = {
	{"open to read", POSTERN_OP_OPEN, "s#", "", "ok/f#", "", NULL},
	{"open to write", POSTERN_OP_OPEN, "s#", "", "ok/f#", "", NULL},
	{"open to read and write", POSTERN_OP_OPEN, "s#", "", "ok/f#", "", NULL},
	{"open to append", POSTERN_OP_OPEN, "s#", "", "ok/f#", "", NULL},
	{"open to read and truncate", POSTERN_OP_OPEN, "s#", "", "ok/f#", "", NULL},
	{"open to read", POSTERN_OP_OPEN, "d#/deep", "", "ok/d#/deep", "", NULL},
	{"open to write", POSTERN_OP_OPEN, "d#/deep", "", "ok/d#/deep", "", NULL},
	{"list", POSTERN_OP_OPEN, "d#", "", "ok/d#", "", NULL},
	{"map shared and writable", 0, NULL, NULL, "ok/f#", "", NULL},
	{"truncate", POSTERN_OP_TRUNCATE, "s#", "", "ok/f#", "", NULL},
	{"chmod", POSTERN_OP_CHMOD, "s#", "", "ok/f#", "", NULL},
	{"chmod", POSTERN_OP_CHMOD, "d#", "", "ok/d#", "", NULL},
	{"chown", POSTERN_OP_CHOWN, "s#", "", "ok/f#", "", NULL},
	{"utimensat", POSTERN_OP_METADATA, "s#", "", "ok/f#", "", NULL},
	{"setxattr", POSTERN_OP_METADATA, "s#", "", "ok/f#", "", NULL},
	{"set an access control list", POSTERN_OP_METADATA, "s#", "", "ok/f#", "", NULL},
	{"hard link", POSTERN_OP_LINK, "s#", "ok/stolen#", "ok/f#", "ok/linked#", NULL},
	{"rename away", POSTERN_OP_RENAME, "s#", "ok/stolen#", "ok/f#", "ok/moved#", NULL},
	{"rename away", POSTERN_OP_RENAME, "d#/deep", "ok/stolen#", "ok/d#/deep", "ok/moved#", NULL},
	{"rename exchange", POSTERN_OP_RENAME, "s#", "ok/f#", "ok/g#", "ok/f#", NULL},
	{"unlink", POSTERN_OP_DELETE, "s#", "", "ok/f#", "", NULL},
	{"rmdir", POSTERN_OP_RMDIR, "e#", "", "ok/e#", "", NULL},
	{"create", POSTERN_OP_CREATE, "new#", "", "ok/new#", "", NULL},
	{"create", POSTERN_OP_CREATE, "d#/new", "", "ok/d#/new", "", NULL},
	{"mkdir", POSTERN_OP_MKDIR, "new#", "", "ok/new#", "", NULL},
	{"make a symlink", POSTERN_OP_SYMLINK, "new#", "", "ok/new#", "", NULL},
	{"mknod a fifo", POSTERN_OP_CREATE, "new#", "", "ok/new#", "", NULL},
	{"execute", POSTERN_OP_OPEN, "denied", "", "program", "", NULL},
	{"map executable", POSTERN_OP_MAP, NULL, "", "program", "", NULL},
	{"reopen an O_PATH descriptor", POSTERN_OP_OPEN, "s#", "", "ok/f#", "", NULL},
	{"symlink", POSTERN_OP_OPEN, "s#", "ok/link#", "ok/f#", "ok/link#", "s#"},
};
/* clang-format on */

const char *places_join(char *room, const char *directory, const char *path, unsigned row)
{
	size_t len = (size_t)snprintf(room, 512, "%s/", directory);

	for (; *path && len < 500; path++) {
		if (*path == '#')
			len += (size_t)snprintf(room + len, 512 - len, "%u", row);
		else
			room[len++] = *path;
	}
	room[len] = '\0';
	return room;
}

void places_fill(const char *directory)
{
	static const char *const directories[] = {"d#", "e#", "ok/d#", "ok/e#"};
	static const char *const files[] = {"s#", "ok/f#", "ok/g#", "d#/deep", "ok/d#/deep"};
	char path[512];

	hand_directory(directory);
	hand_directory(places_join(path, directory, "ok", 0));
	for (unsigned row = 0; row < ARRAY_SIZE(rows); row++) {
		for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
			hand_directory(places_join(path, directory, directories[i], row));
		for (size_t i = 0; i < ARRAY_SIZE(files); i++)
			hand_file(places_join(path, directory, files[i], row), "below\n");
	}
	places_command("/bin/cp " PROGRAM " %s/program && /bin/cp " PROGRAM " %s/denied", directory,
		       directory);
}

/* Metadata hooks are given no mount: the event's path begins at the file system's root. */
static bool names(const char *event, const char *path, uint32_t operation)
{
	if (event && operation == POSTERN_OP_METADATA) {
		const char *last = strrchr(event, '/');

		event = last ? last + 1 : event;
		path = strrchr(path, '/') + 1;
	}
	return event && strcmp(event, path) == 0;
}

static void try_denied(const struct row *row, unsigned number, const char *name,
		       const char *directory)
{
	char path[512], other[512], at[512];
	const char *event;
	int r;

	hand_forget();
	r = hand_attempt(PLACES_POLICY, row->attempt,
			 places_join(path, directory, row->denied, number),
			 places_join(other, directory, row->denied_other, number));
	event = hand_event(row->operation);
	(void)places_join(at, directory, row->refused_at ? row->refused_at : row->denied, number);
	(void)tap(r == EACCES && names(event, at, row->operation),
		  "%s: %s %s is refused: %s, event %s", name, row->attempt, path,
		  r ? strerror(r) : "it worked", event ? event : "none");
}

static void try_allowed(const struct row *row, unsigned number, const char *name,
			const char *directory)
{
	char path[512], other[512];
	int r;

	hand_forget();
	r = hand_attempt(PLACES_POLICY, row->attempt,
			 places_join(path, directory, row->allowed, number),
			 places_join(other, directory, row->allowed_other, number));
	/* What the file system cannot do, it cannot do for anybody. */
	if (r == EOPNOTSUPP)
		r = hand_unconfined_attempt(row->attempt, path, other) == EOPNOTSUPP ? 0 : r;
	(void)tap(r == 0 && hand_events() == 0, "%s: %s %s is allowed: %s, %u events", name,
		  row->attempt, path, r ? strerror(r) : "it worked", hand_events());
}

void places_policy(const char *directory)
{
	char ok[512];

	hand_policy(PLACES_POLICY, hand_capable,
		    (const struct hand_rule[]){
			    {places_join(ok, directory, "ok", 0), NULL, ALL_RIGHTS},
			    {directory, "program", POSTERN_READ | POSTERN_EXECUTE},
			    {NULL, NULL, 0},
		    });
}

void places_run(const char *name, const char *directory)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].denied)
			try_denied(&rows[i], i, name, directory);
		try_allowed(&rows[i], i, name, directory);
	}
}

void places_open(const char *what, const char *path, bool allowed)
{
	const char *event;
	int r;

	hand_forget();
	r = hand_attempt(PLACES_POLICY, "open to read", path, "");
	event = hand_event(POSTERN_OP_OPEN);
	if (allowed)
		(void)tap(r == 0 && hand_events() == 0, "%s: %s is allowed: %s", what, path,
			  r ? strerror(r) : "it worked");
	else
		(void)tap(r == EACCES && names(event, path, POSTERN_OP_OPEN),
			  "%s: %s is refused: %s, event %s", what, path,
			  r ? strerror(r) : "it worked", event ? event : "none");
}

void places_command(const char *format, ...)
{
	char command[2048];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	/* Fixed commands of the tests' own. NOLINTNEXTLINE(cert-env33-c) */
	if (system(command) != 0)
		hand_bail("%s", command);
}
