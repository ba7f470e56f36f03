/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `postern reload`: what each kind of change does to calls that begin, and to those under way. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/integration/common/swap.h"
#include "tests/tap.h"

#define BOTH	SWAP_A " " SWAP_B
#define SEEN	TRIAL_DIR "/remade/inner"
#define SEEN_A	SEEN "/file"
#define PINS	TRIAL_DIR "/pins"
#define SLOW_MS 20000 /* that only a hang would exceed */
#define FIRST	1
#define SECOND	2
#define NEITHER 0

static struct swap swap = {.context = "swap", .paths = SWAP_RULE_A};

static void expect(const char *entrypoint, int64_t result, const char *what)
{
	int64_t got = swap_look(entrypoint, "0 " BOTH);

	tap(got == result, "%s: %s sees %lld", what, entrypoint, (long long)got);
}

/* A call that is under way while the rules change finishes under those that it began with; one
 * that begins afterwards has the new ones, though all workers but one are taken. */
static void under_way(const char *entrypoint)
{
	struct trial_call c = {
		.context = "swap", .entrypoint = entrypoint, .name = "what", .text = "1500 " BOTH};

	swap.paths = SWAP_RULE_A;
	swap_write(&swap);
	swap_reload_ok("a rule instead of another");
	trial_call_start(&c);
	trial_sleep(700);
	swap.paths = SWAP_RULE_B;
	swap_write(&swap);
	swap_reload_ok("during a call");
	expect(entrypoint, SECOND, "a call that begins after it");
	trial_call_join(&c);
	if (!tap(c.r == 0 && c.value == FIRST, "%s: the call under way ends under its rules: %lld",
		 entrypoint, (long long)c.value))
		trial_call_show(&c);
	expect(entrypoint, SECOND, "and the next one");
}

static void rules(void)
{
	pid_t helper = trial_helper("swap");

	expect("look", FIRST, "before");
	swap.paths = SWAP_RULE_A SWAP_RULE_B;
	swap_write(&swap);
	swap_reload_ok("rule added");
	expect("look", FIRST | SECOND, "rule added");
	expect("each", FIRST | SECOND, "rule added");
	under_way("look");
	under_way("each");
	swap.more = "    mode: audit\n";
	swap_write(&swap);
	swap_reload_ok("mode: audit");
	expect("look", FIRST | SECOND, "mode: audit");
	swap.more = NULL;
	swap_write(&swap);
	swap_reload_ok("mode: enforce");
	expect("look", SECOND, "mode: enforce");
	if (helper == 0)
		helper = trial_helper("swap");
	tap(helper > 0 && trial_helper("swap") == helper, "the helper stayed");
	swap_reload_ok("nothing changed");
	tap(trial_helper("swap") == helper, "nothing changed: the helper stayed");
}

static void bad(void)
{
	bool ended;
	struct trial_program p, status;
	struct swap good = swap;

	good.paths = SWAP_RULE_A;
	swap_write(&good);
	swap_write_text("wrong", "context: wrong\nmodule: swap.so\nentrypoint: {}\n");
	ended = swap_reload(1, &p);
	tap(ended && strstr(p.err, "wrong/context.yaml:3:1:"),
	    "a bad manifest: reload says where: %.*s", (int)strcspn(p.err, "\n"), p.err);
	trial_program_clear(&p);
	expect("look", SECOND, "a bad manifest: the good one was not taken either");
	TRIAL_RUN(&status, 0, POSTERN, "status");
	tap(strstr(status.out, "the last reload failed") &&
		    strstr(status.out, "changed since it was read"),
	    "a bad manifest: status says that what runs is older");
	trial_program_clear(&status);
	swap_remove("wrong");
	swap_write(&swap);
	swap_reload_ok("without the bad one");
	TRIAL_RUN(&status, 0, POSTERN, "status");
	if (!tap(!strstr(status.out, "reload failed") && !strstr(status.out, "changed since"),
		 "status has nothing to say any more"))
		trial_program_show(&status);
	trial_program_clear(&status);
	TRIAL_RUN(&status, ALICE, POSTERN, "reload");
	tap(status.status != 0, "one who is not root is refused");
	trial_program_clear(&status);
}

/* The helper's pid, whichever cgroup it is in. */
static bool helpers_gone(const pid_t *pids, size_t len)
{
	for (uint64_t until = trial_ms() + SLOW_MS; trial_ms() < until; trial_sleep(20)) {
		size_t left = 0;

		for (size_t i = 0; i < len; i++)
			left += kill(pids[i], 0) == 0;
		if (left == 0)
			return true;
	}
	return false;
}

static void new_helper(void)
{
	bool ended;
	struct trial_call c = {
		.context = "swap", .entrypoint = "look", .name = "what", .text = "1500 " BOTH};
	struct trial_program p;
	pid_t pids[TRIAL_PIDS];
	size_t len = trial_pids("swap", pids);

	trial_call_start(&c);
	trial_sleep(700);
	swap.top = "capabilities: [CAP_CHOWN]\n";
	swap.paths = SWAP_RULE_A;
	swap_write(&swap);
	ended = swap_reload(0, &p);
	tap(ended && strstr(p.out, "(new helper)"), "a capability more: %.*s",
	    (int)strcspn(p.out, "\n"), p.out);
	trial_program_clear(&p);
	expect("look", FIRST, "a call that begins after it");
	trial_call_join(&c);
	tap(c.r == 0 && c.value == SECOND, "the call under way ends in the earlier helper: %lld",
	    (long long)c.value);
	tap(helpers_gone(pids, len), "then the earlier helper ends, with all %zu processes", len);
	expect("each", FIRST, "isolation: call in the new one");
}

static void failing_helper(const struct swap *failing, const char *why)
{
	bool ended;
	struct trial_program p;

	swap_write(failing);
	ended = swap_reload(1, &p);
	tap(ended && strstr(p.err, why), "a helper that does not start: %.*s",
	    (int)strcspn(p.err, "\n"), p.err);
	trial_program_clear(&p);
	expect("look", FIRST, "the one before it goes on");
	TRIAL_RUN(&p, 0, POSTERN, "status");
	tap(strstr(p.out, "what runs is older than what is on disk"), "status says so");
	trial_program_clear(&p);
	swap_write(&swap);
	swap_reload_ok("back again");
	expect("look", FIRST, "back again");
}

static void failing_helpers(void)
{
	struct swap lacking = swap, pins = swap;

	lacking.paths = SWAP_RULE_B;
	lacking.last = "  absent:\n    result: none\n";
	failing_helper(&lacking, "absent");
	trial_directory(PINS);
	if (mount("pins", PINS, "bpf", 0, NULL) < 0)
		trial_bail("mount a bpffs on " PINS ": %s", strerror(errno));
	pins.paths = "      " PINS "/: [read, list]\n";
	failing_helper(&pins, PINS " lies in a file system that no context may see");
	(void)umount2(PINS, MNT_DETACH);
}

static int64_t version(const char *context)
{
	struct trial_call c = {.context = context, .entrypoint = "version"};

	trial_call(&c);
	return c.r == 0 ? c.value : -(int64_t)c.result;
}

static void module(void)
{
	bool ended;
	struct trial_program p;

	tap(version("swap") == 1, "the module's first version");
	swap_module(2);
	ended = swap_reload(0, &p);
	tap(ended && strstr(p.out, "(new helper)"), "module replaced: %.*s",
	    (int)strcspn(p.out, "\n"), p.out);
	trial_program_clear(&p);
	tap(version("swap") == 2, "its second version");
}

static void added_and_removed(void)
{
	const struct swap extra = {.context = "extra", .paths = SWAP_RULE_A};
	struct trial_call c = {
		.context = "extra", .entrypoint = "look", .name = "what", .text = "1500 " SWAP_A};
	struct stat st;

	swap_write(&extra);
	tap(version("extra") < 0, "a context that is not there yet");
	swap_reload_ok("context added");
	tap(version("extra") == 2, "context added: it serves");
	trial_call_start(&c);
	trial_sleep(700);
	swap_remove("extra");
	swap_reload_ok("context removed");
	tap(version("extra") == -POSTERN_RESULT_NOT_AVAILABLE, "context removed: it is gone");
	trial_call_join(&c);
	tap(c.r == 0 && c.value == 1, "context removed: its last call ends as it would have");
	for (uint64_t until = trial_ms() + SLOW_MS; trial_ms() < until; trial_sleep(50))
		if (stat(TRIAL_CGROUP "/extra", &st) < 0)
			break;
	tap(stat(TRIAL_CGROUP "/extra", &st) < 0 && errno == ENOENT,
	    "context removed: nothing of it is left");
	tap(version("swap") == 2, "the others serve");
}

static void hangup(pid_t posternd)
{
	int64_t seen = 0;

	swap.paths = SWAP_RULE_B;
	swap_write(&swap);
	tap(kill(posternd, SIGHUP) == 0, "SIGHUP");
	for (uint64_t until = trial_ms() + SLOW_MS; trial_ms() < until && seen != SECOND;
	     trial_sleep(50))
		seen = swap_look("look", "0 " BOTH);
	tap(seen == SECOND, "SIGHUP: the new rules hold");
}

/* Stopped between calls: it reads no order. */
static void deaf(void)
{
	pid_t worker;

	(void)swap_look("brief", "0 " SWAP_B);
	worker = trial_worker("swap", "brief", 0);
	if (worker == 0)
		worker = trial_worker("swap+1", "brief", 0);
	tap(worker > 0 && kill(worker, SIGSTOP) == 0, "a worker that hears nothing, pid %d",
	    worker);
	swap.paths = SWAP_RULE_A;
	swap_write(&swap);
	swap_reload_ok("beside it");
	tap(swap_look("brief", "0 " BOTH) == FIRST, "the next worker serves beside it");
	tap(helpers_gone(&worker, 1), "it is killed when its call's time is over");
}

/* A directory, as a service's RuntimeDirectory= comes and goes. */
static void made_again(void)
{
	int64_t seen = 0;

	trial_directory(TRIAL_DIR "/remade");
	trial_directory(SEEN);
	trial_write(SEEN_A, "before\n", 0644, 0);
	swap.paths = SWAP_RULE_A "      " SEEN_A ": [read]\n";
	swap_write(&swap);
	swap_reload_ok("a directory that its root lacks");
	tap(swap_look("look", "0 " SWAP_A " " SEEN_A) == 3, "what lies in it is allowed");
	trial_sleep(300); /* the watch comes behind the reload */
	if (unlink(SEEN_A) < 0 || rmdir(SEEN) < 0)
		trial_bail("cannot remove " SEEN);
	tap(swap_look("look", "0 " SWAP_A " " SEEN_A) == 1,
	    "deleted: the context serves, without it");
	trial_directory(SEEN);
	trial_write(SEEN_A, "after\n", 0644, 0);
	for (uint64_t until = trial_ms() + SLOW_MS; trial_ms() < until && seen != 3;
	     trial_sleep(50)) {
		seen = swap_look("look", "0 " SWAP_A " " SEEN_A);
		if (seen != 1 && seen != 3)
			break;
	}
	tap(seen == 3, "made again: what lies in it is allowed again");
}

int main(void)
{
	pid_t posternd;

	swap_tree();
	swap_write(&swap);
	posternd = trial_posternd(SWAP_CONTEXTS);
	rules();
	bad();
	new_helper();
	failing_helpers();
	module();
	added_and_removed();
	hangup(posternd);
	deaf();
	made_again();
	tap(trial_end(posternd, SIGTERM, NULL) == 0, "posternd ends");
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
