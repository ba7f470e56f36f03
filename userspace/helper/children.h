/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a helper remembers of its workers, for the supervisor that it has and for the next one. */
#ifndef POSTERN_HELPER_CHILDREN_H
#define POSTERN_HELPER_CHILDREN_H

#include <sys/types.h>

#include "helper/output.h"
#include "manifest/manifest.h"

struct child {
	pid_t pid;
	uint32_t worker; /* the supervisor's number */
	uint32_t entrypoint, slot;
	/* A copy of the supervisor's end: with it the worker sees no end of its channel when the
	 * supervisor dies, and what it says is kept. Closed when it has ended. */
	int channel;
	struct output output; /* what it printed and did not come to tell */
	bool ended;	      /* and no supervisor was told */
	int status;
};

struct children {
	const struct manifest *manifest;
	struct child *items;
	size_t len;
	bool away; /* no supervisor is there */
};

/* Makes room for one more. Returns 0 or -ENOMEM. */
int children_prepare(struct children *all);

/* Takes a child over; there is room. */
void children_add(struct children *all, const struct child *child);

/* Reaps what has ended and tells the supervisor, or keeps it for the next. */
int children_reap(struct children *all, struct error *err);

/* Tells that a worker is there, or has ended. A supervisor that is gone is no error. text: why it
 * could not be made, or "". */
int children_tell_spawned(struct children *all, const struct child *child, enum control_type type,
			  int pidfd, struct error *err);
int children_tell_exited(struct children *all, const struct child *child, const char *text,
			 struct error *err);

/* Takes the supervisor that waits at the listener in place of the one before, and tells it of all
 * children. */
int children_adopt(struct children *all, struct error *err);

void children_clear(struct children *all);

#endif
