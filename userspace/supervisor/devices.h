/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kinds of device nodes, as rules constrain them. */
#ifndef POSTERN_SUPERVISOR_DEVICES_H
#define POSTERN_SUPERVISOR_DEVICES_H

#include <stdint.h>

#include "manifest/manifest.h"

/*
 * The kernel's form of a constraint (POSTERN_DEVICE_* of bpf/abi.h); 0 for none. A driver's name is
 * looked up in /proc/devices (proc(5)). Returns 0, -ENODEV when no such driver is there, or another
 * negative errno.
 */
int device_constraint(const struct manifest_device *device, uint32_t *ret);

#endif
