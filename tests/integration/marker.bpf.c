/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What makes the kernel side of a test's posternd another one than the product's. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

const volatile __u64 postern_marker = 0x6d61726b6572;
