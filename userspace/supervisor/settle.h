/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What retire.c and settle.c share. */
#ifndef POSTERN_SUPERVISOR_SETTLE_H
#define POSTERN_SUPERVISOR_SETTLE_H

#include "supervisor/retire.h"

struct retired_rules {
	struct retired_rules *next;
	struct ruleset *set;
};

#endif
