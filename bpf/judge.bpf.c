/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From what a walk found to a verdict, and why it is one. */
#include "bpf/lib/decide.bpf.h"

static __always_inline __u32 why_missing(const struct object *o, __u32 missing)
{
	if (o->end == WALK_UNSTABLE)
		return POSTERN_REASON_BROKEN;
	if (!arrived(o))
		return POSTERN_REASON_OUTSIDE;
	return missing & ~o->rights ? POSTERN_REASON_NO_RULE : POSTERN_REASON_GIVEN_UP;
}

__noinline int judge_object(const struct postern_tag *tag, const struct postern_policy *policy,
			    const struct object *o, __u32 need, __u32 site)
{
	struct refusal r = {.site = {.hook = site >> 16, .operation = site}};

	if (!tag || !policy || !o)
		return 1;
	r.rights = need & ~granted(tag, o);
	if (!r.rights)
		return 0;
	r.dentry = o->dentry;
	r.mnt = o->mnt;
	r.reason = why_missing(o, r.rights);
	return refuse(tag, policy, &r);
}

/* Creating and deleting are rights on a name in a directory, not on the object that has the name.
 */
#define OBJECT_RIGHTS (POSTERN_RIGHTS_ALL & ~(POSTERN_CREATE | POSTERN_DELETE))

__noinline int judge_gain(const struct postern_tag *tag, const struct postern_policy *policy,
			  const struct object *from, const struct object *to, __u32 site)
{
	struct refusal r = {
		.site = {.hook = site >> 16, .operation = site},
		.reason = POSTERN_REASON_MORE_RIGHTS,
	};

	if (!tag || !policy || !from || !to)
		return 1;
	r.rights = granted(tag, to) & ~granted(tag, from) & OBJECT_RIGHTS;
	if (!r.rights)
		return 0;
	r.dentry = to->dentry;
	r.mnt = to->mnt;
	return refuse(tag, policy, &r);
}
