/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one hook costs an untagged task: operations of plain programs with and without the programs,
 * and how many of them each fires. */
#include <string.h>

#include "tests/bench/operations.h"

#define HOOK_GOAL 300

#define OPERATIONS_MAX 64

static struct sample none[OPERATIONS_MAX];

void hooks_before(void)
{
	subject_do(operations_prepare);
	if (operations_len > OPERATIONS_MAX)
		bench_bail("more than %d operations", OPERATIONS_MAX);
	/* What an operation leaves behind for good, such as a list of locks, is there both times.
	 */
	for (size_t i = 0; i < operations_len; i++)
		subject_do(operations[i].op);
	for (size_t i = 0; i < operations_len; i++)
		none[i] = subject_measure_least(operations[i].op);
}

/* Returns what each hook of the operation costs. */
static double one(const struct operation *o, const struct sample *base)
{
	cleanup_free char *names = NULL;
	struct sample with = subject_measure_least(o->op);
	unsigned fired = subject_fires(o->op, &names);
	double more = with.instructions - base->instructions;
	char what[64];

	row_ratio(o->name, with, base, NO_GOAL);
	if (fired == 0)
		return 0;
	more /= fired;
	(void)snprintf(what, sizeof(what), "  each of %u", fired);
	row_remarked(what, more, "instr", HOOK_GOAL, names);
	return more;
}

void hooks_after(void)
{
	double dearest = 0;

	section("operations of an untagged task, and each hook that they fire");
	for (size_t i = 0; i < operations_len; i++) {
		double each = one(&operations[i], &none[i]);

		dearest = MAX_OF(dearest, each);
	}
	row_value("the dearest hook", dearest, "instr", HOOK_GOAL);
}
