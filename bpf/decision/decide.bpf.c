/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the hooks' programs call to walk and to refuse: one program, verified once, that takes the
 * place of the function decide() in each of them.
 */
#include "bpf/decision/walk.bpf.h"

/* A user who renames in a loop can spoil many walks in a row, and what is still unstable then is
 * refused. */
#define WALK_TRIES 64

static __always_inline int walk(const struct postern_tag *tag, const struct postern_policy *policy,
				struct object *o)
{
	for (int i = 0; i < WALK_TRIES; i++) {
		walk_begin(o);
		walk_name(tag, o);
		if (!walk_on(tag, policy, o))
			return 0;
	}
	o->rights = 0;
	o->end = WALK_UNSTABLE;
	return 0;
}

SEC("freplace/decide")
int postern_decide(const struct postern_tag *tag, const struct postern_policy *policy,
		   struct object *o, __u32 step)
{
	if (!o)
		return 1;
	if (step == DECIDE_REFUSE)
		return refuse(tag, policy, o);
	if (step == DECIDE_NAME)
		return walk_name_in(o);
	if (step == DECIDE_WALK_ON && !walk_on(tag, policy, o))
		return 0;
	return walk(tag, policy, o);
}
