/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Landlock by its system calls: what Postern is held against. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/bench/bench.h"

/* Rights by ABI (Documentation/userspace-api/landlock.rst): 13 in the first, REFER in 2, TRUNCATE
 * in 3, IOCTL_DEV in 5. */
static uint64_t handled(int abi)
{
	unsigned rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;

	return (1ull << rights) - 1;
}

/* What a rule on a file that is no directory may allow: execute, write, read, truncate and ioctl.
 */
#define OF_FILES ((1ull << 0) | (1ull << 1) | (1ull << 2) | (1ull << 14) | (1ull << 15))

int landlock_abi(void)
{
	int abi =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : abi;
}

/* All that is handled is allowed, so that Landlock may stop at the rule: it goes on to the root
 * when a right that an open would like to have is not allowed yet. */
void landlock_inside(void *path)
{
	uint64_t all = handled(landlock_abi());
	/* The first member is all that every kernel here knows. */
	struct landlock_ruleset_attr attributes = {.handled_access_fs = all};
	struct landlock_path_beneath_attr rule = {.allowed_access = all};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(all), 0);
	struct stat st;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd >= 0 && fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	if (ruleset < 0 || rule.parent_fd < 0 ||
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		bench_bail("cannot confine a child by Landlock: %s", strerror(errno));
	(void)close(rule.parent_fd);
	(void)close(ruleset);
}
