/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of the bench share: the measuring loop, rows of the table, and children that
 * measure while they are confined. */
#ifndef POSTERN_TESTS_BENCH_H
#define POSTERN_TESTS_BENCH_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"
#include "supervisor/enforcement.h"

/* A failure of the bench itself: says so and ends it. */
_Noreturn void bench_bail(const char *format, ...) PRINTF_LIKE(1, 2);

/* -- measuring (measure.c) */

/* Instructions of the guest that one call took, kernel and user together. */
struct sample {
	double instructions;
	double spread; /* largest less smallest of the rounds, as a part of it */
};

/* What is measured; a failure of it is the bench's own, see bench_bail(). */
typedef void (*bench_op)(void);

/*
 * Calls op in short batches. Only in a guest that counts instructions (--icount): the time stamp
 * counter is the number of instructions there.
 *
 * measure(): the median of the batches. measure_few(): the same with batches that end before the
 * tick for what takes up to a million. measure_busy(): the same without the time in which the
 * caller waited, as for RCU. measure_least(): the smallest, for what allocates pages or
 * waits for others and so costs now this and now that; only differences of it mean something.
 */
struct sample measure(bench_op op);
struct sample measure_few(bench_op op);
struct sample measure_busy(bench_op op);
struct sample measure_least(bench_op op);

/* The value that has `rank` smaller ones beside it; puts the values in order. */
double ranked(double *values, size_t len, size_t rank);
/* The same of rounds, and how far these are apart. */
struct sample sample_of(double *rounds, size_t len, size_t rank);

/* CLOCK_MONOTONIC in seconds. */
double seconds_now(void);

/* -- rows (row.c): one line a row, with tabs, for tests/bench/report */

#define NO_GOAL NAN

void section(const char *title);
/* A row of instructions: value, its ratio to base (NULL: none), and the ratio that is allowed. */
void row_ratio(const char *what, struct sample value, const struct sample *base, double goal);
/* A row with a value of its own, and the most that it may be. */
void row_value(const char *what, double value, const char *unit, double goal);
void row_remarked(const char *what, double value, const char *unit, double goal,
		  const char *remark);
/* A row that could not be measured. missing: the bench failed by it. */
void row_missing(const char *what, const char *why);

/* -- the tree (tree.c) */

#define DEPTH_MAX 20

/* Makes /d1/d2/.../d19 with a file in each, on the guest's tmpfs. */
void tree_make(void);
/* The file that many components deep: tree_file(5) is /d1/d2/d3/d4/file. */
const char *tree_file(unsigned depth);
/* The directory that is the given number of components deep; 0 is "/". */
const char *tree_directory(unsigned depth);

/* Opens and closes tree_file(depth) at each call of op_open(). */
void open_depth(unsigned depth);
void op_open(void);

/* -- the untagged task (subject.c) */

/* Before anything is loaded. */
void subject_start(void);
void subject_do(bench_op op);
struct sample subject_measure(bench_op op);
struct sample subject_measure_busy(bench_op op);
struct sample subject_measure_least(bench_op op);
/* programs_running() for one op of the subject's. */
unsigned subject_fires(bench_op op, char **ret_names);
/* op_open() on the file of that depth. */
struct sample subject_open(unsigned depth);

/* -- confined children (child.c) */

enum place {
	PLACE_HOST,	 /* no namespace of its own */
	PLACE_NAMESPACE, /* a mount namespace of its own, its root the copy of the host's */
	PLACE_SMALL, /* and a root of its own: a tmpfs with /d1 bound into it, as the helper does */
};

/* Puts the calling task under confinement, or does nothing. */
typedef void (*bench_confine)(void *userdata);

struct child {
	enum place place;
	bench_confine inside;		      /* called in the child, in its place; may be NULL */
	void (*outside)(void *, pid_t child); /* called here, while the child waits; may be NULL */
	void *userdata;
	bench_op op;
	bool busy; /* measure_busy() */
};

/* Forks a child that goes to its place, is confined, and measures. */
struct sample measure_child(const struct child *c);

/* -- confinement by Landlock (landlock.c) */

/* Abi of the kernel's Landlock; 0: it has none. */
int landlock_abi(void);
/* bench_confine: handles all access to files that the kernel knows, and allows it below the path
 * that is the userdata. */
void landlock_inside(void *path);

/* -- confinement by Postern (tagged.c) */

struct rule {
	const char *directory; /* in the child's root */
	const char *name;      /* a rule for that name in it; NULL: for all below */
};

#define BENCH_POLICY 7 /* that tagged tasks have */

/* Makes the cgroup of contexts as posternd does. To be called before anything is measured: a host's
 * first cgroup with a memory limit makes every allocation of its kernel dearer, and hosts have had
 * theirs long before posternd starts. */
void tagged_prepare(void);

/* Loads and attaches. */
void tagged_load(void);
struct enforcement *tagged_enforcement(void);
/* Attaches what a context that guards metadata needs; for good. */
void tagged_guard(void);
/* Lets the programs go when the calling process has ended. */
void tagged_drop(void);
/* `outside` of a child: tags it with a policy of the one rule that is the userdata. */
void tagged_outside(void *rule, pid_t child);
/* Adds rules to the policy that tagged_outside() uses, tied to inodes that nothing opens, until it
 * has that many. */
void tagged_fill_policy(unsigned rules);
/* Adds policies of ten rules each, half of them for the directories of the tree, until there are
 * that many with the measured one. */
void tagged_fill_policies(unsigned policies);

/* -- programs as the kernel counts them (running.c, programs.c) */

/* Calls op that many times and returns how many runs of programs each took, on all sides.
 * ret_names: which, how often, and what a run takes with reading the clock twice; to be freed.
 * ret_sum: the instructions of all runs of one op; may be NULL. */
unsigned programs_running(bench_op op, unsigned times, char **ret_names, double *ret_sum);

/* How many of our programs the kernel has, and when the first and the last of them began to load,
 * CLOCK_BOOTTIME in seconds; both may be NULL. */
unsigned programs_loaded(double *ret_first, double *ret_last);
/* Waits until the kernel has none. Returns the seconds it took. */
double programs_wait_gone(void);
/* Rows: instructions that the verifier walked through for each program, the most first. */
void programs_verified(void);

/* -- the parts of the table */

void open_before(void);
void open_after(void);
void hooks_before(void);
void hooks_after(void);
void descriptors_before(void);
void descriptors_after(void);
void guarded_after(void);
void flat_after(void);
void netlink_before(void);
void netlink_after(void);
void daemon_times(void);
/* What is measured without posternd, and then with it. */
void calls_bare(void);
void calls_after(void);
void peers_after(void);
/* Starts posternd and waits until it is ready, for calls; the other ends it. */
pid_t daemon_start(void);
void daemon_stop(pid_t pid);
/* posternd runs, and writes to this file. */
void reload_times(void);
#define BENCH_POSTERND_LOG "/run/bench-posternd.log"

#endif
