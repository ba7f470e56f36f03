/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Binding a call's arguments to the slots of its entrypoint's paths. */
#ifndef POSTERN_HELPER_SLOTS_H
#define POSTERN_HELPER_SLOTS_H

#include <stddef.h>

#include "helper/argument_check.h"
#include "lib/wire.h"
#include "manifest/manifest.h"

/* Binds one value. Returns 0 or a negative errno. */
typedef int (*slot_bind_fn)(unsigned slot, const char *value, size_t len);

/* The kernel's door (bpf/abi.h, POSTERN_DOOR_BIND). -EACCES when anything but a program of ours
 * answered: then nothing holds this process to the value. */
int slot_bind(unsigned slot, const char *value, size_t len);

/*
 * Binds all slots of an entrypoint to what its arguments are in this call. None stays free: whoever
 * took the process over could bind it. values: one for each argument, checked by argument_check().
 * bind: NULL when there is no kernel side, which is an error when there are slots.
 *
 * Returns 0; -EINVAL when a value is no component of a path; or what bind returned. ret_argument:
 * index of the argument at fault, set on failure; message: what is wrong with it.
 */
int slots_bind(const struct manifest_entrypoint *e, const struct postern_value *values,
	       slot_bind_fn bind, size_t *ret_argument, char message[ARGUMENT_MESSAGE_MAX]);

#endif
