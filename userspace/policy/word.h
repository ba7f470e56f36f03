/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Short names of a manifest (interfaces, tables, kernel modules) for the kernel programs. Pure. */
#ifndef POSTERN_POLICY_WORD_H
#define POSTERN_POLICY_WORD_H

#include "bpf/abi.h"
#include "manifest/manifest.h"

/*
 * One name: literal, with * and ?, or with one argument of the entrypoint in braces. ret: zeroed.
 * Returns 0, or -EINVAL when it is none of these, is too long, or the argument is no slot.
 */
int policy_word(const struct manifest_entrypoint *e, const char *text, struct postern_word *ret);

#endif
