/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks: how a tag is inherited, how a task gives up rights, and what it may do to others.
 *
 * Hooks: task_alloc (every fork, thread and kernel worker of a task), task_prctl (the door),
 * userns_create, ptrace_access_check and ptrace_traceme, capable. What a task does to others beside
 * tracing is in process.bpf.c. Not covered: namespaces other than the user namespace, for which a
 * context lacks CAP_SYS_ADMIN and seccomp lacks the calls.
 */
#include "bpf/lib/refuse.bpf.h"

static __always_inline int copy_binding(struct task_struct *task)
{
	struct postern_binding *binding =
		bpf_task_storage_get(&bindings, bpf_get_current_task_btf(), NULL, 0);

	if (!binding ||
	    !bpf_task_storage_get(&bindings, task, binding, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return -ENOMEM;
	return 0;
}

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

	if (decided(&s, SITE(task_alloc, FORK), &verdict))
		return verdict;
	tag = *s.tag;
	if (tag.flags & POSTERN_TAG_START &&
	    (clone_flags & CLONE_THREAD || (clone_flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM))
		return refuse_never(&s, SITE(task_alloc, FORK));
	if (!bpf_task_storage_get(&tags, task, &tag, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return -ENOMEM;
	return tag.flags & POSTERN_TAG_BOUND ? copy_binding(task) : 0;
}

static __always_inline int take_slot(struct subject *s, unsigned long index)
{
	if (s->tag->flags & POSTERN_TAG_SLOT_TAKEN || index >= s->policy->slots)
		return refuse_never(s, SITE(task_prctl, DOOR));
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

/* One component of a path, and no way out of its directory. */
static __always_inline bool is_component(const char *value, __u32 len)
{
	for (__u32 i = 0; i < POSTERN_VALUE_BYTES; i++) {
		if (i >= len)
			break;
		if (!value[i] || value[i] == '/')
			return false;
	}
	return !(value[0] == '.' && (len == 1 || (len == 2 && value[1] == '.')));
}

/*
 * Without a value a slot's patterns match nothing, so that a value once chosen is all that the call
 * can have. Only a call's own process chooses: what a resident worker chose would hold for the next
 * call as well.
 */
static __always_inline int bind(struct subject *s, unsigned long slot, unsigned long address,
				unsigned long len)
{
	struct postern_binding *binding;

	if (!(s->tag->flags & POSTERN_TAG_SLOT_TAKEN) || slot >= POSTERN_SLOTS || !len ||
	    len >= POSTERN_VALUE_BYTES)
		return refuse_never(s, SITE(task_prctl, DOOR));
	binding = bpf_task_storage_get(&bindings, bpf_get_current_task_btf(), NULL,
				       BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!binding)
		return -ENOMEM;
	if (binding->bound >> slot & 1)
		return refuse_never(s, SITE(task_prctl, DOOR));
	/* The verifier has lost the bound that was checked above, and the compiler has not. */
	asm volatile("" : "+r"(len));
	len &= POSTERN_VALUE_BYTES - 1;
	if (bpf_probe_read_user(binding->value[slot], len, (const void *)address) < 0)
		return -EFAULT;
	if (!is_component(binding->value[slot], len))
		return refuse_never(s, SITE(task_prctl, DOOR));
	binding->len[slot] = len;
	binding->bound |= 1u << slot;
	__sync_fetch_and_or(&s->tag->flags, POSTERN_TAG_BOUND);
	return -POSTERN_DOOR_DONE;
}

/* Whatever comes through the door, the task can do less afterwards, or moves to a page that is its
 * policy's anyway. */
SEC("lsm/task_prctl")
int BPF_PROG(postern_task_prctl, int option, unsigned long command, unsigned long argument,
	     unsigned long address, unsigned long len)
{
	struct subject s;
	int verdict;

	if (option != POSTERN_DOOR)
		return 0;
	if (decided(&s, SITE(task_prctl, DOOR), &verdict))
		return verdict;
	switch (command) {
	case POSTERN_DOOR_GIVE_UP:
		return give_up(&s, argument);
	case POSTERN_DOOR_SLOT:
		return take_slot(&s, argument);
	case POSTERN_DOOR_BIND:
		return bind(&s, argument, address, len);
	default:
		return -EINVAL;
	}
}

SEC("lsm/userns_create")
int BPF_PROG(postern_userns_create, const struct cred *cred)
{
	return never(SITE(userns_create, USER_NAMESPACE));
}

/* Never asked about a task's own threads: __ptrace_may_access() returns before it. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(postern_ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	return never(SITE(ptrace_access_check, PTRACE));
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(postern_ptrace_traceme, struct task_struct *parent)
{
	return never(SITE(ptrace_traceme, PTRACE));
}

/* Asked only about what the task's credentials hold, since commoncap refuses the rest before it. */
SEC("lsm/capable")
int BPF_PROG(postern_capable, const struct cred *cred, struct user_namespace *ns, int cap,
	     unsigned int opts)
{
	return needs_capability(cap, SITE(capable, CAPABILITY));
}
