/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How every program begins and how it refuses. */
#ifndef POSTERN_BPF_REFUSE_H
#define POSTERN_BPF_REFUSE_H

#include "bpf/lib/object.bpf.h"
#include "bpf/lib/subject.bpf.h"

/* Which hook asks, and for which operation. */
struct site {
	__u16 hook;	 /* enum postern_hook */
	__u16 operation; /* enum postern_operation */
};

#define SITE(hook_name, operation_name)                                                            \
	((struct site){POSTERN_HOOK_##hook_name, POSTERN_OP_##operation_name})

/* Refuses what an object's walk did not grant, or an operation on no object: o->missing, o->reason.
 */
static __always_inline int refused(struct subject *s, struct object *o, struct site site,
				   int verdict)
{
	o->hook = site.hook;
	o->operation = site.operation;
	return decide(s->tag, s->policy, o, DECIDE_REFUSE) ? verdict : 0;
}

/* Refuses an operation that no manifest can grant. */
static __always_inline int refuse_never(struct subject *s, struct site site)
{
	struct object o = {.reason = POSTERN_REASON_NEVER};

	return refused(s, &o, site, -EPERM);
}

/*
 * How every program begins: is there anything to decide? Returns true, and the verdict, when the
 * task is none of ours, or is and has no policy.
 */
static __always_inline bool decided(struct subject *s, struct site site, int *ret_verdict)
{
	enum standing standing = current_subject(s);

	*ret_verdict = 0;
	if (standing == BROKEN) {
		struct object o = {.reason = POSTERN_REASON_BROKEN};

		*ret_verdict = refused(s, &o, site, -EPERM);
	}
	return standing != CONFINED;
}

/* Refuses, with one call whatever the reason: a task without a policy is refused everything. */
static __always_inline int refuse_for(struct subject *s, enum standing standing, __u32 reason,
				      __u32 missing, struct site site)
{
	struct object o = {.reason = reason, .missing = missing};

	if (standing == BROKEN) {
		o.reason = POSTERN_REASON_BROKEN;
		o.missing = 0;
	}
	return refused(s, &o, site, -EPERM);
}

/* Body of a hook whose operation is refused to every task of ours. */
static __always_inline int never(struct site site)
{
	struct subject s;
	enum standing standing = current_subject(&s);

	if (standing == FOREIGN)
		return 0;
	return refuse_for(&s, standing, POSTERN_REASON_NEVER, 0, site);
}

/* Body of a hook that asks for nothing but a capability of the policy. */
static __always_inline int needs_capability(int capability, struct site site)
{
	struct subject s;
	enum standing standing = current_subject(&s);

	if (standing == FOREIGN)
		return 0;
	if (standing == CONFINED && capability >= 0 && capability < 64 &&
	    s.policy->capabilities >> capability & 1)
		return 0;
	return refuse_for(&s, standing, POSTERN_REASON_NO_RULE, capability, site);
}

/*
 * Works the kernel on this task's behalf, under other credentials than its own? Overlayfs touches
 * its layers so, after the operation was decided by the merged name (fs/overlayfs/super.c), and
 * network file systems search their keys.
 *
 * That they differ says nothing alone: a task can put on some of its own making, by access(2) or by
 * io_uring's workers. But those of a mounter and of the kernel hold CAP_SYS_ADMIN, which no
 * manifest names, so that no credentials that a context can make hold it.
 */
static __always_inline bool on_other_credentials(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 effective = 0;

	if (task->cred == task->real_cred)
		return false;
	/* The lower half of the set: the type around it differs between kernels. */
	bpf_probe_read_kernel(&effective, sizeof(effective), &task->cred->cap_effective);
	return effective >> CAP_SYS_ADMIN & 1;
}

#endif
