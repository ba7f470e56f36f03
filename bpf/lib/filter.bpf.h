/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy's filter of the directories that have rules. */
#ifndef POSTERN_BPF_FILTER_H
#define POSTERN_BPF_FILTER_H

#include "bpf/lib/kernel.bpf.h"

/* Saves most look-ups on the way up: most directories have no rule. */
static __always_inline bool may_have_rule(const struct postern_policy *policy, __u64 ino)
{
	__u32 bit = postern_filter_bit(ino);

	return policy->filter[(bit >> 6) & (POSTERN_FILTER_WORDS - 1)] >> (bit & 63) & 1;
}

#endif
