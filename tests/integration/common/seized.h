/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shipped contexts whose module was taken over: the same manifest with a module of
 * tests/integration/module/seized_NAME.c, which tries what it can. */
#ifndef POSTERN_TESTS_INTEGRATION_COMMON_SEIZED_H
#define POSTERN_TESTS_INTEGRATION_COMMON_SEIZED_H

/* Makes the context "seized-NAME" of one that shipped_contexts() copied. */
void seized_context(const char *name);

/* `postern call WORDS` by alice ends in an error that holds what became of each attempt. */
void seized_tried(const char *words, const char *results);

/* `postern log` has a line with all of the texts, which end with NULL. */
void seized_logged(const char *const *texts);
#define SEIZED_LOGGED(...) seized_logged((const char *const[]){__VA_ARGS__, NULL})

/* `postern call WORDS` by alice prints this, and nothing else. */
void shipped_prints(const char *words, const char *expected);
/* bob is not among the callers. */
void shipped_stranger(const char *words);

#endif
