/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between the driver's files. */
#ifndef POSTERN_TESTS_ESCAPE_DRIVER_PRIVATE_H
#define POSTERN_TESTS_ESCAPE_DRIVER_PRIVATE_H

#include "tests/escape/driver.h"

/* driver_files.c */
void files_make(void);

/* driver_denials.c */
void follow_begin(void);
void follow_end(void);

#endif
