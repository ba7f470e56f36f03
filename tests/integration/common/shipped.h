/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The contexts that Postern ships, called as a user without privileges would call them. */
#ifndef POSTERN_TESTS_INTEGRATION_COMMON_SHIPPED_H
#define POSTERN_TESTS_INTEGRATION_COMMON_SHIPPED_H

#include <stdbool.h>
#include <sys/types.h>

#define SHIPPED "/run/shipped-contexts"

/* Exit statuses of postern call. */
enum { SHIPPED_FAILED = 11, SHIPPED_BAD_ARGUMENT = 12, SHIPPED_DENIED = 14 };

/* `postern call WORDS` by a user, where the words stand with blanks between them. */
struct trial_program;
void shipped_run(struct trial_program *p, uid_t uid, const char *words);

/* Copies the named contexts as they are shipped to where posternd will read them. Ends with NULL.
 */
void shipped_contexts(const char *const *names);

/* Runs a command of the shell as root; ends the test when it fails. */
void shipped_root(const char *command);
/* Does it succeed? */
bool shipped_is(const char *command);

/* The same by alice. One test each. */
void shipped_allowed(const char *words);
/* Its result is "expected", or holds it. */
void shipped_says(const char *words, const char *expected);
/* It is denied, and each of the texts (ending with NULL) is in the line that `postern log` has of
 * it. */
void shipped_denied(const char *words, const char *const *logged);
#define SHIPPED_DENIED(words, ...) shipped_denied((words), (const char *const[]){__VA_ARGS__, NULL})
/* It ends with that status, and says the text. */
void shipped_refused(const char *words, int status, const char *said);

#endif
