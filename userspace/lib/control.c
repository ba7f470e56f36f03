/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending and receiving the fixed-size records between supervisor, helper and worker. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/control.h"
#include "lib/passing.h"

int control_send(int fd, const struct control_record *record, const int *fds, size_t fds_len,
		 int flags)
{
	if (fds_len > CONTROL_FDS_MAX)
		return -EINVAL;
	return passing_send(fd, record, sizeof(*record), fds, fds_len, flags);
}

static bool record_valid(const struct control_record *record)
{
	return record->groups_len <= CONTROL_GROUPS_MAX &&
	       memchr(record->text, '\0', sizeof(record->text));
}

int control_receive(int fd, struct control_record *ret, int *ret_fds, size_t *ret_fds_len,
		    int flags)
{
	struct control_record record;
	int fds[CONTROL_FDS_MAX];
	size_t fds_len = 0;
	int r;

	r = passing_receive(fd, &record, sizeof(record), fds, CONTROL_FDS_MAX, &fds_len, flags);
	if (r <= 0)
		return r;
	if (!record_valid(&record)) {
		for (size_t i = 0; i < fds_len; i++)
			(void)close(fds[i]);
		return -EBADMSG;
	}
	*ret = record;
	memcpy(ret_fds, fds, fds_len * sizeof(int));
	*ret_fds_len = fds_len;
	return 1;
}
