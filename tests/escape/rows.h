/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attempts as rows of tables: what is tried, which layer must stop it, and what is allowed. */
#ifndef POSTERN_TESTS_ESCAPE_ROWS_H
#define POSTERN_TESTS_ESCAPE_ROWS_H

#include "tests/escape/driver.h"

enum layer {
	LAYER_LSM,	  /* the kernel programs: with an event */
	LAYER_SECCOMP,	  /* the system call filter: no event */
	LAYER_CAPABILITY, /* the kernel, for lack of a capability or an owner: no event */
	LAYER_MOUNT,	  /* what is not in the root, or read-only there: no event */
	LAYER_KERNEL,	  /* the kernel's own rule, whoever asks: no event */
	LAYERS,
};

struct files {
	const char *path, *other;
};

/* Paths that begin with "@/" lie in the directory of secrets that the row is run for. */
struct row {
	const char *attempt;
	enum layer layer;
	int error;	    /* what the attempt must end with; 0: any but success */
	uint32_t operation; /* LAYER_LSM: enum postern_operation of the event */
	struct files denied;
	struct files allowed;	/* the same attempt where it must work; no path: there is no such */
	const char *event;	/* path in the event; NULL: that of `denied`; "": not looked at */
	const char *entrypoint; /* NULL: attempt */
};

/* One TAP line; tests/tap.h counts for each file by itself, these for the whole program. */
bool check(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends the test: returns what main() is to return. */
int check_done(void);

/* One line for the denied case, one for the allowed. directory: AREA or OUTSIDE. */
void row_run(const struct row *row, const char *context, const char *directory);

/* The same on the files as they are. */
void row_run_here(const struct row *row, const char *context, const char *directory);

/* Before it: unconfined the attempt must end otherwise, so that the row says something. */
void row_control(const struct row *row, const char *directory);

#endif
