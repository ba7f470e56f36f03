/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parts of the test programs that share a posternd, whose start takes longer than most tests. */
#ifndef POSTERN_TESTS_INTEGRATION_PARTS_PARTS_H
#define POSTERN_TESTS_INTEGRATION_PARTS_PARTS_H

#include <sys/types.h>

/* Of together: posternd used wrongly, before it is started and after, and its program in a user
 * namespace of its own; clients that do not keep to the protocol. */
void part_wrong_use_before(void);
void part_wrong_use(void);
int part_wrong_use_elsewhere(void);
void part_rubbish(pid_t posternd);

/* Helpers and workers as the host sees them, and what is made for it before posternd is started;
 * the command. */
void part_outside_before(void);
void part_outside(void);
void part_cli(void);

/* Deaths of helpers and workers; calls that take too long, functions that misbehave, several
 * workers, isolation: call; what functions log; a helper that ends when nobody calls. */
void part_life(void);
void part_calls(void);
void part_logs(pid_t posternd);
void part_idle(void);

/* Of callers: who is served when several ask; contexts that end with their application, after which
 * *posternd is the next one. */
#define CALLER_CONTEXTS "/usr/local/lib/postern-tests/caller-contexts"
void part_turns(void);
void part_bound(pid_t *posternd);

/* Of network_namespaces: instances that are used, or were to end meanwhile; posternd's own death,
 * after which *posternd is the next one; and reloads of what they run under. */
void part_networks_in_use(void);
void part_networks_survive(pid_t *posternd);
void part_networks_reload(pid_t *posternd);

#endif
