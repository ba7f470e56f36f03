/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records, good and bad, and descriptors with them, cut from a fuzzer's input and laid into a
 * socket.
 */
#ifndef POSTERN_TESTS_FUZZ_RECORDS_H
#define POSTERN_TESTS_FUZZ_RECORDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/fuzz/require.h"

#define RECORDS_FDS_MAX 3

struct records {
	const uint8_t *at;
	size_t len;
	uint64_t call; /* the number that the next header gets: grows with each RETURN and ERROR
			  that is whole, and is set by who sends CALLs */
};

/* The next byte of the input, 0 behind its end. */
uint8_t records_byte(struct records *in);

/* A socket pair that takes messages of several records before anybody reads, and never waits. */
void records_pair(int pair[2]);

/*
 * Sends the next record. Its first byte says how: bits 0 to 2 the type, 0: the header is the
 * input's; 8: more follows; 16, 32: how many descriptors; 64: `x` up to as many KiB as the byte
 * behind the length says; 128: another call's number. Then two bytes of length, what stands behind
 * the header, and a byte for each descriptor. Returns whether there was one, and room for it.
 */
int records_send(struct records *in, int to);

/* A record of these bytes, with as many descriptors, each of the kind that a byte of the input
 * says; they are not the sender's afterwards. Returns as above. */
int records_send_with(struct records *in, int to, const void *data, size_t len, size_t fds);

/* Descriptors of this process. */
unsigned records_open(void);

#endif
