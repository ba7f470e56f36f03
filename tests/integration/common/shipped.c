/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shipped contexts: copied, called by `postern call`, and what `postern log` says of it. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define SHARE	  "/usr/local/share/postern/contexts"
#define WORDS_MAX 16

static int run_shell(const char *command, bool show)
{
	struct trial_program p;
	int status;

	TRIAL_RUN(&p, 0, "/bin/sh", "-c", command);
	status = p.status;
	if (status && show)
		trial_program_show(&p);
	trial_program_clear(&p);
	return status;
}

void shipped_root(const char *command)
{
	if (run_shell(command, true))
		trial_bail("%s", command);
}

void shipped_contexts(const char *const *names)
{
	struct trial_program p;

	shipped_root("rm -rf " SHIPPED);
	trial_directory(SHIPPED);
	for (size_t i = 0; names[i]; i++) {
		cleanup_free char *from = NULL;

		if (asprintf(&from, SHARE "/%s", names[i]) < 0)
			trial_bail("out of memory");
		TRIAL_RUN(&p, 0, "/bin/cp", "-r", from, SHIPPED "/");
		if (p.status)
			trial_bail("copy %s: %s", from, p.err);
		trial_program_clear(&p);
	}
}

bool shipped_is(const char *command)
{
	return run_shell(command, false) == 0;
}

void shipped_run(struct trial_program *p, uid_t uid, const char *words)
{
	const char *argv[WORDS_MAX + 3] = {POSTERN, "call"};
	cleanup_free char *copy = strdup(words);
	char *save = NULL;
	size_t len = 2;

	for (char *word = strtok_r(copy, " ", &save); word && len < WORDS_MAX + 2;
	     word = strtok_r(NULL, " ", &save))
		argv[len++] = word;
	trial_run(p, uid, argv);
}

static void expect(const char *words, int status, const char *out, const char *err)
{
	struct trial_program p;

	shipped_run(&p, ALICE, words);
	if (!tap(p.status == status && strstr(p.out, out) && strstr(p.err, err), "%s: %s%s%s",
		 words, status ? "refused" : "allowed", *out || *err ? ", says " : "",
		 *out ? out : err))
		trial_program_show(&p);
	trial_program_clear(&p);
}

void shipped_allowed(const char *words)
{
	expect(words, 0, "", "");
}

void shipped_says(const char *words, const char *expected)
{
	expect(words, 0, expected, "");
}

void shipped_refused(const char *words, int status, const char *said)
{
	expect(words, status, "", said);
}

/* The last line of the log; NULL: there is none. */
static char *last_line(char *log)
{
	char *end = log + strlen(log), *line;

	while (end > log && end[-1] == '\n')
		*--end = '\0';
	line = strrchr(log, '\n');
	return line ? line + 1 : log;
}

/* The log has one line more than before, and all of the texts are in the last one. */
static bool is_logged(const char *before, char *after, const char *const *logged)
{
	const char *line = last_line(after);
	bool all = strlen(after) > strlen(before);

	for (size_t i = 0; logged[i]; i++)
		all &= strstr(line, logged[i]) != NULL;
	printf("#   %s\n", line);
	return all;
}

/* Denials come to the log a moment after the call. */
static void read_log(struct trial_program *p, size_t longer)
{
	uint64_t until = trial_ms() + 5000;

	for (;;) {
		TRIAL_RUN(p, 0, POSTERN, "log");
		if (strlen(p->out) > longer || trial_ms() > until)
			return;
		trial_program_clear(p);
		trial_sleep(50);
	}
}

void shipped_denied(const char *words, const char *const *logged)
{
	struct trial_program before, p, after;

	TRIAL_RUN(&before, 0, POSTERN, "log");
	shipped_run(&p, ALICE, words);
	read_log(&after, strlen(before.out));
	if (!tap(p.status == SHIPPED_DENIED && is_logged(before.out, after.out, logged),
		 "%s: denied, and the log says why", words))
		trial_program_show(&p);
	trial_program_clear(&before);
	trial_program_clear(&after);
	trial_program_clear(&p);
}
