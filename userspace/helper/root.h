/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds a context's root directory and makes it the root of this mount namespace. */
#ifndef POSTERN_HELPER_ROOT_H
#define POSTERN_HELPER_ROOT_H

#include "helper/root_plan.h"

/*
 * Runs as root of the host in a mount and pid namespace of its own, and leaves a root that holds
 * the plan's directories and nothing else; the current directory is "/". plan: as
 * root_plan_from_manifest() gives it. A directory that the host lacks is left out: its rule is not
 * in force, which the supervisor reports when it ties the rules to the new root. proc_self: an fd
 * of this process's directory in a proc of the host, from before. ret_own_sysfs: the plan wants a
 * sysfs of a network namespace that does not exist yet; network_mount_sysfs() puts it at /sys.
 * Returns 0 or a negative errno; any attribute that cannot be set is an error.
 */
int root_build(const struct root_plan *plan, int proc_self, bool *ret_own_sysfs,
	       uint64_t *ret_sysfs_attributes, struct error *err);

#endif
