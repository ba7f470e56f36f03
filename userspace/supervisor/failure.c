/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What posternd does when the kernel no longer refuses what it must.
 *
 * It ends, instead of staying without contexts: a service manager sees an exit status and no text
 * of a status, and the next start makes all checks again and repairs what can be repaired (programs
 * are attached and pinned anew) or says why it cannot. The reason outlives it in a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "lib/admin.h"
#include "supervisor/cgroup.h"
#include "supervisor/context.h"
#include "supervisor/failure.h"
#include "supervisor/log.h"

/* So long those who call or ask for the status are told the reason, and not just cut off. */
#define LINGER_US 2000000ull

static void leave_reason(const char *reason)
{
	cleanup_close int fd = open(ADMIN_FAILURE_FILE,
				    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, reason, strlen(reason)) < 0)
		log_line(LOG_WARNING, "write " ADMIN_FAILURE_FILE ": %s", strerror(errno));
}

void failure_forget(void)
{
	(void)unlink(ADMIN_FAILURE_FILE);
}

static int on_linger(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct supervisor *s = userdata;

	(void)source;
	(void)usec;
	return sd_event_exit(s->loop, EXIT_ENFORCEMENT);
}

void fail_enforcement(struct supervisor *s, const struct error *why)
{
	if (s->failure[0])
		return;
	(void)snprintf(s->failure, sizeof(s->failure), "%s", error_text(why));
	/* First of all, and in one system call: what runs is not known to be confined. */
	if (cgroup_kill(s->contexts_cgroup) < 0)
		log_line(LOG_CRIT, "the processes of contexts cannot be killed by their cgroup");
	log_error(LOG_CRIT, "enforcement has failed, all contexts are ended", why);
	(void)sd_notifyf(0, "STATUS=Enforcement has failed: %s", s->failure);
	leave_reason(s->failure);
	for (size_t i = 0; i < s->contexts_len; i++) {
		context_end_helper(s->contexts[i], "enforcement has failed");
		context_serve(s->contexts[i]);
	}
	if (sd_event_add_time_relative(s->loop, NULL, CLOCK_MONOTONIC, LINGER_US, 0, on_linger, s) <
	    0)
		(void)sd_event_exit(s->loop, EXIT_ENFORCEMENT);
}
