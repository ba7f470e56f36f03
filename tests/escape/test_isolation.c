/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What keeps entrypoints, calls and callers of one context apart; audit mode; what a denial says.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "lib/postern.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

#define FILE_	  AREA "/ok/file"
#define BEAT	  AREA "/ok/beat"
#define ISSUE	  AREA "/issue"
#define PUBLIC	  OUTSIDE "/scratch"
#define LSM(op)	  LAYER_LSM, EACCES, POSTERN_OP_##op
#define NEVER(op) LAYER_LSM, EPERM, POSTERN_OP_##op

/* clang-format off */
static const struct row fewer[] = {
	{"open to write", LSM(OPEN), {FILE_, NULL}, {}, NULL, "reader"},
	{"open to read", LSM(OPEN), {AREA "/motd", NULL}, {ISSUE, NULL}, NULL, "reader"},
	{"create", LSM(CREATE), {AREA "/ok/new", NULL}, {}, NULL, "reader"},
	{"chmod", LSM(CHMOD), {FILE_, NULL}, {}, NULL, "reader"},
	{"rename away", LSM(RENAME), {FILE_, AREA "/ok/moved"}, {}, NULL, "reader"},
	{"hard link", LSM(LINK), {FILE_, AREA "/ok/linked"}, {}, NULL, "reader"},
	{"open to read", LSM(OPEN), {FILE_, NULL}, {}, NULL, "bare"},
	{"list", LSM(OPEN), {"/", NULL}, {}, NULL, "bare"},
	{"open to read", LSM(OPEN), {"/proc/self/status", NULL}, {}, "", "attempt"},
	{"chown", LAYER_CAPABILITY, EPERM, 0, {FILE_, NULL}, {}, NULL, "powerless"},
	{"open to write", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, "powerless"},
	{"open to read", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, "each"},
	{"open to write", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, "each"},
	{"child", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, "each"},
	{"thread", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, "each"},
	{"the door: take a page", NEVER(DOOR), {"", "1"}, {}, "", "each"},
};
/* clang-format on */

static int value(const char *context, const char *entrypoint, const char *name, const char *path,
		 const char *other)
{
	return driver_call(context, entrypoint, name, path, other).value;
}

/* Each call a process of its own, and what one gives up the next one has. */
static void run_each(const char *context)
{
	int first = value(context, "each", "process number", "", "");
	int second = value(context, "each", "process number", "", "");
	int r;

	(void)check(first > 1 && second > 1 && first != second,
		    "[%s] isolation call: processes %d and %d", context, first, second);
	r = value(context, "each", "the door: give up", "", "3");
	(void)check(r == POSTERN_DOOR_DONE, "[%s] a call gives up reading and writing: %d", context,
		    r);
	r = value(context, "each", "open to write", FILE_, "");
	(void)check(r == 0, "[%s] the next call may still write: %s", context, driver_word(r));
	driver_forget(context);
}

/* In a resident worker it is gone for good, also for its children, and the denial says why. */
static void run_given_up(const char *context)
{
	const struct admin_record *d;
	static struct seen seen;
	int before, r;

	before = value(context, "reader", "open to read", ISSUE, "");
	(void)value(context, "reader", "the door: give up", "", "1");
	r = value(context, "reader", "child", ISSUE, "");
	driver_denials(context, &seen);
	d = seen_operation(&seen, POSTERN_OP_OPEN);
	(void)check(before == 0 && r == EACCES && d && d->reason == POSTERN_REASON_GIVEN_UP,
		    "[%s] a worker that gave up reading: before %s, afterwards %s", context,
		    before ? "refused" : "allowed", driver_word(r));
	r = value(context, "reader", "the door: give up", "", "0");
	(void)check(r == POSTERN_DOOR_DONE &&
			    value(context, "reader", "open to read", ISSUE, "") == EACCES,
		    "[%s] giving up nothing gives nothing back", context);
	driver_forget(context);
}

/* A call's process has its own connection, and no other client's. */
static void run_connections(const char *context)
{
	int idle[5], alone = value(context, "each", "count descriptors", "", ""), r;

	for (size_t i = 0; i < ARRAY_SIZE(idle); i++)
		idle[i] = driver_connect(context, "each");
	r = value(context, "each", "count descriptors", "", "");
	(void)check(r == 6 && alone == 6,
		    "[%s] a call's process has %d descriptors beside five other clients, %d "
		    "without: input, output twice, the journal, its root, its connection",
		    context, r, alone);
	for (size_t i = 0; i < ARRAY_SIZE(idle); i++)
		(void)close(idle[i]);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_size;
}

/* What a call leaves behind ends with it, also when it tried to leave the call's session. */
static void run_linger(const char *context, const char *how)
{
	off_t size, later;
	int r;

	driver_files();
	r = value(context, "each", "linger", BEAT, how);
	(void)usleep(500000);
	size = size_of(BEAT);
	(void)usleep(500000);
	later = size_of(BEAT);
	(void)check(r == 0 && size > 0 && size == later,
		    "[%s] a process left behind by a call (%s): %ld bytes, half a second later %ld",
		    context, how, (long)size, (long)later);
}

/* A wrong claim harms nobody but its own call: others are served as before. */
static void run_claim(const char *context)
{
	int r = value(context, "processes", "forge a claim", "", "1");

	(void)check(r == 0 && value(context, "processes", "open to read", FILE_, "") == 0 &&
			    value(context, "attempt", "open to read", FILE_, "") == 0,
		    "[%s] a worker claims another connection's call: %s, and all go on", context,
		    driver_word(r));
	driver_forget(context);
}

static void make_scratch(void)
{
	cleanup_close int fd = open(PUBLIC, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x\n", 2) != 2)
		driver_bail("cannot make " PUBLIC);
}

/* Audit: what would be refused happens, and is reported as such; what no manifest can grant is
 * refused all the same. */
static void run_audit(const char *context)
{
	static const struct {
		const char *name, *path;
		uint32_t operation;
		int value;
	} audited[] = {
		{"open to read", PUBLIC, POSTERN_OP_OPEN, 0},
		{"open to write", PUBLIC, POSTERN_OP_OPEN, 0},
		{"truncate", PUBLIC, POSTERN_OP_TRUNCATE, 0},
		{"chmod", PUBLIC, POSTERN_OP_CHMOD, 0},
		{"chown", PUBLIC, POSTERN_OP_CHOWN, 0},
		{"utimensat", PUBLIC, POSTERN_OP_METADATA, 0},
		{"set an access control list", PUBLIC, POSTERN_OP_METADATA, 0},
		{"child", PUBLIC, POSTERN_OP_OPEN, 0},
		{"unlink", PUBLIC, POSTERN_OP_DELETE, 0},
		{"mkdir", PUBLIC, POSTERN_OP_MKDIR, 0},
		{"rmdir", PUBLIC, POSTERN_OP_RMDIR, 0},
		{"mknod a device", PUBLIC, POSTERN_OP_MKNOD, EPERM},
		{"socket", "2", POSTERN_OP_SOCKET, 0},
	};
	static struct seen seen;

	make_scratch();
	for (size_t i = 0; i < ARRAY_SIZE(audited); i++) {
		int r = value(context, "audited", audited[i].name, audited[i].path, "1");
		const struct admin_record *d;

		driver_denials(context, &seen);
		d = seen_operation(&seen, audited[i].operation);
		(void)check(r == audited[i].value && d && d->audit == (r == 0),
			    "[%s] audit: %s: %s%s", context, audited[i].name, driver_word(r),
			    !d	       ? ", without an event"
			    : d->audit ? ", and reported"
				       : ", and reported as denied");
	}
}

/* The caller, too, is told what was denied. */
static void run_caller(const char *context)
{
	struct call_result r = driver_call(context, "attempt", "fail to read", AREA "/secret", "");

	(void)check(r.result == POSTERN_RESULT_DENIED && strcmp(r.operation, "open") == 0,
		    "[%s] a function that fails after a denial: the caller is told \"%s\" (%s)",
		    context, r.message, r.operation);
	r = driver_call(context, "attempt", "fail to read", AREA "/ok/none", "");
	(void)check(r.result == POSTERN_RESULT_FAILED,
		    "[%s] one that fails without: the caller is told \"%s\"", context, r.message);
	driver_forget(context);
}

void test_isolation(void)
{
	static const char *const contexts[] = {"attack", "attack-user-host"};

	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++) {
		const char *context = contexts[i];

		driver_forget(context);
		for (size_t j = 0; j < ARRAY_SIZE(fewer); j++)
			row_run(&fewer[j], context, AREA);
		run_each(context);
		run_connections(context);
		run_linger(context, "child");
		run_linger(context, "session");
		run_claim(context);
		run_caller(context);
		run_given_up(context);
	}
	driver_forget("attack-host");
	run_audit("attack-host");
	run_audit("attack-user-host");
}
