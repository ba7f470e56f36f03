/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments that the signatures of several fuzzers have. */
#ifndef POSTERN_FUZZ_SIGNATURE_H
#define POSTERN_FUZZ_SIGNATURE_H

#include "manifest/argument.h"

/* kinds: of ARGUMENT_FD_FILE and its like, as bits. */
#define OPTIONAL_FD(NAME, KINDS, MODE)                                                             \
	{                                                                                          \
		.name = (char *)(NAME), .type = ARGUMENT_FD, .fd_kinds = (KINDS),                  \
		.fd_mode = (MODE), .optional = true                                                \
	}

#define OPTIONAL_LIST(NAME, MOST, ELEMENT)                                                         \
	{                                                                                          \
		.name = (char *)(NAME), .type = ARGUMENT_LIST, .max_length = (MOST),               \
		.element = (ELEMENT), .optional = true                                             \
	}

#endif
