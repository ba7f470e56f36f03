/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Somebody else's LSM program: it allows everything. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

SEC("lsm/file_open")
int foreign_guard(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
