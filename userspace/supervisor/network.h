/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network namespaces with a name, below /run/netns where ip-netns(8) has them: opened and checked
 * (network.c), made and removed (network_make.c).
 *
 * Those that a supervisor made are noted in a directory that only root can read, with the context
 * they were made for, so that the next supervisor knows them. Only these are ever removed.
 */
#ifndef POSTERN_SUPERVISOR_NETWORK_H
#define POSTERN_SUPERVISOR_NETWORK_H

#include <sys/stat.h>

#include "supervisor/supervisor.h"

#define NETWORK_DIR "/run/netns"

/*
 * Opens the network namespace of that name for a context of the manifest: one that is pinned there,
 * and owned by the host's user namespace, or with namespaces.user: own one that was made for this
 * context. name: was held against the template. Returns an owned fd, -ENOENT when there is none,
 * or another negative errno.
 */
int network_open(const struct manifest *m, const char *name, struct network_identity *ret,
		 struct error *err);

/* The network namespace that a process is in. */
int network_of(pid_t pid, struct network_identity *ret);
bool network_same(const struct network_identity *a, const struct network_identity *b);

/* Is the namespace still pinned under that name? */
bool network_pinned(const char *name, const struct network_identity *identity);

/* Holds the namespace that a context's new helper is in against its manifest, and remembers it. */
int network_check(struct context *c, struct error *err);

/* -- what is noted */

struct network_note {
	char context[MANIFEST_NAME_MAX + 1];
	struct network_identity identity;
};

/* -ENOENT: none was made under that name. */
int network_note_read(const char *name, struct network_note *ret);
int network_note_write(const char *name, const struct network_note *note);
void network_note_remove(const char *name);

/* Takes away what a supervisor left that died while it made or removed one, and notes of
 * namespaces that others removed. */
void network_settle(void);

/* -- made and removed, aside */

/* status: 0, or a negative errno: -EEXIST: there is one, or a file, of that name. */
typedef void (*network_done_fn)(struct supervisor *s, const char *context, const char *name,
				void *userdata, int status);

/*
 * Makes a network namespace with its loopback interface up, and pins it. With namespaces.user: own
 * it is owned by a new user namespace that has the manifest's ids. `done` is called from the loop,
 * unless this fails.
 */
int network_make(struct supervisor *s, const struct manifest *m, const char *name,
		 network_done_fn done, void *userdata, struct error *err);

/* Is one of that name being made or removed? */
bool network_busy(const struct supervisor *s, const char *name);

/* Unpins one that was made for the context: -ENOENT: there is none; -EPERM: it is not the
 * context's. It ends with the last process in it. */
int network_remove(struct supervisor *s, const struct manifest *m, const char *name,
		   network_done_fn done, void *userdata, struct error *err);

#endif
