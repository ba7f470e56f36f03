/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A call under isolation: call as its zygote sees it, and how it ends. */
#ifndef POSTERN_HELPER_CALL_END_H
#define POSTERN_HELPER_CALL_END_H

#include "helper/worker.h"

struct call {
	page_t *page;
	pid_t pid;	      /* of the process and of its group; 0: the page is free */
	struct output output; /* of the page's calls, one after the other */
	struct connection *connection;
	uint64_t deadline; /* the entrypoint's, CLOCK_MONOTONIC ns */
	bool timed_out;
	bool cancelled; /* by its client */
	bool reaped;	/* the process is; others of its group may be left */
	int status;	/* as waitpid() gives it, once reaped */
};

/* The entrypoint's deadline, or the client's, which the call claims on its page, if earlier. */
uint64_t call_deadline(const struct call *call);

/* Has the client taken it back? */
bool call_taken_back(const struct call *call);

/* Kills all of the call. An error means that some of it runs under an id that may not be signalled:
 * then the zygote must end, so that the supervisor kills what is left. */
int call_kill(const struct call *call, struct error *err);

/* Returns 1 when the call's process and all of its group are gone, 0 while they are not, or a
 * negative errno as call_kill(). */
int call_reap(struct call *call, struct error *err);

/* Tells client and supervisor what there is to tell, and frees page and connection for the next.
 * Returns 0 or a negative errno. */
int call_end(struct worker *w, struct call *call, struct error *err);

/* Tells a client that its call cannot be started, and closes the connection. */
int call_refuse(struct connections *all, struct connection *c, int reason, struct error *err);

#endif
