/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a set-up child or helper tells the supervisor. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/report.h"

int report_send(enum control_type type, int fd, struct error *err)
{
	const struct control_record record = {.type = type};
	int r;

	r = control_send(CONTROL_FD_SUPERVISOR, &record, &fd, fd >= 0 ? 1 : 0, 0);
	if (r < 0)
		return error_set(err, r, "send record %d to the supervisor", (int)type);
	return 0;
}

int report_expect(enum control_type type, const char *what, struct error *err)
{
	struct control_record record;
	int fds[CONTROL_FDS_MAX];
	size_t fds_len = 0;
	int r;

	r = control_receive(CONTROL_FD_SUPERVISOR, &record, fds, &fds_len, 0);
	if (r < 0)
		return error_set(err, r, "wait for the supervisor to %s", what);
	if (r == 0)
		return error_say(err, EPIPE, "the supervisor ended before it could %s", what);
	for (size_t i = 0; i < fds_len; i++)
		(void)close(fds[i]);
	if (record.type != (uint32_t)type || fds_len > 0)
		return error_say(err, EPROTO,
				 "the supervisor sent record %u where it was to %s (record %d)",
				 record.type, what, (int)type);
	return 0;
}

void report_failure(const struct error *err)
{
	struct control_record record = {.type = CONTROL_FAILED, .status = err->code};

	(void)snprintf(record.text, sizeof(record.text), "%s%s%s", error_text(err),
		       err->hint ? "; " : "", err->hint ? err->hint : "");
	fprintf(stderr, "postern-helper: %s\n", record.text);
	(void)fflush(stderr);
	/* When the supervisor is gone there is nobody left to tell. */
	(void)control_send(CONTROL_FD_SUPERVISOR, &record, NULL, 0, 0);
}
