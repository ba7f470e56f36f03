/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shipped manifests with other modules. */
#include <string.h>

#include "tests/integration/common/seized.h"
#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define WORDS_MAX     16
#define NOT_PERMITTED 13
#define LOGGED_MS     5000 /* that only a hang would exceed */

void seized_context(const char *name)
{
	cleanup_free char *command = NULL;

	if (asprintf(&command,
		     "mkdir -p " SHIPPED "/seized-%s && sed 's/^context: /context: seized-/; "
		     "s/^module: /module: seized_/' " SHIPPED "/%s/context.yaml >" SHIPPED
		     "/seized-%s/context.yaml",
		     name, name, name) < 0)
		trial_bail("out of memory");
	shipped_root(command);
}

void seized_tried(const char *words, const char *results)
{
	struct trial_program p;

	shipped_run(&p, ALICE, words);
	if (!tap(p.status != 0 && strstr(p.err, results), "%s: %s", words, results))
		trial_program_show(&p);
	trial_program_clear(&p);
}

void shipped_prints(const char *words, const char *expected)
{
	struct trial_program p;

	shipped_run(&p, ALICE, words);
	if (!tap(p.status == 0 && strcmp(p.out, expected) == 0, "%s prints: %.*s", words,
		 (int)strcspn(expected, "\n"), expected))
		trial_program_show(&p);
	trial_program_clear(&p);
}

void shipped_stranger(const char *words)
{
	struct trial_program p;

	shipped_run(&p, BOB, words);
	if (!tap(p.status == NOT_PERMITTED, "%s is not for bob", words))
		trial_program_show(&p);
	trial_program_clear(&p);
}

static bool line_has(const char *line, size_t len, const char *const *texts)
{
	bool all = true;

	for (size_t i = 0; texts[i]; i++)
		all = all && memmem(line, len, texts[i], strlen(texts[i]));
	return all;
}

static bool log_has(const char *log, const char *const *texts)
{
	size_t len;

	for (const char *line = log; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (!line_has(line, len, texts))
			continue;
		printf("#   %.*s\n", (int)len, line);
		return true;
	}
	return false;
}

void seized_logged(const char *const *texts)
{
	struct trial_program p = {};
	uint64_t until = trial_ms() + LOGGED_MS;
	bool found = false;

	while (!found && trial_ms() < until) {
		trial_program_clear(&p);
		TRIAL_RUN(&p, 0, POSTERN, "log");
		found = log_has(p.out, texts);
	}
	if (!tap(found, "postern log tells of %s: %s", texts[0], texts[1]))
		trial_program_show(&p);
	trial_program_clear(&p);
}
