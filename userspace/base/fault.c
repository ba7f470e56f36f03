/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a test build does at its fault points; the product has none of this. */
#include "base/fault.h"

#ifdef POSTERN_FAULTS

#include <signal.h>
#include <string.h>

#include "base/util.h"

static const char *const names[] = {
#define FAULT_NAME(id, name) [FAULT_##id] = (name),
	FAULT_POINTS(FAULT_NAME)
#undef FAULT_NAME
};

void fault_point(enum fault fault)
{
	const char *wanted = getenv("POSTERN_FAULT");
	size_t len = strlen(names[fault]);
	static unsigned passed[FAULTS];
	unsigned long nth = 1;

	if (!wanted || strncmp(wanted, names[fault], len) != 0)
		return;
	if (wanted[len] == ':')
		nth = strtoul(wanted + len + 1, NULL, 10);
	else if (wanted[len])
		return;
	if (++passed[fault] == nth)
		(void)kill(getpid(), SIGKILL);
}

bool fault_quick(void)
{
	return getenv("POSTERN_FAULT_QUICK");
}

#else

/* ISO C wants a translation unit to declare something. */
typedef int fault_nothing;

#endif
