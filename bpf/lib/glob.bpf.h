/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One name against one glob, a comparison at a time. */
#ifndef POSTERN_BPF_GLOB_H
#define POSTERN_BPF_GLOB_H

#include "bpf/lib/kernel.bpf.h"

/* How far the two were compared. It lies in map memory: the verifier would follow it round the loop
 * without end on the stack. */
struct postern_glob {
	__u32 text, name;  /* the next byte of each */
	__u32 star, tried; /* behind the last star, and where in the name that was tried; star 0:
			      there was none */
	__u32 matches;
};

#define GLOB_STEPS_MAX 4096 /* comparisons; what takes more matches nothing */

static __always_inline void glob_begin(struct postern_glob *g, __u32 text)
{
	g->text = text;
	g->name = 0;
	g->star = 0;
	g->matches = 0;
}

/*
 * One comparison. A star is first taken for nothing, and for one byte more whenever what follows it
 * does not fit. expected, actual: the bytes at g->text and g->name, where they are not over.
 * Returns 1 when it is done.
 */
static __always_inline long glob_next(struct postern_glob *g, char expected, bool text_over,
				      char actual, bool name_over)
{
	__u32 text = g->text, name = g->name;

	if (!text_over && expected == '*') {
		g->text = g->star = text + 1;
		g->tried = name;
		return 0;
	}
	if (name_over) {
		g->matches = text_over;
		return 1;
	}
	if (!text_over && (expected == '?' || expected == actual)) {
		g->text = text + 1;
		g->name = name + 1;
		return 0;
	}
	if (!g->star)
		return 1;
	g->text = g->star;
	g->name = ++g->tried;
	return 0;
}

#endif
