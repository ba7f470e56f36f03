/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A ring of io_uring by hand. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escape/attack.h"
#include "tests/escape/attack_ring.h"

#define PAGE	      4096
#define SETUP_NO_MMAP (1u << 14) /* from 6.5 on: the rings lie in the task's own memory */

int ring_make(struct ring *r)
{
	char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		return ATTEMPT_BROKEN;
	/* Mapping a ring is refused by mmap_file, so it is made without where that can be. */
	*r = (struct ring){.p = {.flags = SETUP_NO_MMAP}, .sq = memory, .cq = memory};
	r->entries = (struct io_uring_sqe *)(void *)(memory + PAGE);
	r->p.cq_off.resv2 = (unsigned long)memory;
	r->p.sq_off.resv2 = (unsigned long)r->entries;
	r->fd = (int)syscall(SYS_io_uring_setup, 8, &r->p);
	if (r->fd >= 0)
		return 0;
	if (errno != EINVAL)
		return errno;
	r->p = (struct io_uring_params){};
	r->fd = (int)syscall(SYS_io_uring_setup, 8, &r->p);
	if (r->fd < 0)
		return errno;
	r->sq = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	r->cq = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_CQ_RING);
	r->entries = mmap(NULL, 8 * sizeof(*r->entries), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
			  IORING_OFF_SQES);
	return r->sq == MAP_FAILED || r->cq == MAP_FAILED || r->entries == MAP_FAILED ? errno : 0;
}

int ring_run(struct ring *r, const struct io_uring_sqe *entry)
{
	unsigned *tail = (unsigned *)(void *)(r->sq + r->p.sq_off.tail);
	unsigned *head = (unsigned *)(void *)(r->cq + r->p.cq_off.head);
	unsigned mask = *(unsigned *)(void *)(r->sq + r->p.sq_off.ring_mask);
	unsigned *array = (unsigned *)(void *)(r->sq + r->p.sq_off.array);
	const struct io_uring_cqe *done =
		(const struct io_uring_cqe *)(const void *)(r->cq + r->p.cq_off.cqes);
	int result;

	r->entries[*tail & mask] = *entry;
	array[*tail & mask] = *tail & mask;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return errno ? -errno : -ATTEMPT_BROKEN;
	result = done[*head & *(unsigned *)(void *)(r->cq + r->p.cq_off.ring_mask)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}
