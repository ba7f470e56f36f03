/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Contexts that a test of `postern reload` writes and changes. */
#ifndef POSTERN_TESTS_INTEGRATION_COMMON_SWAP_H
#define POSTERN_TESTS_INTEGRATION_COMMON_SWAP_H

#include "tests/integration/common/trial.h"

#define SWAP_CONTEXTS "/run/swap-contexts"
#define SWAP_MODULES  "/usr/local/lib/postern/modules"
#define SWAP_A	      TRIAL_DIR "/swap/a"
#define SWAP_B	      TRIAL_DIR "/swap/b"
#define SWAP_RULE_A   "      " SWAP_A ": [read]\n"
#define SWAP_RULE_B   "      " SWAP_B ": [read]\n"

struct swap {
	const char *context; /* its name; its module is swap.so */
	const char *paths;   /* of all its entrypoints: SWAP_RULE_A, ... */
	const char *top;     /* further lines at the top level; NULL: none */
	const char *more;    /* further lines of the entrypoint look; NULL: none */
	const char *last;    /* further entrypoints; NULL: none */
};

/* The files, and swap.so in its first version. */
void swap_tree(void);
void swap_module(int version);
void swap_write(const struct swap *s);
void swap_remove(const char *context);
/* A manifest's text as it is. */
void swap_write_text(const char *context, const char *text);

/* `postern reload`, which must end with that status. */
bool swap_reload(int status, struct trial_program *ret);
/* The same, and nothing else is of interest. */
void swap_reload_ok(const char *what);

/* Calls entrypoint look (or another) with "MS FILE..." and returns its result, -1 when the call
 * failed. */
int64_t swap_look(const char *entrypoint, const char *what);

#endif
