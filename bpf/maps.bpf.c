/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Defines what bpf/lib/maps.bpf.h declares. */
#define POSTERN_MAP
#include "bpf/lib/maps.bpf.h"

const volatile __u64 contexts_cgroup = 0;
const volatile __u32 contexts_level = 0;
const volatile bool direct_loads = false;
const volatile __u64 rename_lock = 0;
const volatile __u64 mount_lock = 0;
const volatile __u64 genl_fam_idr = 0;

char LICENSE[] SEC("license") = "Dual BSD/GPL";
