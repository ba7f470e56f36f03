/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks: how a tag is inherited, how a task gives up rights, and what it may do to others.
 *
 * Hooks: task_alloc (every fork, thread and kernel worker of a task), task_prctl (the door),
 * userns_create, ptrace_access_check and ptrace_traceme, capable. Not covered: signals, priorities
 * and limits of other tasks; namespaces other than the user namespace, for which a context lacks
 * CAP_SYS_ADMIN and seccomp lacks the calls.
 */
#include "bpf/lib/refuse.bpf.h"

/*
 * A child without its parent's tag would be free, so the fork fails when the tag cannot be copied.
 * Under the start policy a child must not share memory with its parent: the supervisor is about to
 * give the two different policies, and whoever writes the memory of a worker is that worker.
 */
SEC("lsm/task_alloc")
int BPF_PROG(postern_task_alloc, struct task_struct *task, unsigned long clone_flags)
{
	struct postern_tag tag;
	struct subject s;
	int verdict;

	if (decided(&s, POSTERN_OP_FORK, &verdict))
		return verdict;
	tag = *s.tag;
	if (tag.flags & POSTERN_TAG_START &&
	    (clone_flags & CLONE_THREAD || (clone_flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM))
		return refuse_never(&s, POSTERN_OP_FORK);
	if (!bpf_task_storage_get(&tags, task, &tag, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return -ENOMEM;
	return 0;
}

static __always_inline int take_slot(struct subject *s, unsigned long index)
{
	if (s->tag->flags & POSTERN_TAG_SLOT_TAKEN || index >= s->policy->slots)
		return refuse_never(s, POSTERN_OP_DOOR);
	s->tag->slot = s->policy->slot_base + (__u32)index;
	__sync_fetch_and_or(&s->tag->flags, POSTERN_TAG_SLOT_TAKEN);
	return -POSTERN_DOOR_DONE;
}

static __always_inline int give_up(struct subject *s, unsigned long rights)
{
	if (rights & ~(unsigned long)POSTERN_RIGHTS_ALL)
		return -EINVAL;
	__sync_fetch_and_or(&s->tag->flags, (__u32)rights << POSTERN_TAG_GIVEN_UP_SHIFT);
	return -POSTERN_DOOR_DONE;
}

/* Whatever comes through the door, the task can do less afterwards, or moves to a page that is its
 * policy's anyway. */
SEC("lsm/task_prctl")
int BPF_PROG(postern_task_prctl, int option, unsigned long command, unsigned long argument)
{
	struct subject s;
	int verdict;

	if (option != POSTERN_DOOR)
		return 0;
	if (decided(&s, POSTERN_OP_DOOR, &verdict))
		return verdict;
	switch (command) {
	case POSTERN_DOOR_GIVE_UP:
		return give_up(&s, argument);
	case POSTERN_DOOR_SLOT:
		return take_slot(&s, argument);
	default:
		return -EINVAL;
	}
}

SEC("lsm/userns_create")
int BPF_PROG(postern_userns_create, const struct cred *cred)
{
	return never(POSTERN_OP_USER_NAMESPACE);
}

/* Never asked about a task's own threads: __ptrace_may_access() returns before it. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(postern_ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	return never(POSTERN_OP_PTRACE);
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(postern_ptrace_traceme, struct task_struct *parent)
{
	return never(POSTERN_OP_PTRACE);
}

/* Asked only about what the task's credentials hold, since commoncap refuses the rest before it. */
SEC("lsm/capable")
int BPF_PROG(postern_capable, const struct cred *cred, struct user_namespace *ns, int cap,
	     unsigned int opts)
{
	struct subject s;
	int verdict;

	if (decided(&s, POSTERN_OP_CAPABILITY, &verdict))
		return verdict;
	if (cap >= 0 && cap < 64 && s.policy->capabilities >> cap & 1)
		return 0;
	struct refusal r = {
		.subject = s,
		.operation = POSTERN_OP_CAPABILITY,
		.reason = POSTERN_REASON_NO_RULE,
		.rights = cap,
		.verdict = -EPERM,
	};
	return refuse(&r);
}
