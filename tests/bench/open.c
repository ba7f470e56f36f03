/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opens: of untagged tasks, and of tagged ones against Landlock with the same rule. */
#include "tests/bench/bench.h"

#define UNTAGGED_GOAL 1.05
#define TAGGED_GOAL   1.10
#define REPEATS	      3

static const unsigned depths[] = {1, 2, 5, 10, 20};

static struct sample none[ARRAY_SIZE(depths)], again[REPEATS];

static const struct {
	const char *what;
	unsigned depth; /* of the rule's directory */
	bool name;
} ties[] = {
	{"rule on the file", 4, true},
	{"rule on its directory", 4, false},
	{"rule four levels up", 1, false},
	{"rule on /", 0, false},
};

static const struct {
	const char *what;
	enum place place;
} places[] = {
	{"whole root", PLACE_NAMESPACE},
	{"small root", PLACE_SMALL},
};

static struct sample bare[ARRAY_SIZE(places)], landlock[ARRAY_SIZE(places)][ARRAY_SIZE(ties)];

static void landlock_children(void)
{
	open_depth(5);
	for (size_t p = 0; p < ARRAY_SIZE(places); p++) {
		struct child c = {.place = places[p].place, .op = op_open};

		bare[p] = measure_child(&c);
		c.inside = landlock_inside;
		for (size_t i = 0; i < ARRAY_SIZE(ties); i++) {
			c.userdata =
				(void *)(uintptr_t)(ties[i].name ? tree_file(5)
								 : tree_directory(ties[i].depth));
			landlock[p][i] = measure_child(&c);
		}
	}
}

void open_before(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		none[i] = subject_open(depths[i]);
	}
	for (size_t i = 0; i < REPEATS; i++)
		again[i] = subject_open(5);
	if (landlock_abi() == 0)
		bench_bail("this kernel has no Landlock to be held against");
	landlock_children();
}

static void untagged(void)
{
	char what[64];

	section("open and close, untagged, against no program loaded");
	for (size_t i = 0; i < REPEATS; i++) {
		(void)snprintf(what, sizeof(what), "none loaded, depth 5, repeat %zu", i + 1);
		row_ratio(what, again[i], &none[2], NO_GOAL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		(void)snprintf(what, sizeof(what), "all programs, depth %u", depths[i]);
		row_ratio(what, subject_open(depths[i]), &none[i],
			  depths[i] == 5 ? UNTAGGED_GOAL : NO_GOAL);
	}
	for (size_t i = 0; i < REPEATS; i++) {
		(void)snprintf(what, sizeof(what), "all programs, depth 5, repeat %zu", i + 1);
		row_ratio(what, subject_open(5), &none[2], UNTAGGED_GOAL);
	}
}

static struct sample tagged(enum place place, size_t tie)
{
	struct rule rule = {.directory = tree_directory(ties[tie].depth),
			    .name = ties[tie].name ? "file" : NULL};
	struct child c = {
		.place = place, .op = op_open, .outside = tagged_outside, .userdata = &rule};

	return measure_child(&c);
}

static void compare(size_t p)
{
	char what[96];

	for (size_t i = 0; i < ARRAY_SIZE(ties); i++) {
		struct sample postern = tagged(places[p].place, i);

		(void)snprintf(what, sizeof(what), "%s, %s: Landlock / none", places[p].what,
			       ties[i].what);
		row_ratio(what, landlock[p][i], &bare[p], NO_GOAL);
		(void)snprintf(what, sizeof(what), "%s, %s: Postern / none", places[p].what,
			       ties[i].what);
		row_ratio(what, postern, &bare[p], NO_GOAL);
		(void)snprintf(what, sizeof(what), "%s, %s: Postern / Landlock", places[p].what,
			       ties[i].what);
		row_ratio(what, postern, &landlock[p][i], TAGGED_GOAL);
	}
}

void open_after(void)
{
	untagged();
	section("open and close at depth 5, tagged, against Landlock with the same rule");
	open_depth(5);
	for (size_t p = 0; p < ARRAY_SIZE(places); p++) {
		row_ratio(p ? "small root: no program" : "whole root: no program", bare[p], NULL,
			  NO_GOAL);
		compare(p);
	}
}
