/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parts of a path rule in words, as `explain` and `gen doc` print them. */
#ifndef POSTERN_CLI_RULE_TEXT_H
#define POSTERN_CLI_RULE_TEXT_H

#include <stdio.h>

#include "manifest/manifest.h"

/* "read, write". rights: 1u << enum manifest_right, which are those of struct policy_rule too. */
void rule_rights_write(FILE *to, uint32_t rights);

/* An ioctl command's name, or its number. */
void rule_command_write(FILE *to, uint32_t command);

/* "block" or "char", of any kind but ANY. */
const char *rule_device_word(enum manifest_device_kind kind);

#endif
