/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many descriptors this process has. */
#ifndef POSTERN_TESTS_OPEN_FDS_H
#define POSTERN_TESTS_OPEN_FDS_H

#include <stddef.h>

/* Always three more than there are, for "." and ".." and the look itself. */
size_t open_fds(void);

#endif
