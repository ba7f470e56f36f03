/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the child that reads manifests sends to its supervisor. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/passing.h"
#include "supervisor/reload_read.h"

int record_send(int socket, const struct read_record *record, const int *fds, size_t fds_len)
{
	return passing_send(socket, record, sizeof(*record), fds, fds_len, 0);
}

int record_receive(int socket, struct read_record *ret, int *fds, size_t *ret_fds_len)
{
	return passing_receive(socket, ret, sizeof(*ret), fds, READ_DIRECTORIES_MAX, ret_fds_len,
			       MSG_DONTWAIT);
}

int record_ids(struct read_record *record, const struct manifest *m)
{
	const uint32_t *lists[] = {m->uids, m->gids, m->caller_uids, m->caller_gids};
	const size_t lens[] = {m->uids_len, m->gids_len, m->caller_uids_len, m->caller_gids_len};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (lens[i] > ARRAY_SIZE(record->ids) - used)
			return -E2BIG;
		if (lens[i])
			memcpy(&record->ids[used], lists[i], lens[i] * sizeof(record->ids[0]));
		record->ids_len[i] = (uint32_t)lens[i];
		used += lens[i];
	}
	record->user = m->user;
	record->group = m->group;
	return 0;
}

int record_ids_put(const struct read_record *record, struct manifest *m)
{
	uint32_t *lists[] = {m->uids, m->gids, m->caller_uids, m->caller_gids};
	const size_t lens[] = {m->uids_len, m->gids_len, m->caller_uids_len, m->caller_gids_len};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (lens[i] != record->ids_len[i] || lens[i] > ARRAY_SIZE(record->ids) - used)
			return -EPROTO;
		if (lens[i])
			memcpy(lists[i], &record->ids[used], lens[i] * sizeof(record->ids[0]));
		used += lens[i];
	}
	m->user = record->user;
	m->group = record->group;
	return 0;
}
