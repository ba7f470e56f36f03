/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does a tagged open cost the same whatever else is in the maps? */
#include "tests/bench/bench.h"

#define FLAT_GOAL 1.05

static struct sample tagged(void)
{
	struct rule rule = {.directory = tree_directory(1)};
	struct child c = {.place = PLACE_NAMESPACE,
			  .op = op_open,
			  .outside = tagged_outside,
			  .userdata = &rule};

	return measure_child(&c);
}

static void grow(const char *what, void (*fill)(unsigned), const unsigned *counts, size_t len)
{
	struct sample first = {};
	char text[64];

	for (size_t i = 0; i < len; i++) {
		struct sample s;

		fill(counts[i]);
		s = tagged();
		if (i == 0)
			first = s;
		(void)snprintf(text, sizeof(text), "%u %s", counts[i], what);
		row_ratio(text, s, &first, FLAT_GOAL);
	}
}

void flat_after(void)
{
	static const unsigned rules[] = {1, 10, 100, 1000, 10000};
	static const unsigned policies[] = {1, 10, 100, 1000};

	section("open and close at depth 5, tagged, against few rules");
	open_depth(5);
	(void)tagged(); /* the rule that is measured comes first */
	grow("policies with ten rules each", tagged_fill_policies, policies, ARRAY_SIZE(policies));
	grow("rules in one policy", tagged_fill_policy, rules, ARRAY_SIZE(rules));
}
