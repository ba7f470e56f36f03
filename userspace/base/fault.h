/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Points at which a posternd that was built for tests (-DPOSTERN_FAULTS) kills itself, as kill -9
 * would: the one that the environment's POSTERN_FAULT names, when it comes there for the nth time
 * ("attach:3"; the first, without a number). In the product they are nothing.
 *
 * One table, so that a test can go through all of them.
 */
#ifndef POSTERN_BASE_FAULT_H
#define POSTERN_BASE_FAULT_H

#include <stdbool.h>

/* clang-format off */
#define FAULT_POINTS(X)                                                                            \
	/* start */                                                                                \
	X(LOCKED, "locked")                                                                        \
	X(MANIFESTS_READ, "manifests-read")                                                        \
	X(MAPS_TAKEN, "maps-taken")                                                                \
	X(CGROUP_READY, "cgroup-ready")                                                            \
	X(LOADED, "loaded")                                                                        \
	X(PIN_MAP, "pin-map")                                                                      \
	X(ATTACH, "attach")                                                                        \
	X(PIN_LINK, "pin-link")                                                                    \
	X(PINNED, "pinned")                                                                        \
	X(PROBED, "probed")                                                                        \
	X(CONTEXTS_MADE, "contexts-made")                                                          \
	X(SERVING, "serving")                                                                      \
	/* adoption */                                                                             \
	X(ADOPT_FOUND, "adopt-found")                                                              \
	X(ADOPT_RULES, "adopt-rules")                                                              \
	X(ADOPT_SWEPT, "adopt-swept")                                                              \
	X(ADOPT_HELLO, "adopt-hello")                                                              \
	X(ADOPT_WORKER, "adopt-worker")                                                            \
	X(ADOPT_DONE, "adopt-done")                                                                \
	/* a helper's start, with its policies */                                                  \
	X(HELPER_SAVED, "helper-saved")                                                            \
	X(HELPER_CLONED, "helper-cloned")                                                          \
	X(IDS_MAPPED, "ids-mapped")                                                                \
	X(POLICY_RULES, "policy-rules")                                                            \
	X(POLICY_SET, "policy-set")                                                                \
	X(HELPER_TAGGED, "helper-tagged")                                                          \
	X(HELPER_PLACED, "helper-placed")                                                          \
	X(HELPER_LOADED, "helper-loaded")                                                          \
	/* a worker's admission */                                                                 \
	X(WORKER_ASKED, "worker-asked")                                                            \
	X(WORKER_PLACED, "worker-placed")                                                          \
	X(WORKER_TAGGED, "worker-tagged")                                                          \
	X(WORKER_STARTED, "worker-started")                                                        \
	X(WORKER_READY, "worker-ready")                                                            \
	X(WORKER_SERVED, "worker-served")                                                          \
	X(WORKER_OPENED, "worker-opened")                                                          \
	/* network namespaces with a name, and a helper in each */                                 \
	X(NETWORK_MADE, "network-made")                                                            \
	X(NETWORK_REMOVED, "network-removed")                                                      \
	X(INSTANCE_MADE, "instance-made")                                                          \
	/* the end */                                                                              \
	X(UPGRADE_ASKED, "upgrade-asked")                                                          \
	X(UPGRADE_READY, "upgrade-ready")                                                          \
	X(STOPPING, "stopping")                                                                    \
	X(STOP_ENDED, "stop-ended")                                                                \
	X(STOP_DROPPED, "stop-dropped")
/* clang-format on */

enum fault {
#define FAULT_NUMBER(id, name) FAULT_##id,
	FAULT_POINTS(FAULT_NUMBER)
#undef FAULT_NUMBER
		FAULTS
};

#ifdef POSTERN_FAULTS
void fault_point(enum fault fault);
/* With POSTERN_FAULT_QUICK the pinned programs of the posternd before go on deciding, and none is
 * loaded, which takes most of a start's time: for points that come after it. */
bool fault_quick(void);
#else
static inline void fault_point(enum fault fault)
{
	(void)fault;
}

static inline bool fault_quick(void)
{
	return false;
}
#endif

#endif
