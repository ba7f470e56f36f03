/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cgroups of contexts: the identity that a task cannot shed, and the way to kill a worker with
 * all that it started.
 *
 * Below the supervisor's own cgroup: postern-contexts/CONTEXT/{helper,worker-N}.
 */
#ifndef POSTERN_SUPERVISOR_CGROUP_H
#define POSTERN_SUPERVISOR_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Moves the supervisor into a cgroup below its own, beside the one of the contexts: a cgroup with
 * controllers, other than the root, holds no processes (no-internal-process rule, cgroups(7)), and
 * one that held some when they were turned on would become one for threads. To be called before
 * anything is forked that may live on, such as what drops pins: it would stay behind.
 */
int cgroup_step_aside(struct error *err);

/*
 * The cgroup postern-contexts (cgroup_contexts.c).
 *
 * keep: what runs in it goes on: for a start on the maps of an earlier supervisor, whose programs
 * know the cgroup. When that supervisor was in another cgroup, it is found there, by what `record`
 * (a file that only root can write) says. Otherwise it is made anew, after all that is left in it
 * was killed: without its supervisor and maps such a helper serves nobody.
 *
 * ret_fd: the directory, owned by the caller. ret_id, ret_level: as
 * bpf_get_current_ancestor_cgroup_id() counts them.
 */
int cgroup_contexts(const char *record, bool keep, int *ret_fd, uint64_t *ret_id,
		    uint32_t *ret_level, struct error *err);

/*
 * After the supervisor died and its contexts live, or it was stopped and a child of it lives: takes
 * the controllers off, so that its service manager can put the next one into their cgroup. Until
 * that one starts, the bounds on contexts' processes are not in force.
 */
int cgroup_contexts_let_go(const char *record, struct error *err);

/* Does any process of an earlier supervisor's contexts run? */
bool cgroup_contexts_run(const char *record);

/* Makes a cgroup below another, or takes the one that is there, without an account of pressure.
 * Returns its directory, owned by the caller. */
int cgroup_make(int parent, const char *name, struct error *err);

/* Lets the processes in a cgroup's children be counted and limited. */
int cgroup_delegate(int cgroup, struct error *err);

/*
 * Bounds the processes in a cgroup and below it. RLIMIT_NPROC is no bound for them: it does not
 * count for what is root outside of the user namespace too (kernel/fork.c), which a worker with uid
 * 0 is.
 */
int cgroup_limit_processes(int cgroup, uint64_t most);

/* Keeps with a worker's cgroup whose worker it is, where only root reads and writes it, and for as
 * long as the cgroup is there. */
int cgroup_note_caller(int cgroup, uid_t uid);
int cgroup_noted_caller(int cgroup, uid_t *ret);

/* Moves a process with all its threads. */
int cgroup_enter(int cgroup, pid_t pid);

/* Kills every process in a cgroup and below it, at once and with no race against fork (cgroup.kill,
 * Linux 5.14). */
int cgroup_kill(int cgroup);

/* Kills every process below a cgroup and waits until they are gone. -EBUSY: some are not after 5 s.
 */
int cgroup_end(int cgroup);

bool cgroup_populated(int cgroup);

/* How much time its processes have spent on processors so far; 0: not known. */
uint64_t cgroup_used_us(int cgroup);

/* Calls `see` for each process in the cgroup, not below it. */
typedef void (*cgroup_process_fn)(void *userdata, pid_t pid);
int cgroup_processes(int cgroup, cgroup_process_fn see, void *userdata);
bool cgroup_holds(int cgroup, pid_t pid);

/* Calls `see` for each cgroup directly below; parent: its directory. */
typedef void (*cgroup_child_fn)(void *userdata, int parent, const char *name);
int cgroup_children(int cgroup, cgroup_child_fn see, void *userdata);

/* Removes what is empty below a cgroup: of workers whose last processes were still dying when they
 * were forgotten. */
void cgroup_sweep(int cgroup);

/* Removes a cgroup below `parent` that has no processes left, with its children. -EBUSY: it has. */
int cgroup_remove(int parent, const char *name);

#endif
