/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cgroups of contexts: the identity that a task cannot shed, and the way to kill a worker with
 * all that it started.
 *
 * Below the supervisor's own cgroup: postern-contexts/CONTEXT/{helper,worker-N}.
 */
#ifndef POSTERN_SUPERVISOR_CGROUP_H
#define POSTERN_SUPERVISOR_CGROUP_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Makes postern-contexts anew, after killing what an earlier supervisor left running in it: without
 * its supervisor such a helper serves nobody.
 *
 * ret_fd: the directory, owned by the caller. ret_id, ret_level: as
 * bpf_get_current_ancestor_cgroup_id() counts them.
 */
int cgroup_contexts(int *ret_fd, uint64_t *ret_id, uint32_t *ret_level, struct error *err);

/* Makes a cgroup below another, or takes the one that is there. Returns its directory, owned by the
 * caller. */
int cgroup_make(int parent, const char *name, struct error *err);

/* Lets the processes in a cgroup's children be counted and limited. */
int cgroup_delegate(int cgroup, struct error *err);

/*
 * Bounds the processes in a cgroup and below it. RLIMIT_NPROC is no bound for them: it does not
 * count for what is root outside of the user namespace too (kernel/fork.c), which a worker with uid
 * 0 is.
 */
int cgroup_limit_processes(int cgroup, uint64_t most);

/* Moves a process with all its threads. */
int cgroup_enter(int cgroup, pid_t pid);

/* Kills every process in a cgroup and below it, at once and with no race against fork (cgroup.kill,
 * Linux 5.14). */
int cgroup_kill(int cgroup);

/* Kills every process below a cgroup and waits until they are gone. -EBUSY: some are not after 5 s.
 */
int cgroup_end(int cgroup);

/* Removes what is empty below a cgroup: of workers whose last processes were still dying when they
 * were forgotten. */
void cgroup_sweep(int cgroup);

/* Removes a cgroup below `parent` that has no processes left, with its children. -EBUSY: it has. */
int cgroup_remove(int parent, const char *name);

#endif
