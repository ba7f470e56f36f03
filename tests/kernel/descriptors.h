/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Descriptors of every kind, by a name that says what they are. */
#ifndef POSTERN_TESTS_KERNEL_DESCRIPTORS_H
#define POSTERN_TESTS_KERNEL_DESCRIPTORS_H

#include <stdbool.h>

/* Makes the files that they are of. */
void descriptors_begin(void);

/* A new one, or a negative errno. What it is connected to stays open, and has sent a byte. */
int descriptor_make(const char *name);

/* Does it depend on the kernel, or on how it is set up, whether there are such? */
bool descriptor_may_lack(const char *name);

#endif
