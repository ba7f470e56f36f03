/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzes what the supervisor reads from helpers and workers: records of one size, and others, with
 * descriptors. The first byte says whether as a helper's, or with how many descriptors.
 *
 * Beyond not crashing: what is taken has the bounds that the supervisor relies on, and what is not
 * leaves no descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/control.h"
#include "lib/passing.h"
#include "tests/fuzz/records.h"

#define EXACT                                                                                      \
	128 /* in a record's first byte: as long as they have to be; else as the input says        \
	     */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int send_one(struct records *in, int to)
{
	uint8_t record[2 * sizeof(struct control_record)] = {}, how = records_byte(in);
	size_t len = how & EXACT ? sizeof(struct control_record) : records_byte(in) * (size_t)8;
	size_t taken = MIN_OF(MIN_OF(len, in->len), sizeof(record));

	if (in->len == 0)
		return 0;
	memcpy(record, in->at, taken);
	in->at += taken;
	in->len -= taken;
	return records_send_with(in, to, record, MIN_OF(len, sizeof(record)), how & 3);
}

static void require_fds(const int *fds, size_t len)
{
	for (size_t i = 0; i < len; i++)
		require(fcntl(fds[i], F_GETFD) == FD_CLOEXEC && close(fds[i]) == 0);
}

static int receive(int from)
{
	int fds[CONTROL_FDS_MAX] = {-EBADF, -EBADF}, r;
	struct control_record record;
	size_t len = 0;

	r = control_receive(from, &record, fds, &len, MSG_DONTWAIT);
	if (r <= 0)
		return r;
	require(len <= CONTROL_FDS_MAX && record.groups_len <= CONTROL_GROUPS_MAX);
	require(strnlen(record.text, sizeof(record.text)) < sizeof(record.text));
	require_fds(fds, len);
	return r;
}

static int receive_passed(int from, size_t most)
{
	uint8_t record[sizeof(struct control_record)];
	int fds[PASSING_FDS_MAX], r;
	size_t len = 0;

	r = passing_receive(from, record, sizeof(record), fds, most, &len, MSG_DONTWAIT);
	if (r <= 0)
		return r;
	require(len <= most);
	require_fds(fds, len);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct records in = {.at = data, .len = size};
	unsigned before = records_open();
	uint8_t how = records_byte(&in);
	int pair[2], r;

	records_pair(pair);
	while (send_one(&in, pair[1]))
		;
	(void)close(pair[1]);
	do {
		r = how & 1 ? receive_passed(pair[0], (how >> 1) % (PASSING_FDS_MAX + 1))
			    : receive(pair[0]);
		require(r == 1 || r == 0 || r == -EBADMSG);
	} while (r);
	(void)close(pair[0]);
	require(records_open() == before);
	return 0;
}
