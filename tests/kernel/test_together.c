/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests that need no kernel programs of their own: to load them takes a guest longer than most of
 * what is tried. */
#include "tests/kernel/hand.h"
#include "tests/kernel/places.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

int main(void)
{
	struct enforcement *e;

	/* Before the programs, which look for btrfs' types when they are loaded. */
	places_command("modprobe btrfs && modprobe xfs");
	e = hand_start();
	/* First, while nothing is attached that only sockets need. */
	printf("# kernel/test_sockets\n");
	test_sockets(e);
	printf("# kernel/test_descriptors\n");
	hand_forget();
	test_descriptors(e);
	printf("# kernel/test_credentials\n");
	hand_forget();
	test_credentials();
	/* The first of those whose policy is PLACES_POLICY: rules of the others add to it. */
	printf("# kernel/test_identity\n");
	hand_forget();
	test_identity();
	printf("# kernel/test_overlay\n");
	hand_forget();
	test_overlay();
	printf("# kernel/test_filesystems\n");
	hand_forget();
	test_filesystems();
	return tap_done();
}
