/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The start-up probe: does the kernel really refuse what it must? */
#ifndef POSTERN_SUPERVISOR_PROBE_H
#define POSTERN_SUPERVISOR_PROBE_H

#include "supervisor/supervisor.h"

/*
 * Tries three children of the supervisor: one tagged with a policy that allows nothing, one without
 * a tag in the contexts' cgroup (both must be refused an open), and one that is not ours (must not
 * be). A kernel may list programs as attached and not run them (ftrace_enabled=0 before 7.0), so
 * only the attempt tells. Returns 0, or -EPERM with the reason.
 */
int probe(struct supervisor *s, struct error *err);

#endif
