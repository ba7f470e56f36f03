/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A worker's life: from the helper's fork to serving calls. */
#ifndef POSTERN_HELPER_WORKER_H
#define POSTERN_HELPER_WORKER_H

#include "helper/output.h"
#include "helper/serve.h"
#include "manifest/manifest.h"

struct worker {
	const struct manifest *manifest;
	const struct manifest_entrypoint *entrypoint;
	struct server server;
	struct connections connections;
	struct output output;
	page_t **pages;
	uint32_t pages_len;
	bool retired; /* it takes no further call */
};

/* The descriptor of a worker's channel: the place where its helper had the control socket. */
#define WORKER_CHANNEL CONTROL_FD_SUPERVISOR

/*
 * To be called in the helper's child. w: manifest, entrypoint, pages and output are set, the rest
 * is zero. channel: its end of the pair. Never returns: exits with 0 when the supervisor closes the
 * channel, 1 when it could not begin (the log says why).
 */
_Noreturn void worker_main(struct worker *w, postern_function function, int channel);

/* The two kinds of serving. They return when the channel is closed or the worker is retired (0), or
 * a negative errno. */
int resident_run(struct worker *w, struct error *err);
int zygote_run(struct worker *w, struct error *err);

/* Takes one record from the channel: SERVE with its connection. Returns 1 and the connection (NULL
 * when it was refused), 0 at the end of the channel, or a negative errno. A worker that is found
 * retired (w->retired) takes none. */
int worker_receive(struct worker *w, struct connection **ret, struct error *err);

/* retire.c: was the worker told to take no further call? Notes it in w->retired. */
bool worker_retired(struct worker *w);

/* retire.c: throws one record of a retired worker's channel away, with its descriptor, which the
 * kernel would no longer let in: the connection is the next worker's. Returns 1, 0 at the end of
 * the channel, or a negative errno. */
int worker_discard(struct error *err);

/* retire.c: hands a connection of a retired worker, on which a call is over, back to the
 * supervisor. Returns 0 or a negative errno. */
int worker_release(struct worker *w, struct connection *c, struct error *err);

#endif
