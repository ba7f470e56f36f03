/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The start-up probe. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "supervisor/cgroup.h"
#include "supervisor/probe.h"

#define PROBE_FILE "/proc/self/status" /* every host has it, and root may read it */

enum probe_kind { PROBE_TAGGED, PROBE_UNTAGGED_IN_CGROUP, PROBE_FOREIGN };

static int open_probe_file(void)
{
	int fd = open(PROBE_FILE, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

/* Puts the child where it is to be tried. */
static int place(struct supervisor *s, enum probe_kind kind, pid_t pid, int pidfd, uint64_t policy,
		 int cgroup)
{
	struct postern_tag tag = {.policy = policy, .slot = POSTERN_NO_SLOT};

	switch (kind) {
	case PROBE_TAGGED:
		return enforcement_tag(s->enforcement, pidfd, &tag);
	case PROBE_UNTAGGED_IN_CGROUP:
		return cgroup_enter(cgroup, pid);
	case PROBE_FOREIGN:
	default:
		return 0;
	}
}

/* Returns the errno of the child's open, 0 when it was allowed, or a negative errno when it could
 * not be tried. */
static int try(struct supervisor *s, enum probe_kind kind, uint64_t policy, int cgroup)
{
	cleanup_close int pidfd = -EBADF, gate_write = -EBADF;
	int gate[2], status, r;
	char byte = 'g';
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return -errno;
	gate_write = gate[1];
	pid = fork();
	if (pid == 0) {
		(void)close(gate[1]);
		_exit(read(gate[0], &byte, 1) == 1 ? open_probe_file() : 255);
	}
	(void)close(gate[0]);
	if (pid < 0)
		return -errno;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	r = pidfd < 0 ? -errno : place(s, kind, pid, pidfd, policy, cgroup);
	if (r == 0 && write(gate_write, &byte, 1) != 1)
		r = -errno;
	(void)close(steal_fd(&gate_write));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r < 0)
		return r;
	return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -ECHILD;
}

static int expect(struct supervisor *s, enum probe_kind kind, uint64_t policy, int cgroup,
		  int expected, const char *what, struct error *err)
{
	int r = try(s, kind, policy, cgroup);

	if (r < 0)
		return error_set(err, r, "try whether %s", what);
	if (r == expected)
		return 0;
	error_say(err, -EPERM, "the start-up probe failed: %s (errno %d, %d was expected)", what, r,
		  expected);
	error_hint(err, "the programs are loaded but do not decide; `postern doctor` looks for "
			"what switches them off");
	return -EPERM;
}

int probe(struct supervisor *s, struct error *err)
{
	struct policy *nothing = calloc(1, sizeof(*nothing));
	cleanup_close int cgroup = -EBADF, root = open("/", O_PATH | O_CLOEXEC);
	struct postern_policy value = {.context = ~0u, .entrypoint = ~0u};
	struct ruleset *set;
	int r;

	if (!nothing || root < 0) {
		policy_free(nothing);
		return error_set(err, ENOMEM, "prepare the start-up probe");
	}
	cgroup = cgroup_make(s->contexts_cgroup, "probe", err);
	if (cgroup < 0) {
		policy_free(nothing);
		return cgroup;
	}
	r = ruleset_install(s->enforcement, nothing, ++s->last_policy, root, NULL, value, &set,
			    err);
	if (r < 0)
		return r;
	r = expect(s, PROBE_TAGGED, set->id, cgroup, EACCES,
		   "a task whose policy allows nothing opened a file", err);
	if (r == 0)
		r = expect(s, PROBE_UNTAGGED_IN_CGROUP, 0, cgroup, EPERM,
			   "a task without a tag in the contexts' cgroup opened a file", err);
	if (r == 0)
		r = expect(s, PROBE_FOREIGN, 0, cgroup, 0,
			   "a task that is not ours was refused a file", err);
	ruleset_remove(s->enforcement, set);
	(void)cgroup_remove(s->contexts_cgroup, "probe");
	return r;
}
