/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a task does to other tasks: signals, limits, priorities, and where their memory lies.
 *
 * Hooks: task_kill (kill, tgkill, pidfd_send_signal, sigqueue), task_prlimit, task_setnice,
 * task_setioprio, task_setscheduler (scheduler, affinity, uclamp), task_movememory (migrate_pages,
 * move_pages). An entrypoint's tasks may do these to each other and to nobody else, not even to the
 * other entrypoints of their context, whose workers they could stop. ptrace and its relatives are
 * in task.bpf.c. Not covered: reading another's priority, scheduler or affinity, which tells
 * nothing else.
 */
#include "bpf/lib/refuse.bpf.h"

static __always_inline int only_own(struct task_struct *target, struct site site)
{
	struct postern_tag *tag;
	struct subject s;
	enum standing standing = current_subject(&s);

	if (standing == FOREIGN)
		return 0;
	if (standing == CONFINED) {
		tag = bpf_task_storage_get(&tags, target, NULL, 0);
		if (tag && tag->policy == s.tag->policy)
			return 0;
	}
	return refuse_for(&s, standing, POSTERN_REASON_NO_RULE, 0, site);
}

SEC("lsm/task_kill")
int BPF_PROG(postern_task_kill, struct task_struct *target)
{
	return only_own(target, SITE(task_kill, SIGNAL));
}

/* Not asked about the task itself (kernel/sys.c, check_prlimit_permission), and not told whom else.
 */
SEC("lsm/task_prlimit")
int postern_task_prlimit(void *ctx)
{
	return never(SITE(task_prlimit, PROCESS));
}

SEC("lsm/task_setnice")
int BPF_PROG(postern_task_setnice, struct task_struct *target)
{
	return only_own(target, SITE(task_setnice, PROCESS));
}

SEC("lsm/task_setioprio")
int BPF_PROG(postern_task_setioprio, struct task_struct *target)
{
	return only_own(target, SITE(task_setioprio, PROCESS));
}

SEC("lsm/task_setscheduler")
int BPF_PROG(postern_task_setscheduler, struct task_struct *target)
{
	return only_own(target, SITE(task_setscheduler, PROCESS));
}

SEC("lsm/task_movememory")
int BPF_PROG(postern_task_movememory, struct task_struct *target)
{
	return only_own(target, SITE(task_movememory, PROCESS));
}
