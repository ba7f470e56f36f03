/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The attempts that need no posternd of their own, one subject after the other with the same one:
 * to start it takes a guest longer than most of them. Files are made anew for each subject. */
#include <stddef.h>
#include <stdio.h>

#include "base/util.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		/* First, while every process is as it was started. */
		{"outside", test_outside},
		{"paths", test_paths},
		{"descriptors", test_descriptors},
		{"sockets", test_sockets},
		{"kernel", test_kernel},
		{"netlink", test_netlink},
		{"isolation", test_isolation},
		/* Last: it kills helpers, and forks until there is no more. */
		{"processes", test_processes},
	};

	test_netlink_before();
	driver_start();
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		printf("# escape/test_%s\n", tests[i].name);
		if (i > 0)
			driver_again();
		tests[i].run();
	}
	(void)check(driver_stop(), "posternd ends, and all its contexts with it");
	return check_done();
}
