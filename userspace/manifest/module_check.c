/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Holding a manifest against the entrypoints that its module exports. */
#include <errno.h>
#include <string.h>

#include "base/nearest.h"
#include "manifest/problems.h"

bool manifest_python(const struct manifest *m)
{
	size_t len = strlen(m->module), ending = strlen(MANIFEST_PYTHON);

	return len > ending && strcmp(m->module + len - ending, MANIFEST_PYTHON) == 0;
}

int manifest_check_module(const struct manifest *m, const char *const *names,
			  struct manifest_problems *problems)
{
	int result = 0;

	for (size_t i = 0; i < m->entrypoints_len; i++) {
		const struct manifest_entrypoint *e = &m->entrypoints[i];
		struct nearest n = {.text = e->name, .len = strlen(e->name)};
		/* The supervisor's own need no function. */
		bool found = e->does != MANIFEST_DOES_CALL;

		for (const char *const *name = names; *name && !found; name++) {
			found = strcmp(*name, e->name) == 0;
			nearest_offer(&n, *name);
		}
		if (found)
			continue;
		result = -EBADMSG;
		if (problems_add(problems, e->place,
				 text_make("the module %s lacks the entrypoint \"%s\"", m->module,
					   e->name),
				 n.best ? text_make("did you mean \"%s\"?", n.best)
					: text_make("export it, or remove it here")) < 0)
			return -ENOMEM;
	}
	return result;
}
