/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is confined stays so wherever it goes, and a rule means one directory or name and no other:
 * not one that looks like it, or that came after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/places.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

#define DIR_   "/mnt/ext4/identity"
#define OK     DIR_ "/ok"
#define SECRET DIR_ "/secret"
#define REUSES 200

static const char *word(int r)
{
	return r ? strerror(r) : "it worked";
}

/* -- elsewhere */

static int read_secret(void)
{
	return attack_run("open to read", SECRET, "");
}

/* By a descriptor that was opened for it: it could not open the file itself. */
static int from_another_cgroup(void *userdata)
{
	if (write(*(int *)userdata, "0", 1) != 1)
		return ATTEMPT_BROKEN;
	return read_secret();
}

static int from_new_namespaces(void *userdata UNUSED)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) < 0)
		return ATTEMPT_BROKEN;
	return read_secret();
}

static int from_the_host_namespace(void *userdata UNUSED)
{
	int fd = open("/proc/self/ns/mnt", O_PATH | O_CLOEXEC);

	/* Opened without being asked: nothing is read of it. */
	if (fd < 0)
		return ATTEMPT_BROKEN;
	return read_secret();
}

/* The walk has to end at the policy's root mount; a copy of the mount namespace has others. */
static int allowed_in_new_namespace(void *userdata UNUSED)
{
	if (unshare(CLONE_NEWNS) < 0)
		return ATTEMPT_BROKEN;
	return attack_run("open to read", OK "/file", "");
}

static int own_tmpfs(void *userdata UNUSED)
{
	int context = (int)syscall(SYS_fsopen, "tmpfs", 1), mount;

	if (context < 0)
		return errno;
	if (syscall(SYS_fsconfig, context, 6, NULL, NULL, 0) < 0)
		return errno;
	mount = (int)syscall(SYS_fsmount, context, 1, 0);
	if (mount < 0)
		return errno;
	return attack_opened(openat(mount, "ok", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int detached_copy(void *userdata UNUSED)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, DIR_, 1 | O_CLOEXEC);

	if (tree < 0)
		return errno;
	return attack_opened(openat(tree, "ok/file", O_RDONLY | O_CLOEXEC));
}

static int by_handle(void *userdata)
{
	struct {
		struct file_handle handle;
		unsigned char room[128];
	} h = {.handle = {.handle_bytes = 128}};
	int mount_id, directory = open(OK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0 || name_to_handle_at(AT_FDCWD, userdata, &h.handle, &mount_id, 0) < 0)
		return ATTEMPT_BROKEN;
	return attack_opened(open_by_handle_at(directory, &h.handle, O_RDONLY | O_CLOEXEC));
}

static int chrooted(void *userdata UNUSED)
{
	return attack_failed(chroot(OK));
}

static void confined_is(const char *what, hand_function function, const char *path, int expected)
{
	int r = hand_confined(PLACES_POLICY, function, (void *)(uintptr_t)path);

	(void)tap(r == expected, "%s: %s, expected %s", what, word(r), word(expected));
}

static void elsewhere(void)
{
	int procs, r;

	hand_directory("/sys/fs/cgroup/elsewhere");
	procs = open("/sys/fs/cgroup/elsewhere/cgroup.procs", O_WRONLY | O_CLOEXEC);
	r = hand_confined(PLACES_POLICY, from_another_cgroup, &procs);
	(void)close(procs);
	(void)tap(r == EACCES, "from another cgroup: %s", word(r));
	confined_is("from new namespaces", from_new_namespaces, NULL, EACCES);
	confined_is("with a descriptor of a namespace", from_the_host_namespace, NULL, EACCES);
	confined_is("what is allowed, in another mount namespace", allowed_in_new_namespace, NULL,
		    EACCES);
	confined_is("a file in a tmpfs of one's own", own_tmpfs, NULL, EPERM);
	confined_is("an allowed file in a detached copy", detached_copy, NULL, EACCES);
	confined_is("the secret by its handle", by_handle, SECRET, EACCES);
	confined_is("an allowed file by its handle", by_handle, OK "/file", 0);
	confined_is("chroot into an allowed directory", chrooted, NULL, EPERM);
}

/* -- names */

/* Beside each name that a rule names lies one that only looks like it. */
static const struct {
	const char *what, *name, *like;
} odd[] = {
	{"a line's end", "a\nb", "a"},
	{"a name that looks deleted", "gone (deleted)", "gone"},
	{"the same the other way round", "here", "here (deleted)"},
	{"no UTF-8", "\xff\xfe", "\xff"},
	{"a pattern that is none", "*", "x"},
	{"spaces", " ", "  "},
	{"letters of another case", "motd", "MOTD"},
	{"an accent in two ways", "caf\xc3\xa9", "cafe\xcc\x81"},
	{"a dot behind", "conf.", "conf"},
};

static void one_name(const char *what, const char *name, const char *like)
{
	char path[512], other[512];
	int allowed, refused;

	hand_file(places_join(path, DIR_ "/names", name, 0), "allowed\n");
	hand_file(places_join(other, DIR_ "/names", like, 0), "secret\n");
	hand_policy(
		PLACES_POLICY, hand_capable,
		(const struct hand_rule[]){{DIR_ "/names", name, POSTERN_READ}, {NULL, NULL, 0}});
	allowed = hand_attempt(PLACES_POLICY, "open to read", path, "");
	hand_forget();
	refused = hand_attempt(PLACES_POLICY, "open to read", other, "");
	(void)tap(allowed == 0 && refused == EACCES && hand_event(POSTERN_OP_OPEN) &&
			  strcmp(hand_event(POSTERN_OP_OPEN), other) == 0,
		  "names with %s: %s, and the other: %s", what, word(allowed), word(refused));
}

static void names(void)
{
	char longest[256], shorter[256];

	hand_directory(DIR_ "/names");
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		one_name(odd[i].what, odd[i].name, odd[i].like);
	(void)memset(longest, 'n', 255);
	longest[255] = '\0';
	(void)snprintf(shorter, sizeof(shorter), "%.254s", longest);
	one_name("255 bytes, and 254", longest, shorter);
	(void)memset(longest, 'm', 255);
	(void)snprintf(shorter, sizeof(shorter), "%.254s", longest);
	one_name("254 bytes, and 255", shorter, longest);
}

/* -- what came later */

static void replaced(void)
{
	static const char path[] = DIR_ "/names/conf", fresh[] = DIR_ "/names/conf.new";

	hand_policy(
		PLACES_POLICY, hand_capable,
		(const struct hand_rule[]){{DIR_ "/names", "conf", POSTERN_READ | POSTERN_WRITE},
					   {NULL, NULL, 0}});
	places_open("before it is replaced", path, true);
	hand_file(fresh, "new\n");
	if (rename(fresh, path) < 0)
		hand_bail("rename: %s", strerror(errno));
	places_open("a file that was renamed over it", path, true);
	(void)rename(path, DIR_ "/names/kept");
	places_open("the same file, renamed away", DIR_ "/names/kept", false);
	hand_file(path, "made\n");
	places_open("one that was made in its place", path, true);
}

/* The directory goes, and nothing holds its inode; another gets its number. */
static void number_used_again(void)
{
	struct stat was, is = {};
	bool again = false;

	hand_directory(DIR_ "/old");
	hand_file(DIR_ "/old/file", "allowed\n");
	hand_policy(PLACES_POLICY, hand_capable,
		    (const struct hand_rule[]){{DIR_ "/old", NULL, ALL_RIGHTS}, {NULL, NULL, 0}});
	places_open("a directory", DIR_ "/old/file", true);
	hand_release();
	if (stat(DIR_ "/old", &was) < 0 || unlink(DIR_ "/old/file") < 0 || rmdir(DIR_ "/old") < 0)
		hand_bail("remove " DIR_ "/old: %s", strerror(errno));
	for (unsigned i = 0; i < REUSES && !again; i++) {
		char path[512];

		hand_directory(places_join(path, DIR_, "later#", i));
		again = stat(path, &is) == 0 && is.st_ino == was.st_ino;
		if (!again)
			continue;
		(void)strcat(path, "/file");
		hand_file(path, "secret\n");
		places_open("another directory with its number", path, false);
	}
	(void)tap(again, "the number %lu was used again", (unsigned long)was.st_ino);
}

void test_identity(void)
{
	hand_directory(DIR_);
	hand_directory(OK);
	hand_file(OK "/file", "allowed\n");
	hand_file(SECRET, "secret\n");
	hand_policy(PLACES_POLICY, hand_capable,
		    (const struct hand_rule[]){{OK, NULL, ALL_RIGHTS}, {NULL, NULL, 0}});
	elsewhere();
	names();
	replaced();
	number_used_again();
}
