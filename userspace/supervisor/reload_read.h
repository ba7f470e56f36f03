/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading all manifests anew, and finding out what each would change: in a child, since names of
 * users, manifests and rules' directories may lie on something that does not answer. */
#ifndef POSTERN_SUPERVISOR_RELOAD_READ_H
#define POSTERN_SUPERVISOR_RELOAD_READ_H

#include "lib/passing.h"
#include "supervisor/load.h"

#define READ_DIRECTORIES_MAX PASSING_FDS_MAX /* in one record */
#define READ_IDS_MAX	     (4 * MANIFEST_IDS_MAX)

enum change {
	CHANGE_NONE,
	CHANGE_RULES,  /* the running helper can go on */
	CHANGE_HELPER, /* it cannot, or there is none */
	CHANGE_ADDED,
};

enum read_type {
	READ_CONTEXT = 1, /* fd: sealed memfd, unless change is NONE */
	READ_DIRECTORIES, /* of the context before; fds: of those without an error */
	READ_END,	  /* fd: memfd of what is to be told, as text */
};

struct read_record {
	uint32_t type;
	uint32_t change;
	char name[MANIFEST_NAME_MAX + 1];
	struct file_identity file;
	char why[128];	 /* HELPER */
	uint32_t starts; /* of the helper that was looked at */
	/* the ids that names stand for: users, groups, callers' users, callers' groups */
	uint32_t user, group, ids_len[4];
	uint32_t ids[READ_IDS_MAX];
	/* DIRECTORIES */
	uint32_t entrypoint, first, len;
	int32_t errors[READ_DIRECTORIES_MAX]; /* negative errno; 0: its descriptor comes along */
	/* END */
	int32_t status;
};

/* What the child gets; the descriptor is its end of a SOCK_SEQPACKET pair. Sends records, READ_END
 * last. Returns 0 or a negative errno. */
struct read_order {
	const struct supervisor *supervisor;
	int socket;
};
int reload_read(void *order);

/* The descriptors that reload_read() needs; to be freed. */
int reload_read_keeps(const struct read_order *order, int **ret, size_t *ret_len);

/* -- records (reload_record.c) */

int record_send(int socket, const struct read_record *record, const int *fds, size_t fds_len);

/* fds: room for READ_DIRECTORIES_MAX; owned by the caller. Returns 1, 0 at the end, or a negative
 * errno. */
int record_receive(int socket, struct read_record *ret, int *fds, size_t *ret_fds_len);

/* Takes the ids of a manifest into a record; puts them into one that was parsed without looking
 * names up. -E2BIG, -EPROTO: they do not fit. */
int record_ids(struct read_record *record, const struct manifest *m);
int record_ids_put(const struct read_record *record, struct manifest *m);

#endif
