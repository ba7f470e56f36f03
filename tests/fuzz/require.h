/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a fuzzer finds when it does not hold. */
#ifndef POSTERN_TESTS_FUZZ_REQUIRE_H
#define POSTERN_TESTS_FUZZ_REQUIRE_H

#include <stdbool.h>
#include <stdlib.h>

static inline void require(bool holds)
{
	if (!holds)
		abort();
}

#endif
