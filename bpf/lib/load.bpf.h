/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads from kernel objects of which only the address is known. A load that fails gives 0. */
/* bpftool links an extern function in one file of an object only: decision/walk.bpf.c and
 * open.bpf.c are those that may include this. */
#ifndef POSTERN_BPF_LOAD_H
#define POSTERN_BPF_LOAD_H

#include "bpf/lib/kernel.bpf.h"

/* Set before loading: the kernel has bpf_rdonly_cast() (6.2 and later), so that a load is one
 * instruction and not a call of 80. */
extern const volatile bool direct_loads;

extern void *bpf_rdonly_cast(const void *address, __u32 type) __ksym __weak;

#define LOAD(type, address, member)                                                                \
	({                                                                                         \
		struct type *object_ = (struct type *)(address);                                   \
		direct_loads ? ((struct type *)bpf_rdonly_cast(                                    \
					object_, bpf_core_type_id_kernel(struct type)))            \
				       ->member                                                    \
			     : BPF_CORE_READ(object_, member);                                     \
	})

/* Set before loading: where the kernel has rename_lock (fs/dcache.c) and mount_lock
 * (fs/namespace.c). An object that named them would have libbpf read all of /proc/kallsyms. */
extern const volatile __u64 rename_lock, mount_lock;

/* Both locks begin with their seqcount. An odd value says that a change is under way; also what a
 * failed read gives. */
static __always_inline __u32 sequence(__u64 lock)
{
	__u32 value = 1;

	if (direct_loads)
		return LOAD(seqcount, lock, sequence);
	bpf_probe_read_kernel(&value, sizeof(value), (const void *)lock);
	return value;
}

#endif
