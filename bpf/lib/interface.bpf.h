/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interface that an ioctl names, which lies in the task's own memory.
 *
 * The kernel copies it once more after the hook, so that whoever else can write that memory could
 * swap the name in between. Hence it counts only where nobody can: no thread and no other process
 * shares the memory (one user of the mm), and it is no mapping of a file and not shared. What would
 * write it from elsewhere is refused to contexts: ptrace, process_vm_writev, /proc/PID/mem,
 * io_uring, aio, userfaultfd. A signal's handler runs when the call is over.
 */
#ifndef POSTERN_BPF_INTERFACE_H
#define POSTERN_BPF_INTERFACE_H

#include "bpf/lib/words.bpf.h"

#define INTERFACE_BYTES 16 /* IFNAMSIZ */

struct interface_memory {
	__u64 at;
	__u64 len;
	__u32 own;
};

static long interface_see(struct task_struct *task, struct vm_area_struct *vma,
			  struct interface_memory *m)
{
	m->own = !BPF_CORE_READ(vma, vm_file) && !(BPF_CORE_READ(vma, vm_flags) & VM_SHARED) &&
		 m->at >= BPF_CORE_READ(vma, vm_start) &&
		 m->at + m->len <= BPF_CORE_READ(vma, vm_end);
	return 0;
}

/* Can nobody but the task itself write there? */
static __always_inline bool interface_memory_is_own(__u64 at, __u64 len)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct interface_memory m = {.at = at, .len = len};

	if (BPF_CORE_READ(task, mm, mm_users.counter) != 1)
		return false;
	return bpf_find_vma(task, at, interface_see, &m, 0) == 0 && m.own;
}

/* Is one of the eight bytes that one? */
static __always_inline bool holds_byte(__u64 bytes, __u8 byte)
{
	const __u64 ones = 0x0101010101010101ull;

	bytes ^= ones * byte;
	return (bytes - ones) & ~bytes & ones << 7;
}

/*
 * at: a struct ifreq, or a name, in the task's memory, read as the kernel does and cut after 15
 * bytes. A colon stands before the number of one of an interface's addresses, and of a percent sign
 * the kernel makes another name: neither is granted. ret: the name, for a refusal.
 */
static __always_inline bool interface_granted(const struct subject *s, __u64 at, __u32 list,
					      char ret[INTERFACE_BYTES])
{
	struct postern_short *name = words_scratch();
	__u64 *words;
	long len;

	bpf_probe_read_user_str(ret, INTERFACE_BYTES, (const void *)at);
	if (!name || !interface_memory_is_own(at, INTERFACE_BYTES))
		return false;
	words = (__u64 *)name->text;
	words[0] = words[1] = 0;
	len = bpf_probe_read_user_str(name->text, INTERFACE_BYTES, (const void *)at);
	if (len < 2 || holds_byte(words[0], ':') || holds_byte(words[1], ':') ||
	    holds_byte(words[0], '%') || holds_byte(words[1], '%'))
		return false;
	name->len = len - 1;
	return words_hold(name, s->tag->policy, list);
}

#endif
