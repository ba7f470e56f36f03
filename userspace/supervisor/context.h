/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Contexts: made of a manifest (context_make.c), listening (listener.c), living (context.c). */
#ifndef POSTERN_SUPERVISOR_CONTEXT_H
#define POSTERN_SUPERVISOR_CONTEXT_H

#include "supervisor/supervisor.h"

/* Takes over the manifest and its memfd. Its record pages are not published yet
 * (enforcement_pages_publish()), which comes before its helper starts. ret: set on success only. */
int context_new(struct supervisor *s, struct manifest *m, int manifest_fd, struct context **ret,
		struct error *err);

/* An instance of a context whose manifest names network namespaces (instance.h). */
int context_new_instance(struct supervisor *s, struct manifest *m, int manifest_fd,
			 const char *network, struct context **ret, struct error *err);

/* Adds it to the supervisor's list. Returns 0 or -ENOMEM. */
int context_append(struct context *c);

/* Publishes its record pages, aside: that waits for RCU. */
int context_publish(struct context *c, void (*done)(void *context, int status), struct error *err);

/* The context that serves under that name, or NULL. */
struct context *context_named(const struct supervisor *s, const char *name);

/* The same for a context that runs: its record pages and cgroup are there. Takes over the manifest
 * that it runs by. */
int context_new_adopted(struct supervisor *s, struct adoption *a, struct context **ret,
			struct error *err);

/* The context of that number, or NULL. */
struct context *supervisor_context(const struct supervisor *s, uint32_t number);

/* Listens on POSTERN_SOCKET_DIR/NAME.sock, or on a socket that systemd made for it. */
int context_listen(struct context *c, struct error *err);

/* Stops listening, and takes the socket away if it is ours: who calls then is told at once that
 * nobody serves. */
void context_unlisten(struct context *c);

/* Sees to it that connections that wait get a worker: starts the helper, or workers, or hands over.
 */
void context_serve(struct context *c);

/* Ends the helper with all workers. Connections are told; those without a call under way wait for
 * the next helper. */
void context_end_helper(struct context *c, const char *why);

/* Called when the helper's process is gone and its descriptors are closed. */
void context_helper_gone(struct context *c, const char *why);

void context_free(struct context *c);

#endif
