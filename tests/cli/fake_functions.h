/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions behind tests/cli/context.yaml. */
#ifndef POSTERN_TESTS_CLI_FAKE_FUNCTIONS_H
#define POSTERN_TESTS_CLI_FAKE_FUNCTIONS_H

#include "bpf/abi.h"
#include "lib/postern-entrypoint.h"

/* Where the kernel would write a denial, were there one. */
extern struct postern_page fake_page;

/* The function of an entrypoint; NULL: the server answers itself. */
postern_function fake_function(const char *name);

#endif
