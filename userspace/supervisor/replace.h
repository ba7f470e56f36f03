/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A second context object for a name: set up beside the one that serves, which it replaces at one
 * moment. */
#ifndef POSTERN_SUPERVISOR_REPLACE_H
#define POSTERN_SUPERVISOR_REPLACE_H

#include "supervisor/supervisor.h"

/* Called once: failure: why there is none, NULL: it serves now. */
typedef void (*replace_done_fn)(void *userdata, const char *name, const char *failure);

/*
 * Sets a context up from a manifest: its record pages are published, and when `old` has a helper,
 * one of its own is started and loaded. Then it takes over listener and connections, and `old`
 * (NULL: the context is new) ends after its calls. Until then, and if that fails, `old` serves.
 *
 * m, manifest_fd: taken over, also on failure. Returns 0, or a negative errno: then `done` is not
 * called.
 */
int replace_start(struct supervisor *s, struct context *old, struct manifest *m, int manifest_fd,
		  const struct file_identity *file, replace_done_fn done, void *userdata,
		  struct error *err);

/* Its helper is loaded; its helper could not be had. */
void replace_loaded(struct context *c);
void replace_failed(struct context *c, const char *why);

#endif
