/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Instances in network namespaces: while clients use them, when posternd dies, and when a manifest
 * changes under them. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tests/integration/common/networks.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define NOTES "/run/postern/networks/"

/* A client that keeps its connection open does not keep the helper, and loses no call by that. */
static void pooled(void)
{
	struct postern *p = postern_new_network("net-own", "red-b");
	struct postern_failure *failure = NULL;
	int r = postern_call(p, "links", NULL, 0, NULL, &failure);
	pid_t helper = networks_helper("red-b");

	tap(r == 0 && helper > 0, "a client keeps its connection");
	tap(networks_status_silent("in network namespace red-b"), "the helper ends all the same");
	r = postern_call(p, "links", NULL, 0, NULL, &failure);
	tap(r == 0 && networks_helper("red-b") != helper,
	    "the client's next call has the next helper");
	if (r < 0)
		printf("#   %s\n", postern_failure_message(failure));
	postern_failure_free(failure);
	postern_free(p);
}

static void in_use(void)
{
	struct trial_call nap = {
		.context = "net-own", .entrypoint = "nap", .network = "red-a", .name = "ms"};
	struct trial_call other = nap;

	trial_call(&nap);
	nap.number = 3000;
	trial_call_start(&nap);
	trial_sleep(500);
	networks_refused("net-own", "remove", "red-a", POSTERN_RESULT_FAILED, EBUSY,
			 "a call is under way");
	tap(networks_exists("red-a"), "and the namespace stays");
	other.network = "red-b";
	other.number = 3000;
	trial_call_start(&other);
	trial_sleep(500);
	networks_refused("net-own", "links", "red-c", POSTERN_RESULT_BUSY, 0,
			 "as many are in use as may be");
	trial_call_join(&nap);
	trial_call_join(&other);
	tap(nap.r == 0 && other.r == 0, "the calls end well");
	networks_allowed("net-own", "remove", "red-a");
	tap(!networks_exists("red-a"), "it is gone");
	networks_refused("net-own", "remove", "red-a", POSTERN_RESULT_FAILED, ENOENT, "it is gone");
	networks_refused("net-own", "links", "red-a", POSTERN_RESULT_NOT_AVAILABLE, 0,
			 "it is gone");
	networks_allowed("net-own", "add", "red-a");
	networks_sees("net-own", "red-a", "lo ", "made again, it is another one");
}

void part_networks_in_use(void)
{
	pooled();
	in_use();
}

void part_networks_survive(pid_t *posternd)
{
	struct trial_call nap = {
		.context = "net-own", .entrypoint = "nap", .network = "red-b", .name = "ms"};
	pid_t helper;

	networks_sees("net-own", "red-b", "lo-b ", "before kill -9");
	trial_call(&nap);
	nap.number = 8000;
	trial_call_start(&nap);
	trial_sleep(500);
	helper = networks_helper("red-b");
	(void)trial_end(*posternd, SIGKILL, NULL);
	trial_write(NOTES "red-left", "net-own 4 1\n", 0600, 0);
	trial_write(NETWORKS_PINS "red-left", "", 0444, 0);
	*posternd = trial_posternd(NETWORKS_CONTEXTS);
	tap(access(NOTES "red-left", F_OK) < 0 && !networks_exists("red-left"),
	    "what one that died half way left is taken away");
	trial_call_join(&nap);
	if (!tap(nap.r == 0, "a call that was under way in an instance ends well"))
		trial_call_show(&nap);
	tap(networks_status_says("(adopted)"), "instances are adopted");
	tap(helper > 0 && networks_helper("red-b") == helper, "the helper is the same: %d", helper);
	networks_sees("net-own", "red-b", "lo-b ", "after kill -9");
	networks_sees("net-host", ROUTER_A, "lo-n ", "after kill -9");
	networks_allowed("net-own", "remove", "red-b");
	tap(!networks_exists("red-b"), "the next posternd knows which are its own");
}

static void edit_and_reload(const char *edit)
{
	struct trial_program p;

	TRIAL_RUN(&p, 0, "/bin/sed", "-i", edit, NETWORKS_CONTEXTS "/net-own/context.yaml");
	trial_program_clear(&p);
	TRIAL_RUN(&p, 0, POSTERN, "reload");
	if (!tap(p.status == 0, "reload: %.*s", (int)strcspn(p.out, "\n"), p.out))
		trial_program_show(&p);
	trial_program_clear(&p);
}

void part_networks_reload(pid_t *posternd)
{
	struct trial_call nap = {
		.context = "net-own", .entrypoint = "nap", .network = "red-c", .name = "ms"};

	networks_sees("net-own", "red-c", "lo-c ", "before a reload");
	trial_call(&nap);
	nap.number = 8000;
	trial_call_start(&nap);
	trial_sleep(500);
	edit_and_reload("s/    idle: 2s/    idle: 1h/; s/paths: .*/paths: {}/");
	/* The instance that the call is in only finishes it: its successor is another one. */
	(void)trial_end(*posternd, SIGKILL, NULL);
	*posternd = trial_posternd(NETWORKS_CONTEXTS);
	networks_refused("net-own", "links", "red-c", POSTERN_RESULT_FAILED, ENOENT,
			 "the rule was taken away");
	trial_call_join(&nap);
	if (!tap(nap.r == 0, "a call that was under way meanwhile ends well"))
		trial_call_show(&nap);
	edit_and_reload("s/users: .root, daemon./users: [root]/");
	networks_refused("net-own", "nap", "red-c", POSTERN_RESULT_NOT_AVAILABLE, 0,
			 "its user namespace has other ids than the manifest");
	networks_allowed("net-own", "remove", "red-c");
	networks_allowed("net-own", "add", "red-c");
	nap.number = 0;
	trial_call(&nap);
	tap(nap.r == 0, "made again, it has those of the manifest");
}
