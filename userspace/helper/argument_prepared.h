/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments as they are checked: what the manifest says, with its patterns compiled. Internal to
 * the argument check. */
#ifndef POSTERN_HELPER_ARGUMENT_PREPARED_H
#define POSTERN_HELPER_ARGUMENT_PREPARED_H

#include <regex.h>

#include "manifest/argument.h"

/* One argument, result, element or field with its pattern. */
struct prepared {
	const struct argument *argument;
	enum postern_kind kind;	  /* of its values */
	regex_t *pattern;	  /* NULL: any text */
	struct prepared *element; /* of a LIST */
	struct prepared *fields;  /* of a RECORD: as many as the argument has */
};

struct argument_checks {
	struct prepared result;
	bool descriptors, records; /* are there any among the arguments? */
	size_t len;
	struct prepared arguments[];
};

#endif
