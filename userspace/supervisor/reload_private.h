/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of a reload share. */
#ifndef POSTERN_SUPERVISOR_RELOAD_PRIVATE_H
#define POSTERN_SUPERVISOR_RELOAD_PRIVATE_H

#include "supervisor/reload.h"
#include "supervisor/reload_root.h"

struct reload_order {
	struct reload_order *next;
	char *names;
	size_t names_len;
	reload_answer_fn answer;
	void *userdata;
	uint64_t ordered; /* CLOCK_MONOTONIC ns */
};

/* A context's manifest as the child read it. */
struct incoming {
	struct read_record record;
	struct manifest *manifest; /* NULL with CHANGE_NONE */
	int fd;
	struct read_roots roots;
};

struct reload {
	struct supervisor *supervisor;
	sd_event_source *hangup;
	struct reload_order *orders; /* the first one is under way while `running` */
	bool running;
	/* reading */
	struct read_order order;
	int socket;
	sd_event_source *source, *timer;
	struct incoming *incoming;
	size_t incoming_len;
	/* applying */
	unsigned replacing; /* helpers that are being set up */
	bool failed;
	char failure[512]; /* of the last one */
};

/* Starts the child; reload_apply() is called when all is read and right, otherwise reload_end().
 * Returns 0 or a negative errno. */
int reload_read_start(struct reload *r, struct error *err);
void reload_read_stop(struct reload *r);

/* Puts what was read in force. */
void reload_apply(struct reload *r);

/* The same for a context whose helper can stay; when it no longer can, the change becomes
 * CHANGE_HELPER or CHANGE_ADDED. */
void reload_rules(struct reload *r, struct incoming *in);

/* Ends the reload that runs, and answers. */
void reload_end(struct reload *r);

/* Tell who ordered it, and the log: what became of a context; one line of a problem. */
void reload_tell(struct reload *r, const char *context, bool failed, const char *format, ...)
	PRINTF_LIKE(4, 5);
void reload_problem(struct reload *r, const char *line);

/* Was the context asked for? */
bool reload_wants(const struct reload *r, const char *context);

/* Time since the order, in microseconds. */
uint64_t reload_us(const struct reload *r);

#endif
