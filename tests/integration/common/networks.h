/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network namespaces below /run/netns, and calls to the contexts of network-contexts/, which work
 * in them.
 *
 * The loopback interface of a namespace is given another name, so that a worker's view of
 * /sys/class/net tells which one it is in.
 */
#ifndef POSTERN_TESTS_INTEGRATION_COMMON_NETWORKS_H
#define POSTERN_TESTS_INTEGRATION_COMMON_NETWORKS_H

#include "tests/integration/common/trial.h"

#define NETWORKS_CONTEXTS "/usr/local/lib/postern-tests/network-contexts"
#define NETWORKS_PINS	  "/run/netns/"
#define NETWORKS_GONE_MS  20000 /* that only a hang would exceed */
#define ROUTER_A	  "qrouter-00000000-0000-4000-8000-00000000000a"
#define ROUTER_B	  "qrouter-00000000-0000-4000-8000-00000000000b"

/* -- namespaces, by their names */

/* Where it is pinned. */
void networks_path(const char *network, char path[128]);
/* Is there anything of that name? */
bool networks_exists(const char *network);
/* As `ip netns add` does it; ends the test when it cannot. */
void networks_make(const char *network);
/* Gives its loopback another name, which must be up; with a dash before the name it need not. One
 * test. */
void networks_mark(const char *network, const char *name);

/* -- calls, each one test; network is NULL for a call that names none */

void networks_allowed(const char *context, const char *entrypoint, const char *network);
/* It ends with that result and errno; what: why it does. */
void networks_refused(const char *context, const char *entrypoint, const char *network, int result,
		      int error, const char *what);
/* The links that the context's worker lists, each with a blank behind it. */
void networks_sees(const char *context, const char *network, const char *links, const char *what);

/* -- instances */

bool networks_status_says(const char *text);
/* Waits until `postern status` says it no more. */
bool networks_status_silent(const char *text);
/* The helper of the instance in a network namespace; 0: there is none. */
pid_t networks_helper(const char *network);

#endif
