/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What workers print: it reaches posternd's log, nothing that is secret is in it, and nobody hangs
 * when it is not read. */
#include <signal.h>
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define SECRET "correct-horse-battery-staple"

bool log_has(const char *text)
{
	for (uint64_t until = trial_ms() + 5000; trial_ms() < until; trial_sleep(50)) {
		cleanup_free char *log = trial_read(TRIAL_LOG);

		if (strstr(log, text))
			return true;
	}
	return false;
}

static void secrets(struct postern *p)
{
	struct trial_program events;
	cleanup_free char *log = NULL;
	struct answer a;

	answer_get(&a, p, "secret", with_string("word", SECRET), 0);
	if (!tap(a.r == 0 && strcmp(a.text, SECRET) == 0, "log: a secret comes back to its caller"))
		answer_show(&a);
	answer_clear(&a);
	trial_sleep(300);
	TRIAL_RUN(&events, 0, POSTERN, "log");
	log = trial_read(TRIAL_LOG);
	if (!tap(strstr(events.out, "conform.secret") && !strstr(events.out, SECRET) &&
			 !strstr(log, SECRET),
		 "log: its call's events are there, and the secret is not"))
		trial_program_show(&events);
	trial_program_clear(&events);
}

/* posternd reads no more of what workers print, as if it hung. */
static void not_read(struct postern *p, pid_t posternd)
{
	struct answer a;

	/* posternd hands connections on, so both are opened before. */
	answer_get(&a, p, "echo_number", with_integer("number", 1), 0);
	answer_clear(&a);
	if (kill(posternd, SIGSTOP) < 0)
		trial_bail("cannot stop posternd");
	answer_get(&a, p, "shout", with_integer("lines", 2048), 0);
	answer_good(&a, "log: not read, 2 MB of it: its call is answered");
	answer_get(&a, p, "echo_number", with_integer("number", 2), 0);
	answer_good(&a, "log: not read: another entrypoint answers");
	if (kill(posternd, SIGCONT) < 0)
		trial_bail("cannot continue posternd");
	answer_get(&a, p, "shout", with_integer("lines", 10), 0);
	answer_good(&a, "log: read again: calls that print are answered");
}

void part_log(struct postern *p, pid_t posternd)
{
	struct answer a;

	answer_get(&a, p, "shout", with_integer("lines", 1), 0);
	answer_good(&a, "log: a function prints");
	tap(log_has("conform: shout: aaaaaaaa"),
	    "log: what it printed is in posternd's, with its context");
	secrets(p);
	not_read(p, posternd);
}
