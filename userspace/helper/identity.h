/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who a context's processes are: id maps, ids, capabilities, limits. Set and read back. */
#ifndef POSTERN_HELPER_IDENTITY_H
#define POSTERN_HELPER_IDENTITY_H

#include "base/error.h"
#include "manifest/manifest.h"

/* The capabilities that the helper holds: what its entrypoints hold together, and CAP_SETPCAP, by
 * which each worker lowers its bounding set to its own. -EPERM when CAP_SYS_ADMIN is among them: a
 * helper that has it can make namespaces and mounts (docs/threat-model.md). */
int identity_capabilities(const struct manifest *m, uint64_t *ret, struct error *err);

/*
 * Do the maps of this process's user namespace hold exactly the ids that the manifest names, each
 * mapped to itself? One id more would be one more owner whose files a capability opens. proc_self:
 * an fd of this process's directory in proc.
 */
int identity_verify_maps(const struct manifest *m, int proc_self, struct error *err);

/* The same for one map's text, as proc(5) has it (user_namespaces(7)). which: "uid_map" for
 * messages. */
int identity_check_map(const char *text, const char *which, const uint32_t *ids, size_t ids_len,
		       struct error *err);

/* Groups, ids, capabilities, no_new_privs, limits, dumpable. What could not be had is an error. */
int identity_assume(const struct manifest *m, struct error *err);

/* Reads all of it back. capabilities: what all five sets should be. */
int identity_verify(const struct manifest *m, uint64_t capabilities, struct error *err);

/* In a worker: a core may go to a program that takes them by a pipe, if the function makes itself
 * dumpable, or executes what is. Until then nothing of a context leaves any. */
int identity_may_be_dumped(struct error *err);

/* execve(2) makes a process dumpable again; then others of its uid could open its memory. */
int identity_not_dumpable(struct error *err);

#endif
