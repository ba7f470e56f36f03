/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* posternd dies, or is upgraded, when a reload has just changed everything and calls of before it
 * are under way: each ends as it began, and nothing of it is left. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/integration/common/leftovers.h"
#include "tests/integration/common/swap.h"
#include "tests/tap.h"

#define BOTH	 SWAP_A " " SWAP_B
#define FIRST	 1 /* bits of look()'s result */
#define SECOND	 2
#define BEGUN_MS 1500

/* A call with two opens, of which one at least lies behind posternd's next start and a reload: as
 * long as the first start took, and more, in which machines differ by ten. */
static char long_call[sizeof(BOTH) + 24];

/* Contexts that reloads change: by other rules, with another helper, and by taking it away. */
static struct swap rules = {.context = "swap"}, newer = {.context = "newer"},
		   extra = {.context = "extra", .paths = SWAP_RULE_A};

static void write_first(void)
{
	rules.paths = newer.paths = SWAP_RULE_A;
	newer.top = NULL;
	swap_write(&rules);
	swap_write(&newer);
}

static void write_second(void)
{
	rules.paths = newer.paths = SWAP_RULE_B;
	newer.top = "capabilities: [CAP_CHOWN]\n";
	swap_write(&rules);
	swap_write(&newer);
	swap_remove("extra");
}

static struct trial_call call_of(const char *context, const char *entrypoint, const char *what)
{
	return (struct trial_call){
		.context = context, .entrypoint = entrypoint, .name = "what", .text = what};
}

static void sees(const char *context, const char *entrypoint, int64_t expected, const char *what)
{
	struct trial_call c = call_of(context, entrypoint, "0 " BOTH);

	trial_call(&c);
	if (!tap(c.r == 0 && c.value == expected,
		 "%s: a new call of %s.%s is under the rules that hold", what, context, entrypoint))
		trial_call_show(&c);
}

static void new_calls(const char *what)
{
	struct trial_call gone = call_of("extra", "look", "0 " BOTH);

	sees("swap", "look", SECOND, what);
	sees("swap", "each", SECOND, what);
	sees("newer", "look", SECOND, what);
	trial_call(&gone);
	tap(gone.result == POSTERN_RESULT_NOT_AVAILABLE, "%s: the removed context stays away",
	    what);
}

enum { CALLS = 4 };

struct running {
	struct trial_call calls[CALLS];
};

/* Begins calls under the first rules, then changes everything. */
static void calls_begin(struct running *r)
{
	*r = (struct running){
		{call_of("swap", "look", long_call), call_of("swap", "each", long_call),
		 call_of("newer", "look", long_call), call_of("extra", "look", long_call)}};
	for (size_t i = 0; i < CALLS; i++)
		trial_call_start(&r->calls[i]);
	trial_sleep(BEGUN_MS);
	write_second();
	swap_reload_ok("calls are under way");
}

static void calls_end(struct running *r, const char *what)
{
	for (size_t i = 0; i < CALLS; i++) {
		struct trial_call *c = &r->calls[i];

		trial_call_join(c);
		if (!tap(c->r == 0 && c->value == FIRST,
			 "%s: a call of %s.%s ends, after %llu ms, under the rules it began with",
			 what, c->context, c->entrypoint, (unsigned long long)c->ms))
			trial_call_show(c);
	}
}

/* Serves under the first rules, with all workers that there will be; returns what that takes
 * without the context that goes. */
static struct leftovers first_again(pid_t posternd, const char *what)
{
	struct leftovers before, with_extra;

	write_first();
	swap_reload_ok(what);
	(void)swap_look("look", "0 " BOTH);
	(void)swap_look("each", "0 " BOTH);
	sees("newer", "look", FIRST, what);
	trial_sleep(1500);
	before = leftovers_of(posternd);
	swap_write(&extra);
	swap_reload_ok(what);
	sees("extra", "look", FIRST, what);
	with_extra = leftovers_of(posternd);
	/* Not its pages: they may take the place of some that an earlier posternd left. */
	tap(with_extra.policies > before.policies && with_extra.cgroups > before.cgroups,
	    "%s: what a context takes is counted", what);
	return before;
}

/* fds: they are another process's. */
static void nothing_left(pid_t posternd, struct leftovers before, const char *what)
{
	struct leftovers after;

	before.fds = SIZE_MAX;
	tap(leftovers_settle(posternd, &before, &after), "%s: nothing is left of before the reload",
	    what);
	leftovers_show("before", &before);
	leftovers_show(what, &after);
}

static pid_t dies(pid_t posternd)
{
	struct leftovers before = first_again(posternd, "killed");
	struct running r;

	calls_begin(&r);
	(void)trial_end(posternd, SIGKILL, NULL);
	posternd = trial_posternd(SWAP_CONTEXTS);
	new_calls("killed");
	calls_end(&r, "killed");
	nothing_left(posternd, before, "killed");
	return posternd;
}

/* The places of the next generation of workers are taken by calls of before the last one, so that
 * a third one needs another helper: the one between is left with workers of two generations. */
static pid_t dies_twice(pid_t posternd)
{
	struct leftovers before = first_again(posternd, "killed twice");
	struct running r;
	struct trial_program p;
	bool ended;

	calls_begin(&r);
	(void)trial_end(posternd, SIGKILL, NULL);
	posternd = trial_posternd(SWAP_CONTEXTS);
	sees("swap", "look", SECOND, "killed twice");
	rules.paths = SWAP_RULE_A SWAP_RULE_B;
	swap_write(&rules);
	ended = swap_reload(0, &p);
	tap(ended && strstr(p.out, "(new helper)"), "killed twice: a third one: %.*s",
	    (int)strcspn(p.out, "\n"), p.out);
	trial_program_clear(&p);
	(void)trial_end(posternd, SIGKILL, NULL);
	posternd = trial_posternd(SWAP_CONTEXTS);
	sees("swap", "look", FIRST | SECOND, "killed twice");
	calls_end(&r, "killed twice");
	before.directories = before.names = SIZE_MAX; /* the third rules are more */
	nothing_left(posternd, before, "killed twice");
	return posternd;
}

static void upgraded(pid_t posternd)
{
	struct leftovers before = first_again(posternd, "upgraded");
	struct trial_program p;
	struct running r;

	calls_begin(&r);
	TRIAL_RUN(&p, 0, POSTERN, "upgrade");
	if (!tap(p.status == 0, "upgraded: beside calls of before a reload: %.*s",
		 (int)strcspn(p.out, "\n"), p.out))
		trial_program_show(&p);
	trial_program_clear(&p);
	new_calls("upgraded");
	calls_end(&r, "upgraded");
	nothing_left(posternd, before, "upgraded");
}

int main(void)
{
	uint64_t started;
	pid_t posternd;

	swap_tree();
	write_first();
	started = trial_ms();
	posternd = trial_posternd(SWAP_CONTEXTS);
	(void)snprintf(long_call, sizeof(long_call), "%llu " BOTH,
		       (unsigned long long)(BEGUN_MS + 2 * (trial_ms() - started)));
	posternd = dies(posternd);
	posternd = dies_twice(posternd);
	upgraded(posternd);
	tap(trial_end(posternd, SIGTERM, NULL) == 0, "posternd ends");
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
