/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel side by hand: programs loaded, policies made and children tagged without supervisor
 * and helper, so that nothing but the kernel programs stands in an attempt's way.
 *
 * For root in a guest. What cannot be set up ends the test with "Bail out!".
 */
#ifndef POSTERN_TESTS_KERNEL_HAND_H
#define POSTERN_TESTS_KERNEL_HAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisor/enforcement.h"

#define ALL_RIGHTS (POSTERN_RIGHTS_ALL & ~POSTERN_EXECUTE)

struct hand_rule {
	const char *directory;
	const char *name; /* NULL: the directory and all below it */
	uint32_t rights;
};

/* Loads, attaches and pins the programs, and opens the ring of events. */
struct enforcement *hand_start(void);

/* Puts a policy in force. Its root is "/" of this process; the rules end with one without
 * directory. value: capabilities and flags; what identifies the root is filled in. */
void hand_policy(uint64_t id, struct postern_policy value, const struct hand_rule *rules);

/* Closes the directories of all policies, as when the supervisor is gone. */
void hand_release(void);

/* A policy that may do all that lsm/capable is asked for. */
extern const struct postern_policy hand_capable;

/* Runs in a child that is tagged before: what it returns, or 1000 and the signal that it died of.
 */
typedef int (*hand_function)(void *userdata);
int hand_confined(uint64_t policy, hand_function function, void *userdata);

/* The same, not waited for. Its exit status is what the function returns. */
pid_t hand_spawn(uint64_t policy, hand_function function, void *userdata);

/* An attempt of tests/escape/attack.h, by name, confined. */
int hand_attempt(uint64_t policy, const char *name, const char *path, const char *other);

/* The same by a child that is not. */
int hand_unconfined(hand_function function, void *userdata);
int hand_unconfined_attempt(const char *name, const char *path, const char *other);

/* Did an event of that operation come since the last call of hand_forget(), and what was the last
 * path of one, or what else was refused in words? NULL: none. */
const char *hand_event(uint32_t operation);
void hand_forget(void);
unsigned hand_events(void); /* how many came since then */

_Noreturn void hand_bail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Files: made, or the test ends. */
void hand_directory(const char *path);
void hand_file(const char *path, const char *content);
bool hand_kernel_at_least(unsigned major, unsigned minor);

#endif
