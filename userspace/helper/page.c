/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A worker's record pages. */
#include <errno.h>
#include <sys/mman.h>
#include <time.h>

#include "base/recent.h"
#include "helper/page.h"
#include "lib/control.h"

int page_map(uint32_t slot, uint32_t slots, page_t ***ret, struct error *err)
{
	cleanup_free page_t **pages = NULL;

	if (slots == 0 || slot == POSTERN_NO_SLOT || slots > UINT32_MAX - slot)
		return error_say(err, EINVAL, "record pages %u and %u more cannot be", slot, slots);
	pages = calloc(slots, sizeof(*pages));
	if (!pages)
		return error_set(err, ENOMEM, "map the record pages");
	for (uint32_t i = 0; i < slots; i++) {
		off_t offset = ((off_t)slot + i) * POSTERN_PAGE_BYTES;
		void *page = mmap(NULL, POSTERN_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
				  CONTROL_FD_PAGES, offset);

		if (page == MAP_FAILED) {
			int r = error_set(err, errno, "map record page %u", slot + i);

			while (i > 0)
				page_unmap(pages[--i]);
			return r;
		}
		pages[i] = page;
	}
	*ret = steal_ptr(pages);
	return 0;
}

void pages_free(page_t **pages, uint32_t slots)
{
	for (uint32_t i = 0; pages && i < slots; i++)
		page_unmap(pages[i]);
	free(pages);
}

void page_unmap(page_t *page)
{
	if (page)
		(void)munmap((void *)(uintptr_t)page, POSTERN_PAGE_BYTES);
}

void page_connection(page_t *page, uint64_t connection)
{
	__atomic_store_n(&page->connection, connection, __ATOMIC_RELEASE);
}

void page_expect(page_t *page, uint64_t deadline)
{
	__atomic_store_n(&page->deadline, deadline, __ATOMIC_RELEASE);
}

void page_begin(page_t *page, uint64_t call, uint64_t started, uint64_t deadline)
{
	__atomic_store_n(&page->call, call, __ATOMIC_RELEASE);
	__atomic_store_n(&page->deadline, deadline, __ATOMIC_RELEASE);
	__atomic_store_n(&page->started, started, __ATOMIC_RELEASE);
}

void page_clear(page_t *page)
{
	__atomic_store_n(&page->started, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&page->deadline, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&page->call, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&page->connection, 0, __ATOMIC_SEQ_CST);
}

bool page_retired(page_t *page)
{
	return __atomic_load_n(&page->retire, __ATOMIC_SEQ_CST) != 0;
}

bool page_claim(page_t *page, uint64_t connection)
{
	__atomic_store_n(&page->connection, connection, __ATOMIC_SEQ_CST);
	if (!page_retired(page))
		return true;
	page_connection(page, 0);
	return false;
}

bool page_opening(page_t *page, uint64_t connection)
{
	__atomic_store_n(&page->opening, connection, __ATOMIC_SEQ_CST);
	if (!page_retired(page))
		return true;
	page_opened(page);
	return false;
}

void page_opened(page_t *page)
{
	__atomic_store_n(&page->opening, 0, __ATOMIC_SEQ_CST);
}

uint64_t page_claimed_call(page_t *page)
{
	return __atomic_load_n(&page->call, __ATOMIC_ACQUIRE);
}

uint64_t page_claimed_deadline(page_t *page)
{
	if (__atomic_load_n(&page->started, __ATOMIC_ACQUIRE) == 0)
		return 0;
	return __atomic_load_n(&page->deadline, __ATOMIC_ACQUIRE);
}

uint64_t page_soon(void)
{
	return recent_ns() + RECENT_TICK_NS;
}

uint64_t page_now(void)
{
	struct timespec t;

	/* clock_gettime(2): with this clock and a valid address it cannot fail. */
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec + 1;
}
