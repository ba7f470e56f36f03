/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The walk, for what goes on in it and for what begins it. */
#ifndef POSTERN_BPF_DECISION_WALK_H
#define POSTERN_BPF_DECISION_WALK_H

#include "bpf/lib/filter.bpf.h"
#include "bpf/lib/maps.bpf.h"
#include "bpf/lib/object.bpf.h"

/* Begins a walk: notes the kernel's counters. */
extern int walk_begin(struct object *o);

/* Adds what a rule on the name of the object grants in the directory in which it is seen. */
extern int walk_name(const struct postern_tag *tag, struct object *o);

/* The same for an object that is no mount's root, in o->names. */
extern int walk_name_in(struct object *o);

/*
 * Goes on to the context's root and ends the walk: o->rights and o->end hold then. Returns 0, or 1
 * when renames or mounts have spoiled it, and it is to be begun anew.
 */
extern int walk_on(const struct postern_tag *tag, const struct postern_policy *policy,
		   struct object *o);

/* Reports a refusal: DECIDE_REFUSE. refuse.bpf.c. */
extern int refuse(const struct postern_tag *tag, const struct postern_policy *policy,
		  const struct object *o);

/* Adds what a rule grants. */
extern int walk_grant(struct object *o, const struct postern_rule *rule);

/* Takes what the rules of the directory o->at say. level: 0 for the object itself, 1 for what holds
 * it. */
extern int walk_pass(const struct postern_tag *tag, struct object *o,
		     const struct postern_rule *rule, __u32 level);

#endif
