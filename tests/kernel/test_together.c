/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests that need no kernel programs of their own: to load them takes a guest longer than most of
 * what is tried. */
#include "tests/kernel/hand.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

int main(void)
{
	struct enforcement *e = hand_start();

	/* First, while nothing is attached that only sockets need. */
	printf("# kernel/test_sockets\n");
	test_sockets(e);
	printf("# kernel/test_descriptors\n");
	hand_forget();
	test_descriptors(e);
	printf("# kernel/test_credentials\n");
	hand_forget();
	test_credentials();
	printf("# kernel/test_overlay\n");
	hand_forget();
	test_overlay();
	return tap_done();
}
