/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A worker that runs attacker code cannot open or change a file outside of its entrypoint's list.
 *
 * Each attempt is made on a secret that lies beside the allowed files, where only the kernel
 * programs refuse it, and on one elsewhere: in a context that has the whole host tree in its root,
 * again only the kernel programs can refuse it, since the worker is root with CAP_DAC_OVERRIDE.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

#define OK	  AREA "/ok"
#define FILE_	  OK "/file"
#define LSM(op)	  LAYER_LSM, EACCES, POSTERN_OP_##op
#define NEVER(op) LAYER_LSM, EPERM, POSTERN_OP_##op
#define FILTER(e) LAYER_SECCOMP, e, 0

/* clang-format off */
static const struct row opens[] = {
	{"open to read", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"open to read", LSM(OPEN), {"@/motd2", NULL}, {AREA "/motd", NULL}, NULL, NULL},
	{"open to read", LSM(OPEN), {"@/ok2/secret", NULL}, {OK "/dir/file", NULL}, NULL, NULL},
	{"open to write", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"open to read and write", LSM(OPEN), {"@/secret", NULL}, {AREA "/motd", NULL}, NULL, NULL},
	{"open to append", LSM(OPEN), {"@/secret", NULL}, {AREA "/log", NULL}, NULL, NULL},
	{"open to read and truncate", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"open for ioctl alone", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"open with O_NOATIME", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"list", LSM(OPEN), {"@/dir", NULL}, {OK "/dir", NULL}, NULL, NULL},
	{"inotify", LSM(OPEN), {"@/dir", NULL}, {OK "/dir", NULL}, NULL, NULL},
	{"inotify", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"symlink", LSM(OPEN), {"@/secret", OK "/link"}, {FILE_, OK "/link"}, "@/secret", NULL},
	{"swapped symlink", LSM(OPEN), {"@/secret", FILE_}, {}, "@/secret", NULL},
	{"/proc/self/root", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"/proc/thread-self/root", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"/proc/self/cwd/..", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"/proc/1/root", LAYER_KERNEL, EACCES, 0, {"@/secret", NULL}, {}, NULL, NULL},
	{"dot dot", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"reopen an O_PATH descriptor", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"openat of an O_PATH directory", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"openat2 RESOLVE_IN_ROOT", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"openat2 RESOLVE_BENEATH", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"openat2 RESOLVE_NO_SYMLINKS", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"chdir", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"fchdir", LSM(OPEN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"left open descriptors", LAYER_KERNEL, EACCES, 0, {"@/secret", NULL}, {}, NULL, NULL},
	{"open while renaming", LSM(OPEN), {"@/secret", OK}, {FILE_, OK}, "", NULL},
};

static const struct row changes[] = {
	{"create", LSM(CREATE), {"@/new", NULL}, {OK "/new", NULL}, NULL, NULL},
	{"create with set-uid", NEVER(MKNOD), {OK "/new", NULL}, {}, "", NULL},
	{"create without a name", LSM(OPEN), {"@/dir", NULL}, {OK "/dir", NULL}, "", NULL},
	{"mkdir", LSM(MKDIR), {"@/new", NULL}, {OK "/new", NULL}, NULL, NULL},
	{"rmdir", LSM(RMDIR), {"@/empty", NULL}, {OK "/empty", NULL}, NULL, NULL},
	{"unlink", LSM(DELETE), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"unlink", LSM(DELETE), {AREA "/motd", NULL}, {OK "/dir/file", NULL}, NULL, NULL},
	{"make a symlink", LSM(SYMLINK), {"@/new", NULL}, {OK "/new", NULL}, NULL, NULL},
	{"mknod a fifo", LSM(CREATE), {"@/new", NULL}, {OK "/new", NULL}, NULL, NULL},
	{"mknod a device", NEVER(MKNOD), {OK "/new", NULL}, {}, "", NULL},
	{"mknod a block device", NEVER(MKNOD), {OK "/new", NULL}, {}, "", NULL},
	{"bind a unix socket", LSM(CREATE), {"@/new", NULL}, {OK "/new", NULL}, NULL, NULL},
	{"truncate", LSM(TRUNCATE), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"truncate", LSM(TRUNCATE), {AREA "/issue", NULL}, {AREA "/motd", NULL}, NULL, NULL},
	{"truncate", LSM(TRUNCATE), {AREA "/log", NULL}, {}, NULL, NULL},
	{"chmod", LSM(CHMOD), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"chmod", LSM(CHMOD), {AREA "/motd", NULL}, {}, NULL, NULL},
	{"chmod through /proc/self/fd", LSM(CHMOD), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"fchmodat2 of an O_PATH descriptor", FILTER(ENOSYS), {"@/secret", NULL}, {}, NULL, NULL},
	{"chmod u+s", NEVER(CHMOD), {FILE_, NULL}, {}, "", NULL},
	{"chown", LSM(CHOWN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"fchownat of an O_PATH descriptor", LSM(CHOWN), {"@/secret", NULL}, {FILE_, NULL}, NULL, NULL},
	{"setxattrat", FILTER(ENOSYS), {"@/secret", NULL}, {}, NULL, NULL},
	{"FS_IOC_SETFLAGS", FILTER(EPERM), {AREA "/issue", NULL}, {}, NULL, NULL},
	{"file_setattr", FILTER(ENOSYS), {"@/secret", NULL}, {}, NULL, NULL},
};

/* To be appended to, and read; nothing that is there may change. */
static const struct row appends[] = {
	{"append", LSM(OPEN), {"@/secret", NULL}, {AREA "/log", NULL}, NULL, NULL},
	{"open without O_APPEND", LSM(OPEN), {AREA "/log", NULL}, {AREA "/motd", NULL}, NULL, NULL},
	{"ftruncate", LSM(TRUNCATE), {AREA "/log", NULL}, {FILE_, NULL}, NULL, NULL},
	{"map shared and writable", LSM(MAP), {AREA "/log", NULL}, {FILE_, NULL}, NULL, NULL},
	{"map shared, then mprotect", LSM(MAP), {AREA "/log", NULL}, {FILE_, NULL}, NULL, NULL},
	{"F_SETFL without O_APPEND", LSM(OPEN), {AREA "/log", NULL}, {FILE_, NULL}, NULL, NULL},
	{"F_SETFL with O_APPEND", LSM(OPEN), {}, {AREA "/log", NULL}, NULL, NULL},
	{"pwritev2 RWF_NOAPPEND", FILTER(EOPNOTSUPP), {AREA "/log", NULL}, {}, NULL, NULL},
	{"fallocate punch hole", FILTER(EOPNOTSUPP), {AREA "/log", NULL}, {}, NULL, NULL},
	{"fallocate zero range", FILTER(EOPNOTSUPP), {AREA "/log", NULL}, {}, NULL, NULL},
	{"fallocate collapse range", FILTER(EOPNOTSUPP), {AREA "/log", NULL}, {}, NULL, NULL},
	{"fallocate write zeroes", FILTER(EOPNOTSUPP), {AREA "/log", NULL}, {}, NULL, NULL},
	{"copy_file_range to the beginning", LAYER_KERNEL, EBADF, 0, {AREA "/log", FILE_}, {}, NULL, NULL},
	{"FICLONE", LSM(IOCTL), {AREA "/log", FILE_}, {}, NULL, NULL},
	{"splice to the beginning", LAYER_KERNEL, EINVAL, 0, {AREA "/log", NULL}, {}, NULL, NULL},
};

static const struct row links[] = {
	{"hard link", LSM(LINK), {"@/secret", OK "/stolen"}, {FILE_, OK "/linked"}, NULL, NULL},
	{"hard link", LSM(LINK), {AREA "/issue", OK "/stolen"}, {}, NULL, NULL},
	{"linkat of /proc/self/fd", LSM(LINK), {"@/secret", OK "/stolen"}, {FILE_, OK "/linked"}, NULL, NULL},
	{"link an unnamed file", LSM(LINK), {"@/new", OK}, {OK "/new", OK}, NULL, NULL},
	{"rename away", LSM(RENAME), {"@/secret", OK "/stolen"}, {FILE_, OK "/moved"}, NULL, NULL},
	{"rename away", LSM(RENAME), {AREA "/issue", OK "/stolen"}, {}, NULL, NULL},
	{"rename away", LSM(RENAME), {FILE_, "@/new"}, {FILE_, OK "/dir/moved"}, "@/new", NULL},
	{"rename over", LSM(RENAME), {"@/secret", FILE_}, {OK "/second", FILE_}, NULL, NULL},
	{"rename over", LSM(RENAME), {AREA "/motd", FILE_}, {}, NULL, NULL},
	{"rename exchange", LSM(RENAME), {"@/secret", FILE_}, {OK "/second", FILE_}, NULL, NULL},
	{"rename exchange, the other way round", LSM(RENAME), {"@/secret", FILE_}, {OK "/second", FILE_}, NULL, NULL},
	{"rename with whiteout", LSM(RENAME), {"@/secret", OK "/stolen"}, {}, NULL, NULL},
	{"rename without replacing", LSM(RENAME), {"@/secret", OK "/stolen"}, {FILE_, OK "/moved"}, NULL, NULL},
	{"rename the parent", LSM(RENAME), {"@/dir/secret", OK "/stolen"}, {OK "/dir/file", OK "/moved"}, "@/dir", NULL},
};

/* Metadata that has no path hook. */
static const struct row metadata[] = {
	{"utimensat", LSM(METADATA), {"@/secret", NULL}, {FILE_, NULL}, "", NULL},
	{"setxattr", LSM(METADATA), {"@/secret", NULL}, {}, "", NULL},
	{"removexattr", LSM(METADATA), {"@/secret", NULL}, {}, "", NULL},
	{"set an access control list", LSM(METADATA), {"@/secret", NULL}, {FILE_, NULL}, "", NULL},
	{"set an access control list through /proc/self/fd", LSM(METADATA), {"@/secret", NULL}, {FILE_, NULL}, "", NULL},
	{"set file capabilities", NEVER(METADATA), {FILE_, NULL}, {}, "", NULL},
};
/* clang-format on */

static void run(const struct row *rows, size_t len, const char *context, const char *directory)
{
	for (size_t i = 0; i < len; i++)
		row_run(&rows[i], context, directory);
}

#define RUN(rows, context, directory) run(rows, ARRAY_SIZE(rows), context, directory)

/* Not in the root at all: the first layer, tried so that it is known to be there. */
static void run_absent(void)
{
	static const struct row absent = {"open to read",     LAYER_MOUNT, ENOENT, 0,
					  {"@/secret", NULL}, {},	   NULL,   NULL};
	static const struct row read_only = {"mkdir", LAYER_MOUNT, EROFS, 0, {"/srv/new", NULL},
					     {},      NULL,	   NULL};

	row_run(&absent, "attack", OUTSIDE);
	row_run(&read_only, "attack", AREA);
}

/* From 6.10 on, whoever opened a descriptor may link it (fs/namei.c, may_linkat); before, it takes
 * a capability in the initial user namespace, and the hook is not reached without. */
static void run_empty_path(const char *context, const char *directory)
{
	static const struct row by_hook = {
		"linkat AT_EMPTY_PATH", LSM(LINK), {"@/secret", OK "/stolen"}, {}, NULL, NULL};
	static const struct row by_kernel = {"linkat AT_EMPTY_PATH",
					     LAYER_CAPABILITY,
					     ENOENT,
					     0,
					     {"@/secret", OK "/stolen"},
					     {},
					     NULL,
					     NULL};
	bool hook = driver_kernel_at_least(6, 10) || strcmp(context, "attack-user-host") == 0;

	row_run(hook ? &by_hook : &by_kernel, context, directory);
}

static void run_deep(const char *context)
{
	struct call_result r = driver_call(context, "attempt", "deep directories", OK, "file");

	(void)check(r.value == 0,
		    "[%s] 8000 bytes of directories below an allowed one: allowed, %s", context,
		    driver_word(r.value));
	driver_forget(context);
}

/* The module's constructor makes attempts too, which are looked at elsewhere. */
static void warm_up(void)
{
	static const char *const contexts[] = {"attack", "attack-host", "attack-user-host"};

	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++)
		driver_forget(contexts[i]);
}

void test_paths(void)
{
	static const char *const whole[] = {"attack-host", "attack-user-host"};

	warm_up();
	RUN(opens, "attack", AREA);
	RUN(changes, "attack", AREA);
	RUN(appends, "attack", AREA);
	RUN(links, "attack", AREA);
	run_empty_path("attack", AREA);
	RUN(metadata, "attack", AREA);
	run_absent();
	run_deep("attack");
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		RUN(opens, whole[i], OUTSIDE);
		RUN(changes, whole[i], OUTSIDE);
		RUN(links, whole[i], OUTSIDE);
		run_empty_path(whole[i], OUTSIDE);
		RUN(metadata, whole[i], OUTSIDE);
	}
	RUN(appends, "attack-host", AREA);
}
