/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A worker's record pages: what it says of the call under way. */
#ifndef POSTERN_HELPER_PAGE_H
#define POSTERN_HELPER_PAGE_H

#include "base/error.h"
#include "bpf/abi.h"

typedef volatile struct postern_page page_t;

/*
 * Maps the pages slot .. slot + slots - 1 of the map at CONTROL_FD_PAGES, each by itself, so that a
 * call's process can let go of the others. The helper does it for a worker before it forks it: only
 * under the start policy do the kernel programs let the map be mapped, and the worker's own policy
 * may hold as soon as it exists. ret: array of slots pages; free with pages_free(). Returns 0 or a
 * negative errno.
 */
int page_map(uint32_t slot, uint32_t slots, page_t ***ret, struct error *err);

/* Takes all of them out of this process's memory, and frees the array; NULL is passed over. */
void pages_free(page_t **pages, uint32_t slots);

/* Takes pages out of this process's memory again; NULL is passed over. */
void page_unmap(page_t *page);

/*
 * What stands on a page, in this order. Others look at it at any moment: the kernel programs in
 * the midst of a system call, the supervisor on its timer, and both may be the last to see it
 * because the worker dies. `started` says whether there is a call; so it is stored last when one
 * begins and first when one ends, and whoever sees it set sees that call's fields and not the one's
 * before. Atomic stores with release order, or the compiler and a weakly ordered CPU would be free
 * to turn them round.
 */
void page_connection(page_t *page, uint64_t connection);
/* The rest of a call is waited for: no call yet, and told apart from the next one by its deadline.
 */
void page_expect(page_t *page, uint64_t deadline);
void page_begin(page_t *page, uint64_t call, uint64_t started, uint64_t deadline);
void page_clear(page_t *page);

/*
 * Claims a connection before anything is read from it (or, with page_opening(), before it is taken
 * over), unless the supervisor retired the worker: then nothing is claimed, nothing may be read,
 * and the connection is the next worker's. The store of the claim and the look at the order are in
 * one order for all (sequentially consistent), as are the supervisor's store of the order and its
 * look at the claims: so at least one of the two sees the other, and no record is read by a worker
 * whose connections were given away.
 */
bool page_claim(page_t *page, uint64_t connection);
bool page_opening(page_t *page, uint64_t connection);
void page_opened(page_t *page);
bool page_retired(page_t *page);

/* What a call's process claims on its page, read by its zygote. */
uint64_t page_claimed_call(page_t *page);
uint64_t page_claimed_deadline(page_t *page);

/* CLOCK_MONOTONIC in nanoseconds; never 0. */
uint64_t page_now(void);

/* The same by the clock that costs least, or up to 10 ms later: a call that begins then is not
 * ended before its time. */
uint64_t page_soon(void);

#endif
