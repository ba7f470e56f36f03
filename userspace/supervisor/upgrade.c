/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Upgrade in place. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "base/fault.h"
#include "manifest/trust.h"
#include "supervisor/canary.h"
#include "supervisor/clock.h"
#include "supervisor/helper.h"
#include "supervisor/load.h"
#include "supervisor/reload.h"
#include "supervisor/upgrade.h"

struct upgrade {
	char program[PATH_MAX];
	char **argv;
	bool decided;
};

int upgrade_prepare(struct supervisor *s, char **argv, struct error *err)
{
	struct upgrade *u = calloc(1, sizeof(*u));

	if (!u)
		return error_set(err, ENOMEM, "remember the program's name");
	s->upgrade = u;
	u->argv = argv;
	if (readlink("/proc/self/exe", u->program, sizeof(u->program) - 1) < 0)
		return error_set(err, errno, "read the program's name");
	return 0;
}

/* Work that this process does aside would go on beside the next program, which knows nothing of it.
 */
static bool is_between(const struct supervisor *s)
{
	for (size_t i = 0; i < s->contexts_len; i++)
		if (s->contexts[i]->pending || s->contexts[i]->unpublished ||
		    s->contexts[i]->withdrawing)
			return true;
	return reload_busy(s) || s->network_jobs;
}

int upgrade_start(struct supervisor *s, struct error *err)
{
	cleanup_close int program = trust_open(s->upgrade->program, err);
	struct loaded *loaded = NULL;
	size_t len = 0;
	int r;

	if (is_between(s))
		return error_say(err, -EBUSY, "contexts are being made or removed; try again");
	if (program < 0)
		return error_prefix(err, "the program to execute");
	if (access(s->upgrade->program, X_OK) < 0)
		return error_set(err, errno, "execute %s", s->upgrade->program);
	r = load_manifests(s->directory, &loaded, &len, err);
	if (r < 0) {
		error_hint(err, "posternd would not start again; `postern check` and the journal "
				"say what is wrong");
		return r;
	}
	for (size_t i = 0; i < len; i++)
		loaded_clear(&loaded[i]);
	free(loaded);
	fault_point(FAULT_UPGRADE_ASKED);
	s->upgrade->decided = true;
	return sd_event_exit(s->loop, 0);
}

bool upgrade_decided(const struct supervisor *s)
{
	return s->upgrade && s->upgrade->decided;
}

/* Those that cannot be adopted yet, and our children, whom the next program knows nothing of. */
static void end_starting(const struct supervisor *s)
{
	for (size_t i = 0; i < s->contexts_len; i++) {
		const struct helper *h = &s->contexts[i]->helper;

		if (h->state == HELPER_STOPPED || h->state == HELPER_RUNNING ||
		    h->state == HELPER_ADOPTING)
			continue;
		helper_kill(h);
		(void)waitid(P_PIDFD, (id_t)h->pidfd, NULL, WEXITED);
	}
}

/*
 * Sockets on which clients call stay open, as systemd would hand them over: who connects while the
 * next program loads waits, and is not refused.
 */
static int hand_on_listeners(const struct supervisor *s, struct error *err)
{
	/* Above all places that they are to have. */
	const int out_of_the_way = SD_LISTEN_FDS_START + (int)s->contexts_len;
	cleanup_free char *names = NULL;
	char number[16];
	FILE *f;
	size_t size;
	int n = 0, r = 0;

	f = open_memstream(&names, &size);
	if (!f)
		return error_set(err, ENOMEM, "hand the sockets on");
	for (size_t i = 0; i < s->contexts_len && r == 0; i++) {
		struct context *c = s->contexts[i];

		/* An instance, or one that only finishes its calls. */
		if (c->listener < 0)
			continue;
		c->listener = fcntl(c->listener, F_DUPFD_CLOEXEC, out_of_the_way);
		if (c->listener < 0)
			r = error_set(err, errno, "hand the socket of context %s on",
				      c->manifest->name);
		fprintf(f, "%s%s", n++ ? ":" : "", c->listener_made ? UPGRADE_LISTENER : "systemd");
	}
	(void)fclose(f);
	if (r < 0)
		return r;
	n = 0;
	for (size_t i = 0; i < s->contexts_len; i++)
		if (s->contexts[i]->listener >= 0 &&
		    dup2(s->contexts[i]->listener, SD_LISTEN_FDS_START + n++) < 0)
			return error_set(err, errno, "hand the sockets on");
	(void)close_range((unsigned)(SD_LISTEN_FDS_START + n), ~0U, CLOSE_RANGE_CLOEXEC);
	(void)snprintf(number, sizeof(number), "%d", n);
	(void)setenv("LISTEN_FDS", number, 1);
	(void)setenv("LISTEN_FDNAMES", names, 1);
	(void)snprintf(number, sizeof(number), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", number, 1);
	return 0;
}

int upgrade_execute(struct supervisor *s, struct error *err)
{
	int r;

	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
			 (unsigned long long)(now_ns() / 1000));
	canary_free(steal_ptr(s->canary));
	end_starting(s);
	r = hand_on_listeners(s, err);
	if (r < 0)
		return r;
	fault_point(FAULT_UPGRADE_READY);
	(void)execv(s->upgrade->program, s->upgrade->argv);
	return error_set(err, errno, "execute %s", s->upgrade->program);
}
