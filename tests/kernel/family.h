/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers of generic netlink's families. */
#ifndef POSTERN_TESTS_KERNEL_FAMILY_H
#define POSTERN_TESTS_KERNEL_FAMILY_H

#include "tests/kernel/message.h"

/* The number of a family at this moment; 0: there is none. The request is made in m. */
uint16_t message_family(const char *name, struct message *m);

#endif
