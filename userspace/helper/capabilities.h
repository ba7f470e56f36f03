/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The five capability sets of this process and the bits that rule them: set, and read back. */
#ifndef POSTERN_HELPER_CAPABILITIES_H
#define POSTERN_HELPER_CAPABILITIES_H

#include <stdint.h>

#include "base/error.h"

/*
 * First half, while ids are still to be changed: changing from uid 0 to another must not clear the
 * sets, and uid 0 must mean nothing. Needs CAP_SETPCAP. Returns 0 or a negative errno, like all
 * functions here.
 */
int capabilities_begin(struct error *err);

#define CAPABILITIES_ANY (~UINT64_C(0))

/*
 * Makes bounding, permitted, effective, inheritable and ambient set equal to `wanted` (1 << CAP_x),
 * which must be a subset of what is permitted. Ambient, so that programs that an entrypoint runs
 * have them too: no file gives any under no_new_privs. held: what the bounding set may hold before;
 * CAPABILITIES_ANY when nothing is known of it. It is not read back here, since that asks about
 * each: the caller has capabilities_verify() do it when it has changed all that it changes. Needs
 * CAP_SETPCAP, and lowering to a set without it is final.
 */
int capabilities_set(uint64_t held, uint64_t wanted, struct error *err);

/* Second half: the securebits, locked, and no ambient capability to be raised any more. */
int capabilities_lock(struct error *err);

/* Reads all five sets and compares. Fails with the set and the difference. */
int capabilities_verify(uint64_t wanted, struct error *err);

/* Reads the securebits and compares with what capabilities_lock() sets. */
int capabilities_verify_locked(struct error *err);

#endif
