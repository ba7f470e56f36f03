/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The shipped contexts that work on the network, all of them with one posternd: to start it takes a
 * guest longer than most of their tests. */
#include <stdio.h>

#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/contexts.h"

int main(void)
{
	static const char *const contexts[] = {"link", "address",   "netns",	 "netns-own",
					       "nft",  "conntrack", "wireguard", NULL};
	static void (*const tests[])(void) = {contexts_address, contexts_netns, contexts_nft,
					      contexts_conntrack, contexts_wireguard};
	pid_t posternd;

	shipped_contexts(contexts);
	contexts_link_before();
	contexts_nft_before();
	contexts_conntrack_before();
	contexts_wireguard_before();
	posternd = trial_posternd(SHIPPED);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		tests[i]();
	return trial_done(contexts_link(posternd));
}
