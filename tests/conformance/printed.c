/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What functions print: it reaches who called, in order with what they log, and the journal; also
 * of those that die. */
#include <string.h>
#include <syslog.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define LINES_MAX 2048

static struct heard {
	size_t lines;
	int level; /* of the last one */
	unsigned pause_ms;
	char text[16384]; /* "4 first\n3 second\n" */
	char last[256];
} heard;

static void hear(void *userdata, const char *entrypoint, int level, const char *text)
{
	size_t used = strlen(heard.text);

	(void)userdata;
	(void)entrypoint;
	if (heard.lines++ == 0)
		trial_sleep(heard.pause_ms);
	heard.level = level;
	(void)snprintf(heard.last, sizeof(heard.last), "%s", text);
	(void)snprintf(heard.text + used, sizeof(heard.text) - used, "%d %s\n", level, text);
}

static void say(struct answer *a, struct postern *p, const char *entrypoint, const char *how,
		unsigned timeout_ms)
{
	unsigned pause_ms = heard.pause_ms;

	heard = (struct heard){.pause_ms = pause_ms};
	answer_get(a, p, entrypoint, with_string("how", how), timeout_ms);
}

static void is(const struct answer *a, const char *wanted, const char *entrypoint, const char *what)
{
	if (tap(strcmp(heard.text, wanted) == 0, "printed: %s: %s", entrypoint, what))
		return;
	answer_show(a);
	for (char *line = strtok(heard.text, "\n"); line; line = strtok(NULL, "\n"))
		printf("#   %s\n", line);
}

static void in_order(struct postern *p, const char *entrypoint)
{
	struct answer a;

	postern_set_log(p, LOG_INFO, hear, NULL);
	say(&a, p, entrypoint, "mixed", 0);
	is(&a,
	   "4 first, to stderr\n6 second, logged\n4 third, to stdout\n3 fourth, with a level\n"
	   "3 fifth, logged\n4 sixth, not ended\n",
	   entrypoint, "all of it comes, in order with what is logged");
	answer_clear(&a);
	postern_set_log(p, LOG_ERR, hear, NULL);
	say(&a, p, entrypoint, "mixed", 0);
	is(&a, "3 fourth, with a level\n3 fifth, logged\n", entrypoint,
	   "what the call did not ask for is not sent");
	answer_clear(&a);
	postern_set_log(p, LOG_WARNING, hear, NULL);
	say(&a, p, entrypoint, "noise", 0);
	is(&a, "4 caf\xc3\xa9 ?[31m?\n4  tab\n", entrypoint, "what is no text is cleaned");
	answer_clear(&a);
	say(&a, p, entrypoint, "grandchild", 0);
	is(&a, "4 a grandchild speaks\n", entrypoint, "a grandchild's");
	answer_clear(&a);
	say(&a, p, entrypoint, "quiet", 0);
	is(&a, "", entrypoint, "nothing of it is left for the next call");
	answer_clear(&a);
}

/* Closed by a function, or made another file: its own affair. */
static void closed(struct postern *p, const char *entrypoint)
{
	static const char *const hows[] = {"close", "redirect"};

	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		struct answer a;

		say(&a, p, entrypoint, hows[i], 0);
		answer_good(&a, "printed: a function that changes its standard descriptors");
		say(&a, p, entrypoint, "standard", 0);
		if (!tap(a.number == 3, "printed: %s: the next one finds all three as they were",
			 entrypoint))
			answer_show(&a);
		is(&a, "4 here it is\n", entrypoint, "and prints");
		answer_clear(&a);
	}
}

static void of_the_dead(struct postern *p, const char *entrypoint)
{
	struct answer a;

	say(&a, p, entrypoint, "abort", 0);
	tap(a.result == POSTERN_RESULT_WORKER_DIED && a.signal == 6, "printed: %s: abort",
	    entrypoint);
	is(&a, "4 last words\n", entrypoint, "the last words come before the error");
	answer_clear(&a);
	say(&a, p, entrypoint, "exit", 0);
	tap(a.result == POSTERN_RESULT_WORKER_DIED, "printed: %s: _exit", entrypoint);
	is(&a, "4 last words\n", entrypoint, "those before _exit come too");
	answer_clear(&a);
}

static void of_the_late(struct postern *p, const char *entrypoint)
{
	struct answer a;

	say(&a, p, entrypoint, "stay", 0);
	tap(a.result == POSTERN_RESULT_TIMED_OUT, "printed: %s: timed out", entrypoint);
	is(&a, "4 last words\n", entrypoint, "those of a call that was killed come too");
	answer_clear(&a);
}

static void too_much(struct postern *p, const char *entrypoint)
{
	struct answer a;

	say(&a, p, entrypoint, "flood", 0);
	if (!tap(a.r == 0 && a.number == 10240 && heard.lines == 65 &&
			 strcmp(heard.last, "10420224 more bytes of what it printed were left "
					    "out") == 0,
		 "printed: %s: of 10 MB 64 KiB come, and the rest is counted", entrypoint)) {
		answer_show(&a);
		printf("#   %zu lines, %lld writes, %s\n", heard.lines, (long long)a.number,
		       heard.last);
	}
	answer_clear(&a);
	heard.pause_ms = 1000;
	say(&a, p, entrypoint, "flood", 0);
	answer_good(&a, "printed: 10 MB, and a logger that stalls");
	heard.pause_ms = 0;
	say(&a, p, entrypoint, "quiet", 0);
	is(&a, "", entrypoint, "and after that it is empty again");
	answer_clear(&a);
}

/* A child that a call left goes on writing, but not to the next call's client. */
static void strays(struct postern *p)
{
	struct answer a;

	say(&a, p, "speak", "stray", 0);
	answer_clear(&a);
	say(&a, p, "speak", "wait", 0);
	is(&a, "", "speak", "what a process of an earlier call prints is not the next call's");
	answer_clear(&a);
	say(&a, p, "speak", "grandchild", 0);
	is(&a, "4 a grandchild speaks\n", "speak", "which hears its own");
	answer_clear(&a);
}

void part_printed(struct postern *p)
{
	in_order(p, "speak");
	in_order(p, "speak_each");
	closed(p, "speak");
	closed(p, "speak_each");
	of_the_dead(p, "speak");
	of_the_dead(p, "speak_each");
	of_the_late(p, "speak_briefly");
	of_the_late(p, "speak_each_briefly");
	tap(log_has("conform: speak: last words") && log_has("conform: speak_each: last words"),
	    "printed: the journal has it, with context and entrypoint");
	strays(p);
	postern_set_log(p, LOG_DEBUG, NULL, NULL);
}

void part_printed_much(struct postern *p)
{
	postern_set_log(p, LOG_WARNING, hear, NULL);
	too_much(p, "speak");
	too_much(p, "speak_each");
	postern_set_log(p, LOG_DEBUG, NULL, NULL);
}
