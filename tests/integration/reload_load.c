/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `postern reload` under calls: none fails or is lost, each is under one policy wholly, and nothing
 * is left behind. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/integration/common/leftovers.h"
#include "tests/integration/common/swap.h"
#include "tests/tap.h"

#define CLIENTS 8
#define RELOADS 12 /* under calls */
#define REPEATS 50 /* one after the other */
#define BOTH	SWAP_A " " SWAP_B

/* Which policy holds: 1 or 2 between reloads, 0 while one is under way. With its number above, so
 * that a client sees whether any came meanwhile. */
static atomic_uint_least64_t generation;
static atomic_bool stop;

struct client {
	pthread_t thread;
	const char *entrypoint;
	uint64_t calls, strict, failed, mixed, stale;
	char message[512];
};

static void judge(struct client *c, uint64_t before, int64_t seen)
{
	uint64_t after = atomic_load(&generation);

	c->mixed += seen != 1 && seen != 2;
	if (before != after || (before & 3) == 0)
		return;
	c->strict++;
	c->stale += seen != (int64_t)(before & 3);
}

static void *client(void *userdata)
{
	struct client *c = userdata;
	struct postern *p = postern_new("swap");
	struct postern_args *args = postern_args_new();

	if (!p || !args || postern_args_string(args, "what", "1 " BOTH) < 0)
		trial_bail("out of memory");
	while (!atomic_load(&stop)) {
		struct postern_failure *failure = NULL;
		struct postern_value *value = NULL;
		uint64_t before = atomic_load(&generation);
		int64_t seen = 0;
		int r = postern_call(p, c->entrypoint, args, 0, &value, &failure);

		c->calls++;
		if (r == 0 && postern_value_integer(value, &seen) == 0) {
			judge(c, before, seen);
		} else {
			c->failed++;
			(void)snprintf(c->message, sizeof(c->message), "%s",
				       failure ? postern_failure_message(failure) : "no integer");
		}
		postern_failure_free(failure);
		postern_value_free(value);
	}
	postern_args_free(args);
	postern_free(p);
	return NULL;
}

static void swap_to(unsigned n, unsigned policy, const char *top)
{
	const struct swap s = {
		.context = "swap", .paths = policy == 1 ? SWAP_RULE_A : SWAP_RULE_B, .top = top};
	struct trial_program p;

	swap_write(&s);
	atomic_store(&generation, (uint64_t)n << 2);
	if (!swap_reload(0, &p))
		tap(false, "reload %u", n);
	else
		printf("# %.*s\n", (int)strcspn(p.out, "\n"), p.out);
	trial_program_clear(&p);
	atomic_store(&generation, (uint64_t)n << 2 | policy);
}

static void under_calls(void)
{
	struct client clients[CLIENTS] = {}, sum = {};

	swap_to(1, 1, NULL);
	for (size_t i = 0; i < CLIENTS; i++) {
		clients[i].entrypoint = i % 4 == 3 ? "each" : "look";
		if (pthread_create(&clients[i].thread, NULL, client, &clients[i]))
			trial_bail("start a thread");
	}
	for (unsigned n = 2; n < 2 + RELOADS; n++) {
		trial_sleep(200);
		/* Every fourth one takes another helper. */
		swap_to(n, 1 + n % 2, n / 4 % 2 ? "capabilities: [CAP_CHOWN]\n" : NULL);
	}
	trial_sleep(200);
	atomic_store(&stop, true);
	for (size_t i = 0; i < CLIENTS; i++) {
		(void)pthread_join(clients[i].thread, NULL);
		sum.calls += clients[i].calls;
		sum.strict += clients[i].strict;
		sum.failed += clients[i].failed;
		sum.mixed += clients[i].mixed;
		sum.stale += clients[i].stale;
		if (clients[i].failed)
			printf("# %s: %s\n", clients[i].entrypoint, clients[i].message);
	}
	tap(sum.calls > CLIENTS && sum.failed == 0, "%llu calls under %d reloads: %llu failed",
	    (unsigned long long)sum.calls, RELOADS, (unsigned long long)sum.failed);
	tap(sum.mixed == 0, "each saw one policy wholly: %llu did not",
	    (unsigned long long)sum.mixed);
	tap(sum.strict > 0 && sum.stale == 0,
	    "of %llu that lay between two reloads, %llu saw another policy than the last one",
	    (unsigned long long)sum.strict, (unsigned long long)sum.stale);
}

/* -- what is left behind */

/* One call of each entrypoint, so that as much runs as the last time. */
static void warm(void)
{
	(void)swap_look("look", "0 " SWAP_A);
	(void)swap_look("each", "0 " SWAP_A);
}

static void again_and_again(pid_t posternd)
{
	struct leftovers before, after;
	unsigned n = 1000;

	swap_to(n++, 1, NULL);
	warm();
	trial_sleep(1500);
	before = leftovers_of(posternd);
	leftovers_show("before", &before);
	tap(before.policies > 0 && before.names > 0 && before.pages > 0,
	    "there is something to count");
	for (unsigned i = 0; i < REPEATS; i++) {
		swap_to(n++, 1 + i % 2, i % 10 < 8 ? NULL : "capabilities: [CAP_CHOWN]\n");
		if (i % 5 == 0)
			warm();
	}
	swap_to(n++, 1, NULL);
	warm();
	tap(leftovers_settle(posternd, &before, &after), "%d reloads leave nothing behind",
	    REPEATS);
	leftovers_show("after", &after);
}

int main(void)
{
	const struct swap first = {.context = "swap", .paths = SWAP_RULE_A};
	pid_t posternd;

	swap_tree();
	swap_write(&first);
	posternd = trial_posternd(SWAP_CONTEXTS);
	warm();
	under_calls();
	again_and_again(posternd);
	tap(trial_end(posternd, SIGTERM, NULL) == 0, "posternd ends");
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
