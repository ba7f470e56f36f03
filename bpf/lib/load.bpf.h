/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads from kernel objects of which only the address is known. A load that fails gives 0. */
/* bpftool links an extern function in one object only: walk.bpf.c is the one that may include this.
 */
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

#endif
