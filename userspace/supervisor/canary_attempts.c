/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the canary's children try: one operation for each of many hooks.
 *
 * All are chosen to be harmless when they are let through, to need nothing that a host may lack,
 * and to fail with an errno that nothing but the hook gives.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "supervisor/canary.h"

#define FILE_NAME  "file"
#define OTHER_NAME "other"
#define OPEN_FILE  "/proc/self/status" /* every host has it, and root may read it */

/* Where the child puts what it needs. */
enum {
	FDS_FIRST = 3,
	DIRECTORY_FD = FDS_FIRST,
	PROGRAM_FD,
	CGROUP_FD,
	GATE_FD,
	RESULT_FD,
	FDS_END
};

static int failed(long r)
{
	return r < 0 ? errno : 0;
}

static int try_open(void)
{
	return failed(open(OPEN_FILE, O_RDONLY | O_CLOEXEC));
}

static int try_create(void)
{
	return failed(
		openat(DIRECTORY_FD, OTHER_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int try_mkdir(void)
{
	return failed(mkdirat(DIRECTORY_FD, OTHER_NAME, 0700));
}

static int try_symlink(void)
{
	return failed(symlinkat(FILE_NAME, DIRECTORY_FD, OTHER_NAME));
}

static int try_link(void)
{
	return failed(linkat(DIRECTORY_FD, FILE_NAME, DIRECTORY_FD, OTHER_NAME, 0));
}

static int try_rename(void)
{
	return failed(renameat(DIRECTORY_FD, FILE_NAME, DIRECTORY_FD, OTHER_NAME));
}

static int try_chmod(void)
{
	return failed(fchmodat(DIRECTORY_FD, FILE_NAME, 0600, 0));
}

static int try_times(void)
{
	return failed(utimensat(DIRECTORY_FD, FILE_NAME, NULL, 0));
}

static int try_unlink(void)
{
	return failed(unlinkat(DIRECTORY_FD, FILE_NAME, 0));
}

static int try_map(void)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, PROGRAM_FD, 0);

	return map == MAP_FAILED ? errno : 0;
}

static int try_socket(void)
{
	return failed(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int try_bpf(void)
{
	return failed(syscall(SYS_bpf, 0, NULL, 0));
}

/* Lets the child do without what it does not need. */
static int try_capability(void)
{
	return failed(prctl(PR_CAPBSET_DROP, CAP_SYSLOG, 0, 0, 0));
}

/* A door that is there answers, see POSTERN_DOOR_DONE. */
static int try_door(void)
{
	return failed(prctl(POSTERN_DOOR, POSTERN_DOOR_GIVE_UP, POSTERN_CONNECT, 0, 0));
}

struct attempt {
	const char *operation, *hook;
	int (*try)(void);
	int expected;
};

static const struct attempt tagged[] = {
	{"open", "file_open", try_open, EACCES},
	{"create", "path_mknod", try_create, EACCES},
	{"mkdir", "path_mkdir", try_mkdir, EACCES},
	{"symlink", "path_symlink", try_symlink, EACCES},
	{"link", "path_link", try_link, EACCES},
	{"rename", "path_rename", try_rename, EACCES},
	{"chmod", "path_chmod", try_chmod, EACCES},
	{"utimensat", "inode_setattr", try_times, EACCES},
	{"unlink", "path_unlink", try_unlink, EACCES},
	{"mmap of a program", "mmap_file", try_map, EACCES},
	{"socket", "socket_create", try_socket, EPERM},
	{"bpf", "bpf", try_bpf, EPERM},
	{"use of a capability", "capable", try_capability, EPERM},
	{"the door", "task_prctl", try_door, POSTERN_DOOR_DONE},
};
static const struct attempt untagged[] = {{"open", "file_open", try_open, EPERM}};
static const struct attempt foreign[] = {{"open", "file_open", try_open, 0}};

_Static_assert(ARRAY_SIZE(tagged) <= CANARY_ATTEMPTS_MAX, "room for all attempts");

static const struct {
	const struct attempt *attempts;
	size_t len;
	const char *who;
} kinds[CANARY_KINDS] = {
	[CANARY_TAGGED] = {tagged, ARRAY_SIZE(tagged), "a task whose policy allows nothing"},
	[CANARY_UNTAGGED] = {untagged, ARRAY_SIZE(untagged),
			     "a task without a tag in the contexts' cgroup"},
	[CANARY_FOREIGN] = {foreign, ARRAY_SIZE(foreign), "a task that is not ours"},
};

int canary_prepare(struct canary_fds *fds, struct error *err)
{
	cleanup_close int file = -EBADF;

	if (mkdir(CANARY_DIRECTORY, 0700) < 0 && errno != EEXIST)
		return error_set(err, errno, "make " CANARY_DIRECTORY);
	fds->directory = open(CANARY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fds->directory < 0)
		return error_set(err, errno, "open " CANARY_DIRECTORY);
	/* What a round that found enforcement gone may have left. */
	if (unlinkat(fds->directory, OTHER_NAME, 0) < 0 && errno != ENOENT)
		(void)unlinkat(fds->directory, OTHER_NAME, AT_REMOVEDIR);
	file = openat(fds->directory, FILE_NAME, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return error_set(err, errno, "make " CANARY_DIRECTORY "/" FILE_NAME);
	fds->program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	return fds->program < 0 ? error_set(err, errno, "open /proc/self/exe") : 0;
}

/* Above all not the lock, which the next posternd is to get, nor connections, whose clients wait
 * for their end. */
int canary_child_prepare(struct canary_fds *fds)
{
	const int needed[] = {fds->directory, fds->program, fds->cgroup, fds->gate, fds->result};
	int high[ARRAY_SIZE(needed)];

	_Static_assert(ARRAY_SIZE(needed) == FDS_END - FDS_FIRST, "in the order of their places");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		high[i] = fcntl(needed[i], F_DUPFD_CLOEXEC, FDS_END);
		if (high[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (dup2(high[i], FDS_FIRST + (int)i) < 0)
			return -errno;
	if (close_range(FDS_END, ~0U, 0) < 0)
		return -errno;
	*fds = (struct canary_fds){.directory = DIRECTORY_FD,
				   .program = PROGRAM_FD,
				   .cgroup = CGROUP_FD,
				   .gate = GATE_FD,
				   .result = RESULT_FD};
	return 0;
}

void canary_try(enum canary_kind kind, struct canary_report *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < kinds[kind].len; i++)
		ret->errors[i] = kinds[kind].attempts[i].try();
}

const char *canary_who(enum canary_kind kind)
{
	return kinds[kind].who;
}

int canary_judge(enum canary_kind kind, const struct canary_report *report, struct error *err)
{
	for (size_t i = 0; i < kinds[kind].len; i++) {
		const struct attempt *a = &kinds[kind].attempts[i];
		int got = report->errors[i];

		if (got == a->expected)
			continue;
		if (a->expected == 0)
			return error_say(err, -EPERM, "%s was refused: %s (hook %s, errno %d)",
					 kinds[kind].who, a->operation, a->hook, got);
		if (got == 0)
			return error_say(err, -EPERM, "%s was not refused: %s (hook %s)",
					 kinds[kind].who, a->operation, a->hook);
		return error_say(err, -EPERM,
				 "%s was answered errno %d instead of %d: %s (hook %s)",
				 kinds[kind].who, got, a->expected, a->operation, a->hook);
	}
	return 0;
}
