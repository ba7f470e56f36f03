/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The canary: does the kernel still refuse what it must? Asked at start, and again and again. */
#ifndef POSTERN_SUPERVISOR_CANARY_H
#define POSTERN_SUPERVISOR_CANARY_H

#include "supervisor/supervisor.h"

#define CANARY_INTERVAL_DEFAULT_NS 10000000000ull
#define CANARY_INTERVAL_MIN_NS	   1000000000ull
#define CANARY_INTERVAL_MAX_NS	   3600000000000ull

struct canary;

/*
 * Makes what the canary needs and waits for the first round, on the loop. Each round tries three
 * children: one that is tagged with a policy that allows nothing and tries an operation of many
 * hooks (all must be refused), one without a tag in the contexts' cgroup (must be refused), and one
 * that is not ours (must not be). It also looks whether all programs are attached and pinned. A
 * kernel may list programs as attached and not run them (ftrace_enabled=0 before 7.0), so only the
 * attempt tells.
 *
 * interval_ns: between rounds. ret: set on success only; free with canary_free(). Returns 0, -EPERM
 * with what is not refused, or -ECANCELED when a signal ended the loop meanwhile.
 *
 * A later round that fails, or does not end, calls fail_enforcement().
 */
int canary_start(struct supervisor *s, uint64_t interval_ns, struct canary **ret,
		 struct error *err);
void canary_free(struct canary *c);

/* When the last round passed (CLOCK_MONOTONIC ns). ret_interval_ns: between rounds. */
uint64_t canary_passed(const struct canary *c, uint64_t *ret_interval_ns);

/* canary_attempts.c: what the children try. */

enum canary_kind { CANARY_TAGGED, CANARY_UNTAGGED, CANARY_FOREIGN, CANARY_KINDS };

#define CANARY_ATTEMPTS_MAX 16
#define CANARY_DIRECTORY    POSTERN_SOCKET_DIR "/canary"

/* What a child reports: the errno of each attempt, 0 where it was let through. */
struct canary_report {
	int32_t errors[CANARY_ATTEMPTS_MAX];
};

/* Descriptors that a child needs. */
struct canary_fds {
	int directory; /* CANARY_DIRECTORY */
	int program;   /* posternd's own */
	int cgroup;    /* in which an untagged child places itself */
	int gate;      /* a byte comes when it may begin */
	int result;    /* where its report goes */
};

/* Makes CANARY_DIRECTORY with a file in it, the object of the attempts, and opens what the children
 * need: directory and program. The caller closes them, also after a failure. */
int canary_prepare(struct canary_fds *fds, struct error *err);

/* In the child: moves the descriptors to where the attempts look for them, and lets go of all
 * others. It may be tagged already, so nothing is opened. Returns 0 or a negative errno. */
int canary_child_prepare(struct canary_fds *fds);

/* In the child: makes the attempts of its kind. */
void canary_try(enum canary_kind kind, struct canary_report *ret);

/* Who a child is, for messages. */
const char *canary_who(enum canary_kind kind);

/* Holds a report against what must be. Returns 0, or -EPERM with the first attempt that came out
 * otherwise. */
int canary_judge(enum canary_kind kind, const struct canary_report *report, struct error *err);

#endif
