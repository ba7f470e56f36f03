/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A context's user and network namespaces, and what belongs into a new one. */
#ifndef POSTERN_HELPER_NETWORK_H
#define POSTERN_HELPER_NETWORK_H

#include <sys/types.h>

#include "base/error.h"
#include "manifest/manifest.h"

/*
 * Enters the network namespace that the manifest names by path, while that path still means the
 * host's; or the one that the supervisor gave (CONTROL_FD_NETWORK). Nothing to do otherwise. The
 * latter is to be owned by the user namespace that the context is to be in: the host's, or one made
 * for it together with it. Returns 0 or a negative errno.
 */
int network_enter(const struct manifest *m, struct error *err);

/* Is this process in the network namespace that the manifest means? To be asked when all is
 * entered. proc_self: its directory in the host's proc. */
int network_verify(const struct manifest *m, int proc_self, struct error *err);

/*
 * A process that stays root of the host while its parent enters its own namespaces, in order to
 * mount at /sys a sysfs that shows the context's network namespace: the kernel shows that of the
 * mounter (fs/sysfs/mount.c), and the parent may not mount any more.
 */
struct network_mounter {
	pid_t pid; /* 0: none */
	int go;	   /* written when the parent is inside; owned */
};

int network_mounter_start(uint64_t attributes, struct network_mounter *ret, struct error *err);
int network_mounter_finish(struct network_mounter *mounter, struct error *err);

/*
 * Makes the user and network namespaces that the manifest wants for the context's own, both at
 * once, so that the new user namespace owns the new network namespace and nothing older. A network
 * namespace with a name has its user namespace already: that one is entered. Returns 0 or a
 * negative errno.
 */
int network_unshare(const struct manifest *m, struct error *err);

/* Sets the loopback interface of an own network namespace up. */
int network_loopback_up(const struct manifest *m, struct error *err);

#endif
