/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function finds around it, asked from inside; outside.c looks at the same from outside. */
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

void part_surroundings(struct postern *p)
{
	static const char *const expected[] = {
		"uid 1 gid 1 groups 0",
		"stdin 1:3 read 0",
		"SIGPIPE ignored",
		"no_new_privs 1 dumpable 0",
		"bounding net_admin 1 sys_admin 0",
		"setuid EINVAL", /* there is no such id in its user namespace */
		"setgroups EPERM",
		"keyctl EPERM",
		"ptrace EPERM",
		"caller 0",
	};
	struct answer a;

	answer_get(&a, p, "surroundings", NULL, 0);
	if (!tap(a.r == 0 && a.length == ARRAY_SIZE(expected), "surroundings: a function looks"))
		answer_show(&a);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const char *text = "?";
		size_t len;

		if (i < a.length)
			(void)postern_value_string(postern_value_list_item(a.value, i), &text,
						   &len);
		tap(strcmp(text, expected[i]) == 0, "surroundings: %s: %s", expected[i], text);
	}
	answer_clear(&a);
	answer_get(&a, p, "program", NULL, 0);
	if (!tap(a.r == 0 && a.number == 0,
		 "surroundings: a program that it executes holds the declared capability, no "
		 "other, "
		 "no descriptor, no variable: %lld",
		 (long long)a.number))
		answer_show(&a);
	answer_clear(&a);
}
