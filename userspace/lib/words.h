/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words for the kernel's numbers: operations, rights and reasons of a denial. */
#ifndef POSTERN_LIB_WORDS_H
#define POSTERN_LIB_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

#define WORDS_RIGHTS_MAX 128 /* room for all rights in words, with the NUL */

/* "open", "user_namespace"; "unknown" for a number that is no operation (a newer kernel side). */
const char *operation_name(uint32_t operation);

/* "error", "debug": a level of syslog(3); NULL for a number that is none. */
const char *log_level_name(int level);
/* Its number, or -1 for a word that is none. */
int log_level_number(const char *word);

/* Why it was refused, as half a sentence: "no rule grants it". */
const char *reason_text(uint32_t reason);

/* "CAP_NET_ADMIN", or NULL for a number that is no capability. */
const char *capability_name(uint32_t capability);

/*
 * What was asked for and not granted, "read, write"; for POSTERN_OP_CAPABILITY, where the field is
 * a number, the capability's name; for POSTERN_OP_NETLINK the message's. Empty when there is
 * nothing to say. to: room for WORDS_RIGHTS_MAX.
 */
void rights_text(uint32_t operation, uint32_t rights, char to[WORDS_RIGHTS_MAX]);

#endif
