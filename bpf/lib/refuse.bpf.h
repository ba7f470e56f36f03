/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How every program begins and how it refuses: refuse.bpf.c does the refusing. */
#ifndef POSTERN_BPF_REFUSE_H
#define POSTERN_BPF_REFUSE_H

#include "bpf/lib/subject.bpf.h"

/* Which hook asks, and for which operation. */
struct site {
	__u16 hook;	 /* enum postern_hook */
	__u16 operation; /* enum postern_operation */
};

#define SITE(hook_name, operation_name)                                                            \
	((struct site){POSTERN_HOOK_##hook_name, POSTERN_OP_##operation_name})

/* What is refused. Objects by their addresses: a global function takes no pointer that the verifier
 * tracks, but it takes memory. */
struct refusal {
	__u64 dentry; /* struct dentry of the object; 0 when there is none */
	__u64 mnt;    /* struct vfsmount; 0: only the object's name is known */
	struct site site;
	__u32 reason;
	__u32 rights;
};

/*
 * Reports a refusal. Returns 0 when it is to be let through all the same, in audit mode, and 1
 * otherwise. tag, policy: NULL for a task of ours that has none.
 */
extern int refuse(const struct postern_tag *tag, const struct postern_policy *policy,
		  const struct refusal *refusal);

/* The verdict of a refusal: the verifier wants to see a constant. */
static __always_inline int refused(struct subject *s, const struct refusal *r, int verdict)
{
	return refuse(s->tag, s->policy, r) ? verdict : 0;
}

/* Refuses an operation that no manifest can grant. */
static __always_inline int refuse_never(struct subject *s, struct site site)
{
	struct refusal r = {.site = site, .reason = POSTERN_REASON_NEVER};

	return refused(s, &r, -EPERM);
}

/*
 * How every program begins: is there anything to decide? Returns true, and the verdict, when the
 * task is none of ours, or is and has no policy.
 */
static __always_inline bool decided(struct subject *s, struct site site, int *ret_verdict)
{
	struct refusal r = {.site = site, .reason = POSTERN_REASON_BROKEN};
	enum standing standing = current_subject(s);

	*ret_verdict = 0;
	if (standing == BROKEN)
		*ret_verdict = refuse(s->tag, NULL, &r) ? -EPERM : 0;
	return standing != CONFINED;
}

/* Body of a hook whose operation is refused to every task of ours. */
static __always_inline int never(struct site site)
{
	struct subject s;
	int verdict;

	return decided(&s, site, &verdict) ? verdict : refuse_never(&s, site);
}

/* Body of a hook that asks for nothing but a capability of the policy. */
static __always_inline int needs_capability(int capability, struct site site)
{
	struct refusal r = {.site = site, .reason = POSTERN_REASON_NO_RULE, .rights = capability};
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	if (capability >= 0 && capability < 64 && s.policy->capabilities >> capability & 1)
		return 0;
	return refused(&s, &r, -EPERM);
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
